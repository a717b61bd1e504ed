"""Pickles read as data: the opcodes of the pickle machine, without importing or calling anything.

The tokens come from the standard library's ``pickletools``. Where a real unpickler would import a name this machine keeps a
``Global``, where it would call one, a ``Call``. Nothing that a file says can therefore run. What it can ask for is memory
and time: both are bounded by the size of the file and by the limits below.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from resefa.errors import WeightsError
from resefa.pickles.objects import LOAD_FROM_BYTES, Call, Global, Persistent

MOST_OPCODES = 3_000_000
"""Of one file. The pickles of the largest networks have some ten thousand; each opcode may cost about 100 bytes."""

_SCALARS = (str, bytes, int, bool, type(None))
_LARGEST_KEY = 2**60
"""Larger integers can be chosen so that all of them fall in one place of a hash table, which then takes for ever."""
_VALUES = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 "
    "BYTEARRAY8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8 FLOAT BINFLOAT".split()
)


@dataclass
class Budget:
    """Instructions that a file, with all that is embedded in it, may still take."""

    left: int = MOST_OPCODES


class _Mark:
    """The stack's mark."""


_MARK = _Mark()


class Machine:
    """Reads one pickle after another from a file, and keeps every global that they name.

    Args:
        file: open at the first pickle's first byte.
        size: the length of the file, beyond which nothing may be claimed.
        name: the file's, for messages.
        budget: instructions left; pickles within pickles share one.

    Attributes:
        globals: every global named so far.
        persistent: the ids of every reference to something beside the pickle.
        embedded: the content of every storage that is a torch file of its own within the pickle.
    """

    def __init__(self, file: BinaryIO, size: int, name: str, budget: Budget | None = None) -> None:
        self._file = _Bounded(file, size)
        self.name = name
        self.budget = budget or Budget()
        self.globals: list[Global] = []
        self.persistent: list[Any] = []
        self.embedded: list[bytes] = []
        self._offset = 0

    def read(self) -> Any:
        """The next pickle's object.

        Raises:
            WeightsError: it is damaged, uses what no weights need, or passes a limit; the message names the byte.
        """
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        try:
            for opcode, argument, position in pickletools.genops(self._file):
                self._offset = position or 0
                self.budget.left -= 1
                if self.budget.left < 0:
                    raise self.damaged(f"it has more than {MOST_OPCODES} instructions")
                if opcode.name in _VALUES:
                    self._stack.append(argument)
                elif opcode.name == "STOP":
                    return self._pop()
                elif (step := _STEPS.get(opcode.name)) is not None:
                    step(self, argument)
                else:
                    raise self.damaged(f"it uses {opcode.name}, which files of weights do not")
        except WeightsError:
            raise
        # pickletools raises ValueError and its kin on malformed tokens, our steps IndexError and its kin on a short stack.
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, EOFError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
            raise self.damaged(reason) from error
        raise self.damaged("it ends before its last instruction")

    def damaged(self, reason: str) -> WeightsError:
        """What is wrong, and where."""
        return WeightsError(
            f"{self.name} is damaged or no file of weights (byte {self._offset}: {reason}): get it anew."
        )

    def _pop(self) -> Any:
        top = self._stack.pop()
        if top is _MARK:
            raise ValueError("a mark where a value was expected")
        return top

    def _marked(self) -> list[Any]:
        """What lies above the last mark; the mark goes too."""
        start = len(self._stack) - 1
        while self._stack[start] is not _MARK:  # an IndexError below the stack is damage
            start -= 1
            if start < 0:
                raise ValueError("no mark on the stack")
        taken = self._stack[start + 1 :]
        del self._stack[start:]
        return taken

    def _global(self, name: str) -> None:
        if len(name) > 500:
            raise ValueError("a global's name of more than 500 characters")
        found = Global(name, self._offset)
        self.globals.append(found)
        self._stack.append(found)

    def _called(self, function: Any, args: Any, items: list[tuple[Any, Any]] | None = None) -> None:
        self._stack.append(Call(function, args, self._offset, items=items or []))
        if isinstance(function, Global) and function.name == LOAD_FROM_BYTES and isinstance(args, tuple):
            self.embedded += [arg for arg in args if isinstance(arg, bytes)]

    def _refer(self, pid: Any) -> None:
        self.persistent.append(pid)
        self._stack.append(Persistent(pid))

    def _top(self) -> Any:
        top = self._stack[-1]
        if top is _MARK:
            raise ValueError("a mark where a value was expected")
        return top

    def _put_items(self, flat: list[Any]) -> None:
        if len(flat) % 2:
            raise ValueError("a key without its value")
        pairs = [(_key(key), value) for key, value in zip(flat[::2], flat[1::2], strict=True)]
        target = self._top()
        if isinstance(target, Call):
            target.items += pairs
        elif isinstance(target, dict):
            target.update(pairs)
        else:
            raise ValueError("items for what is no mapping")

    def _append(self, values: list[Any]) -> None:
        target = self._top()
        if isinstance(target, Call):
            target.appended += values
        elif isinstance(target, list):
            target += values
        else:
            raise ValueError("elements for what is no list")

    def _add(self, values: list[Any]) -> None:
        target = self._top()
        if not isinstance(target, set):
            raise ValueError("elements for what is no set")
        target.update(_key(value) for value in values)

    def _build(self) -> None:
        state, target = self._pop(), self._top()
        if not isinstance(target, Call):
            raise ValueError("a state for what has none")
        target.state = state

    def _tuple(self, count: int) -> None:
        values = [self._pop() for _ in range(count)][::-1]
        self._stack.append(tuple(values))

    def _pop_mark_or_value(self) -> None:
        self._stack.pop()


