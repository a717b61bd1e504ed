"""Limits for one file: numbers of instructions, names and unusual keys, and size of the data that its calls make.

Valid files stay far below the limits. A hostile file can take at most a few seconds and a few times its size in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resefa.pickles.objects import Call, Global, Persistent

MOST_OPCODES = 1_000_000
"""Most opcodes of one file. Pickles of the largest networks have about ten thousand; an opcode may cost some hundred bytes."""
MOST_GLOBALS = 10_000
DEEPEST = 150
"""Most levels of nesting; networks have about thirty."""
_MOST_KEYS = 8_000
_SMALL = 2**16
_LONGEST_KEY, _LARGEST_KEY = 8, 2**64
_MADE_OF_FILE, _MADE_AT_LEAST = 8, 2**24
_ELEMENT, _FREE = 64, 16
"""Bytes charged per element of a copied container, and number of free elements."""


@dataclass
class Budget:
    """Remaining budget of a file, including all embedded files.

    Attributes:
        opcodes: instructions.
        keys: keys that are neither text nor a small number. An attacker can choose these to collide in a hash table, where
            each then takes as long as all keys before it.
        made: bytes that calls make from their arguments; the memo can pass one argument to any number of calls.
    """

    opcodes: int = MOST_OPCODES
    keys: int = _MOST_KEYS
    made: int = _MADE_AT_LEAST

    def hold(self, size: int) -> None:
        """Add the allowance of a file of ``size`` bytes."""
        self.made += _MADE_OF_FILE * size

    def make(self, size: int) -> None:
        """Charge ``size`` bytes made by a call; ValueError if that exceeds the budget."""
        self.made -= size
        if self.made < 0:
            raise ValueError("its calls would make far more data than the file contains")

    def pass_on(self, *containers: Any) -> None:
        """Charge the copies that a call may make of its arguments: long texts, lists and other containers."""
        for value in containers:
            if isinstance(value, str):
                self.make(len(value) if len(value) > 1000 else 0)
            elif isinstance(value, (list, tuple, dict, set)):
                self.make(_ELEMENT * max(len(value) - _FREE, 0))


def key_of(value: Any, budget: Budget) -> Any:
    """A key or set element of a pickle.

    Raises:
        ValueError: a kind of key that weights do not have; repeated hashing of long or nested tuples could take forever.
    """
    parts = value if isinstance(value, tuple) else (value,)
    sound = len(parts) <= _LONGEST_KEY
    sound = sound and not any(isinstance(part, int) and abs(part) > _LARGEST_KEY for part in parts)
    if not sound or not all(
        isinstance(part, (str, bytes, int, type(None), Global, Call, Persistent)) for part in parts
    ):
        raise ValueError(f"a key of type {type(value).__name__}, which does not occur in files of weights")
    if not isinstance(value, (str, bytes, type(None), Global)) and not (isinstance(value, int) and abs(value) < _SMALL):
        unusual(budget)
    return value


def unusual(budget: Budget) -> None:
    """Count an unusual key; ValueError if there are too many."""
    budget.keys -= 1
    if budget.keys < 0:
        raise ValueError(f"more than {_MOST_KEYS} keys that are neither text nor small numbers")
