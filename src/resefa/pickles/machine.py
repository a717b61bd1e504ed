"""Pickle machine that reads pickles as data, without importing or calling anything.

The tokens come from the standard library's ``pickletools``. A real unpickler would import a name; this machine makes a
``Global``. It would call a function; this machine makes a ``Call``. No content of a file can therefore run. Memory and time
are bounded by the size of the file and the limits below.
"""

from __future__ import annotations

import pickletools
from typing import IO, Any, BinaryIO, cast

from resefa.errors import WeightsError, printable
from resefa.pickles.budget import MOST_GLOBALS, MOST_OPCODES, Budget, key_of
from resefa.pickles.names import GETATTR, PARTIAL, REFERRING
from resefa.pickles.objects import LOAD_FROM_BYTES, Call, Global, Persistent
from resefa.pickles.opcodes import MARK, STEPS, VALUES


class Machine:
    """Reads consecutive pickles from a file, and records every global that they name.

    Args:
        file: open file at the first byte of the first pickle.
        size: length of the file; larger claims are refused.
        name: name of the file, for messages.
        budget: remaining budget, shared with nested pickles.

    Attributes:
        globals: every global named so far, at its first occurrence.
        persistent: ids of all references to data outside the pickle.
        embedded: content of every storage that is a torch file within the pickle: bytes, or the call that makes them.
        references: names of the classes and functions whose public attribute ``getattr`` takes, or to which
            ``functools.partial`` binds arguments.
        referring: number of occurrences of these two functions on the stack, called or not.
        offset: position of the last instruction.
    """

    def __init__(self, file: BinaryIO, size: int, name: str, budget: Budget | None = None) -> None:
        self._file = _Bounded(file, size)
        self.name = name
        self.budget = budget or Budget()
        self.named: dict[str, Global] = {}
        self.persistent: list[Any] = []
        self.embedded: list[Any] = []
        self.references: list[str] = []
        self.referring = 0
        self.offset = 0

    @property
    def globals(self) -> list[Global]:
        return list(self.named.values())

    def read(self) -> Any:
        """Read the next pickle in the file and return its object.

        Raises:
            WeightsError: the pickle is damaged, uses an instruction that weights do not need, or exceeds a limit; the
                message names the byte.
        """
        self.stack: list[Any] = []
        self.memo: list[Any] = []
        self.remembered = 0
        try:
            for opcode, argument, position in pickletools.genops(cast("IO[bytes]", self._file)):
                self.offset = position or 0
                self.budget.opcodes -= 1
                if self.budget.opcodes < 0:
                    raise self.damaged(f"it has more than {MOST_OPCODES} instructions")
                if opcode.name in VALUES:
                    self.stack.append(argument)
                elif opcode.name == "STOP":
                    return self.pop()
                elif (step := STEPS.get(opcode.name)) is not None:
                    step(self, argument)
                else:
                    raise self.damaged(
                        f"it uses the instruction {opcode.name}, which does not occur in files of weights"
                    )
        except WeightsError:
            raise
        # pickletools raises ValueError and similar errors on malformed tokens, the steps below IndexError on a short stack.
        except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, EOFError) as error:
            raise self.damaged(printable(error or type(error).__name__, 120)) from error
        raise self.damaged("it ends before its last instruction")

    def damaged(self, reason: str) -> WeightsError:
        """Error for damage at the current instruction."""
        return WeightsError(
            f"{self.name} is damaged or not a weights file (byte {self.offset}: {reason}): download it again."
        )

    def pop(self) -> Any:
        top = self.stack.pop()
        if top is MARK:
            raise ValueError("a mark in place of a value")
        return top

    def marked(self) -> list[Any]:
        """Remove the last mark and the values above it, and return these values."""
        start = len(self.stack) - 1
        while self.stack[start] is not MARK:  # an IndexError of the stack means damage
            start -= 1
            if start < 0:
                raise ValueError("no mark on the stack")
        taken = self.stack[start + 1 :]
        del self.stack[start:]
        return taken

    def name_global(self, name: str) -> None:
        if len(name) > 500:
            raise ValueError("a global whose name has more than 500 characters")
        if name not in self.named:
            if len(self.named) >= MOST_GLOBALS:
                raise ValueError(f"more than {MOST_GLOBALS} globals")
            self.named[name] = Global(name, self.offset)
        self.push(self.named[name])

    def push(self, value: Any) -> None:
        """Push a value, which may be the name of a global."""
        if type(value) is Global and value.name in REFERRING:
            self.referring += 1
        self.stack.append(value)

    def call(self, function: Any, args: Any, items: list[tuple[Any, Any]] | None = None) -> None:
        self.stack.append(Call(function, args, self.offset, items=items or []))
        if type(function) is not Global or not isinstance(args, tuple):
            return
        if function.name == LOAD_FROM_BYTES:
            self.embedded += [arg for arg in args if isinstance(arg, (bytes, bytearray, Call))]
        elif function.name in REFERRING and args:
            owner = args[0].function if isinstance(args[0], Call) else args[0]
            attribute = function.name in GETATTR and len(args) == 2 and _is_public(args[1])
            if type(owner) is Global and (attribute or (function.name == PARTIAL and len(args) == 1)):
                self.references.append(owner.name)

    def refer(self, pid: Any) -> None:
        self.persistent.append(pid)
        self.stack.append(Persistent(pid, self.offset))

    def top(self) -> Any:
        top = self.stack[-1]
        if top is MARK:
            raise ValueError("a mark in place of a value")
        return top

    def put_items(self, flat: list[Any]) -> None:
        if len(flat) % 2:
            raise ValueError("a key without its value")
        pairs = [(key_of(key, self.budget), value) for key, value in zip(flat[::2], flat[1::2], strict=True)]
        target = self.top()
        if isinstance(target, Call):
            target.items += pairs
        elif isinstance(target, dict):
            target.update(pairs)
        else:
            raise ValueError("items for a value that is not a mapping")

    def append(self, values: list[Any]) -> None:
        target = self.top()
        if isinstance(target, Call):
            target.appended += values
        elif isinstance(target, list):
            target += values
        else:
            raise ValueError("elements for a value that is not a list")

    def add(self, values: list[Any]) -> None:
        target = self.top()
        if not isinstance(target, set):
            raise ValueError("elements for a value that is not a set")
        target.update(key_of(value, self.budget) for value in values)

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if not isinstance(target, Call):
            raise ValueError("a state for a value that cannot have a state")
        target.state = state

    def group(self, count: int) -> None:
        values = [self.pop() for _ in range(count)][::-1]
        self.stack.append(tuple(values))


def _is_public(attribute: Any) -> bool:
    sound = isinstance(attribute, str) and len(attribute) < 100
    return sound and attribute.isidentifier() and not attribute.startswith("_")


class _Bounded:
    """File object for ``pickletools`` that refuses to read more bytes than the file has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self.tell, self.readline = file.tell, file.readline

    def read(self, count: int) -> bytes:
        if count > 65536 and count > self._size - self._file.tell():
            raise ValueError(f"it claims {count} bytes, but the file has only {self._size}")
        return self._file.read(count)