def _key(value: Any) -> Any:
    """A key or set element; hashing nested tuples may take for ever, so only flat ones are taken."""
    for part in value if isinstance(value, tuple) else (value,):
        known = isinstance(part, (*_SCALARS, Global, Call, Persistent))
        if not known or (isinstance(part, int) and abs(part) > _LARGEST_KEY):
            raise ValueError(f"a key of type {type(value).__name__} that no weights have")
    return value


class _Bounded:
    """What ``pickletools`` reads from: never asks the system for more bytes than the file has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.tell, self.readline = file.tell, file.readline

    def read(self, count: int) -> bytes:
        if count > 65536 and count > self._size - self._file.tell():
            raise ValueError(f"{count} bytes are claimed, and the file has no more than {self._size}")
        return self._file.read(count)


def _new_with_keywords(machine: Machine, _: Any) -> None:
    keywords, args, function = machine._pop(), machine._pop(), machine._pop()
    if not isinstance(keywords, dict):
        raise ValueError("keywords that are no mapping")
    machine._called(function, args, list(keywords.items()))


def _inst(machine: Machine, argument: str) -> None:
    args = tuple(machine._marked())
    machine._global(argument.replace(" ", ".", 1))
    machine._called(machine._pop(), args)


def _obj(machine: Machine, _: Any) -> None:
    function, *args = machine._marked()
    machine._called(function, tuple(args))


def _reduce(machine: Machine, _: Any) -> None:
    args, function = machine._pop(), machine._pop()
    machine._called(function, args)


def _stack_global(machine: Machine, _: Any) -> None:
    name, module = machine._pop(), machine._pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise ValueError("a global whose name is no text")
    machine._global(f"{module}.{name}")


def _pairs(machine: Machine, _: Any) -> None:
    flat = machine._marked()
    machine._stack.append({})
    machine._put_items(flat)


def _set_item(machine: Machine, _: Any) -> None:
    value, key = machine._pop(), machine._pop()
    machine._put_items([key, value])


def _remember(machine: Machine, key: int) -> None:
    machine._memo[key] = machine._top()


def _frozen(machine: Machine, _: Any) -> None:
    machine._stack.append(frozenset(_key(value) for value in machine._marked()))


def _push(make: Callable[[], Any]) -> Callable[[Machine, Any], None]:
    return lambda machine, _: machine._stack.append(make())


_STEPS: dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "MARK": _push(lambda: _MARK),
    "POP": lambda machine, _: machine._pop_mark_or_value(),
    "POP_MARK": lambda machine, _: machine._marked() and None,
    "DUP": lambda machine, _: machine._stack.append(machine._top()),
    "NONE": _push(lambda: None),
    "NEWTRUE": _push(lambda: True),
    "NEWFALSE": _push(lambda: False),
    "EMPTY_LIST": _push(list),
    "EMPTY_DICT": _push(dict),
    "EMPTY_SET": _push(set),
    "EMPTY_TUPLE": _push(tuple),
    "LIST": lambda machine, _: machine._stack.append(machine._marked()),
    "TUPLE": lambda machine, _: machine._stack.append(tuple(machine._marked())),
    "TUPLE1": lambda machine, _: machine._tuple(1),
    "TUPLE2": lambda machine, _: machine._tuple(2),
    "TUPLE3": lambda machine, _: machine._tuple(3),
    "DICT": _pairs,
    "FROZENSET": _frozen,
    "APPEND": lambda machine, _: machine._append([machine._pop()]),
    "APPENDS": lambda machine, _: machine._append(machine._marked()),
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: machine._put_items(machine._marked()),
    "ADDITEMS": lambda machine, _: machine._add(machine._marked()),
    "GET": lambda machine, key: machine._stack.append(machine._memo[key]),
    "BINGET": lambda machine, key: machine._stack.append(machine._memo[key]),
    "LONG_BINGET": lambda machine, key: machine._stack.append(machine._memo[key]),
    "PUT": _remember,
    "BINPUT": _remember,
    "LONG_BINPUT": _remember,
    "MEMOIZE": lambda machine, _: _remember(machine, len(machine._memo)),
    "GLOBAL": lambda machine, name: machine._global(name.replace(" ", ".", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_with_keywords,
    "INST": _inst,
    "OBJ": _obj,
    "BUILD": lambda machine, _: machine._build(),
    "PERSID": lambda machine, pid: machine._refer(pid),
    "BINPERSID": lambda machine, _: machine._refer(machine._pop()),
}
