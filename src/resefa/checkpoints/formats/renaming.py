"""From the names of another project to this one's: each tensor taken by hand, and none left behind."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from resefa.checkpoints.record import CheckpointRecord, Source
from resefa.checkpoints.tensor_checks import numbers
from resefa.errors import ModelError

Reader = Callable[[Mapping[str, Tensor], str, Mapping[str, Any] | None], CheckpointRecord]


def nested(content: Any, *entries: str) -> tuple[str, Mapping[Any, Any]]:
    """The first of ``entries`` that ``content`` has as a mapping, and its name; else ``content`` itself and ""."""
    if not isinstance(content, Mapping):
        return "", {}
    for entry in entries:
        if isinstance(content.get(entry), Mapping):
            return entry, content[entry]
    return "", content


def plain(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    """The tensors of a state dict, without the prefix that a parallel wrapper leaves."""
    return {k.removeprefix("module."): v for k, v in state.items() if isinstance(k, str) and isinstance(v, Tensor)}


class Renaming:
    """A generator's tensors on their way to this project's names.

    Errors give the file's own names.
    """

    def __init__(self, tensors: Mapping[str, Tensor], name: str, family: str) -> None:
        self.left = dict(tensors)
        self.name = name
        self.family = family
        self.taken: dict[str, Tensor] = {}
        self._theirs: dict[str, str] = {}

    def found(self, pattern: str) -> list[int]:
        """The numbers that the left tensors' names hold in the place of ``(\\d+)``, in rising order.

        Raises:
            ModelError: one is far beyond any network's.
        """
        matches = (re.match(pattern, key) for key in self.left)
        digits = {match.group(1) for match in matches if match}
        if any(len(number) > 3 for number in digits):
            raise ModelError(f"{self.name} numbers a layer {max(digits, key=len)[:20]}: no {self.family} has so many.")
        return sorted({int(number) for number in digits})

    def indices(self, pattern: str) -> list[int]:
        """The same, where there must be some.

        Raises:
            ModelError: there are none.
        """
        return self.found(pattern) or numbers(self.left, pattern, self.name, self.family)

    def take(self, theirs: str, ours: str, change: Callable[[Tensor], Tensor] | None = None) -> None:
        """Move one tensor to its place.

        Raises:
            ModelError: it is not there.
        """
        if theirs not in self.left:
            raise ModelError(
                f"{self.name} lacks the tensor {theirs}, which a {self.family} has: the file is incomplete."
            )
        value = self.left.pop(theirs)
        self._theirs[ours] = theirs
        try:
            self.taken[ours] = value if change is None else change(value)
        except (RuntimeError, IndexError) as error:
            raise ModelError(
                f"{self.name}: the tensor {theirs} is of shape {tuple(value.shape)}, which a {self.family}'s is not."
            ) from error

    def give(self, theirs: str, ours: str, value: Tensor) -> None:
        """Place a tensor that stands outside the state dict, or that was computed."""
        self.taken[ours] = value
        self._theirs[ours] = theirs

    def drop_filter(self, theirs: str, taps: Sequence[float], total: float = 1.0) -> None:
        """Drop a low-pass filter, (..., k, k), if it is there: it is the outer product of ``taps``, its sum ``total``.

        Raises:
            ModelError: it is another filter.
        """
        value = self.left.pop(theirs, None)
        if value is None:
            return
        row = torch.tensor(taps, dtype=torch.float64)
        wanted = row.outer(row) * (total / row.sum() ** 2)
        fits = value.ndim >= 2 and value.shape[-2:] == wanted.shape
        # Files in half precision round it.
        if not (fits and torch.allclose(value.double(), wanted.expand(value.shape), rtol=2e-3, atol=0)):
            raise ModelError(f"{self.name} resamples with another filter ({theirs}): only {list(taps)} is built.")

    def record(self, reader: Reader, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
        """What the family's reader makes of the tensors taken.

        Raises:
            ModelError: a tensor is left over or does not fit.
        """
        for theirs in self.left:
            raise ModelError(f"{self.name} has the tensor {theirs}, which this {self.family} has no place for.")
        try:
            record = reader(self.taken, self.name, settings)
        except ModelError as error:
            said = re.sub(r"[\w.]*\w", lambda word: self._theirs.get(word[0], word[0]), str(error))
            raise ModelError(said) from error
        return replace(record, source=source)


def whole(value: Any) -> int | None:
    """A count that a file gives as a number or a tensor of one, or None."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if number else None
