"""What one file may ask for: instructions, names, unusual keys, and bytes that its calls make of other bytes.

Sound files stay far below. A hostile one can then take a few seconds and a few times its own size, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resefa.pickles.objects import Call, Global, Persistent

MOST_OPCODES = 1_000_000
"""Of one file. The pickles of the largest networks have some ten thousand; an opcode may cost some hundred bytes."""
MOST_GLOBALS = 10_000
_MOST_KEYS = 8_000
_SMALL = 2**16
_LONGEST_KEY, _LARGEST_KEY = 8, 2**64
_MADE_OF_FILE, _MADE_AT_LEAST = 8, 2**24
_ELEMENT, _FREE = 64, 16
"""Bytes that an element of a copied container costs, and how many elements cost nothing."""


@dataclass
class Budget:
    """What a file, with all that is embedded in it, may still ask for.

    Attributes:
        opcodes: instructions.
        keys: keys that are neither text nor a small number. Such can be chosen to fall in one place of a hash table,
            where each takes as long as all before it.
        made: bytes that calls make of their arguments, which the memo can hand to any number of calls.
    """

    opcodes: int = MOST_OPCODES
    keys: int = _MOST_KEYS
    made: int = _MADE_AT_LEAST

    def hold(self, size: int) -> None:
        """Add what a file of ``size`` bytes may make."""
        self.made += _MADE_OF_FILE * size

    def make(self, size: int) -> None:
        """Raises ValueError where calls made more than the file can mean."""
        self.made -= size
        if self.made < 0:
            raise ValueError("its calls make many times what the file holds")

    def pass_on(self, *containers: Any) -> None:
        """What a call may copy of its arguments: long texts, lists and the like."""
        for value in containers:
            if isinstance(value, str):
                self.make(len(value) if len(value) > 1000 else 0)
            elif isinstance(value, (list, tuple, dict, set)):
                self.make(_ELEMENT * max(len(value) - _FREE, 0))


def key_of(value: Any, budget: Budget) -> Any:
    """A key or set element of a pickle.

    Raises:
        ValueError: none of those that weights have; hashing long or nested tuples again and again takes for ever.
    """
    parts = value if isinstance(value, tuple) else (value,)
    sound = len(parts) <= _LONGEST_KEY
    sound = sound and not any(isinstance(part, int) and abs(part) > _LARGEST_KEY for part in parts)
    if not sound or not all(
        isinstance(part, (str, bytes, int, type(None), Global, Call, Persistent)) for part in parts
    ):
        raise ValueError(f"a key of type {type(value).__name__} that no weights have")
    if not isinstance(value, (str, bytes, type(None), Global)) and not (isinstance(value, int) and abs(value) < _SMALL):
        unusual(budget)
    return value


def unusual(budget: Budget) -> None:
    """Count one more unusual key; ValueError beyond the limit."""
    budget.keys -= 1
    if budget.keys < 0:
        raise ValueError(f"more than {_MOST_KEYS} keys that are neither text nor small numbers")
