"""Supported pickle instructions as functions on the machine's stack; all others are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from resefa.pickles.budget import MOST_OPCODES, key_of

if TYPE_CHECKING:
    from resefa.pickles.machine import Machine


class _Mark:
    """Type of the mark on the stack, which also fills gaps in the memo."""


MARK, UNSET = _Mark(), _Mark()
VALUES = frozenset({
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
    "BINUNICODE8", "FLOAT", "BINFLOAT",
})  # fmt: skip
"""Instructions that push their argument."""


def _new_with_keywords(machine: Machine, _: Any) -> None:
    keywords, args, function = machine.pop(), machine.pop(), machine.pop()
    if not isinstance(keywords, dict) or len(keywords) > 100:
        raise ValueError("keywords that are not a mapping")
    machine.call(function, args, list(keywords.items()))


def _inst(machine: Machine, argument: str) -> None:
    args = tuple(machine.marked())
    machine.name_global(argument.replace(" ", ".", 1))
    machine.call(machine.pop(), args)


def _obj(machine: Machine, _: Any) -> None:
    function, *args = machine.marked()
    machine.call(function, tuple(args))


def _reduce(machine: Machine, _: Any) -> None:
    args, function = machine.pop(), machine.pop()
    machine.call(function, args)


def _stack_global(machine: Machine, _: Any) -> None:
    name, module = machine.pop(), machine.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise ValueError("a global whose name is not text")
    machine.name_global(f"{module}.{name}")


def _pairs(machine: Machine, _: Any) -> None:
    flat = machine.marked()
    machine.stack.append({})
    machine.put_items(flat)


def _set_item(machine: Machine, _: Any) -> None:
    value, key = machine.pop(), machine.pop()
    machine.put_items([key, value])


def _remember(machine: Machine, key: int) -> None:
    if not 0 <= key < MOST_OPCODES:
        raise ValueError(f"a memo of {key} objects")
    # A list: in a dict, colliding keys would make every step as slow as all previous ones.
    machine.memo += [UNSET] * (key + 1 - len(machine.memo))
    machine.remembered += machine.memo[key] is UNSET
    machine.memo[key] = machine.top()


def _recall(machine: Machine, key: int) -> None:
    found = machine.memo[key] if 0 <= key < len(machine.memo) else UNSET
    if found is UNSET:
        raise ValueError(f"it reads entry {key} of the memo, which is empty")
    machine.push(found)


def _frozen(machine: Machine, _: Any) -> None:
    machine.stack.append(frozenset(key_of(value, machine.budget) for value in machine.marked()))


def _push(make: Callable[[], Any]) -> Callable[[Machine, Any], object]:
    return lambda machine, _: machine.stack.append(make())


STEPS: dict[str, Callable[[Machine, Any], object]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "MARK": _push(lambda: MARK),
    "POP": lambda machine, _: machine.stack.pop() and None,
    "POP_MARK": lambda machine, _: machine.marked() and None,
    "DUP": lambda machine, _: machine.push(machine.top()),
    "NONE": _push(lambda: None),
    "NEWTRUE": _push(lambda: True),
    "NEWFALSE": _push(lambda: False),
    "EMPTY_LIST": _push(list),
    "EMPTY_DICT": _push(dict),
    "EMPTY_SET": _push(set),
    "EMPTY_TUPLE": _push(tuple),
    "LIST": lambda machine, _: machine.stack.append(machine.marked()),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.marked())),
    "TUPLE1": lambda machine, _: machine.group(1),
    "TUPLE2": lambda machine, _: machine.group(2),
    "TUPLE3": lambda machine, _: machine.group(3),
    "DICT": _pairs,
    "FROZENSET": _frozen,
    "APPEND": lambda machine, _: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _: machine.append(machine.marked()),
    "SETITEM": _set_item,
    "SETITEMS": lambda machine, _: machine.put_items(machine.marked()),
    "ADDITEMS": lambda machine, _: machine.add(machine.marked()),
    "GET": _recall,
    "BINGET": _recall,
    "LONG_BINGET": _recall,
    "PUT": _remember,
    "BINPUT": _remember,
    "LONG_BINPUT": _remember,
    "MEMOIZE": lambda machine, _: _remember(machine, machine.remembered),
    "GLOBAL": lambda machine, name: machine.name_global(name.replace(" ", ".", 1)),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_with_keywords,
    "INST": _inst,
    "OBJ": _obj,
    "BUILD": lambda machine, _: machine.build(),
    "PERSID": lambda machine, pid: machine.refer(pid),
    "BINPERSID": lambda machine, _: machine.refer(machine.pop()),
}
