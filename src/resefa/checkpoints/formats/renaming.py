"""``Renaming``: tensors moved one by one from another project's names to resefa's; unused tensors are an error."""

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
    """The first of ``entries`` that is a mapping in ``content``, with its name, or else ``content`` with an empty name."""
    if not isinstance(content, Mapping):
        return "", {}
    for entry in entries:
        if isinstance(content.get(entry), Mapping):
            return entry, content[entry]
    return "", content


def plain(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Tensors of a state dict, without the prefix of a parallel wrapper."""
    return {k.removeprefix("module."): v for k, v in state.items() if isinstance(k, str) and isinstance(v, Tensor)}


class Renaming:
    """The tensors of one generator while they are renamed one by one.

    Messages use the names in the file.
    """

    def __init__(self, tensors: Mapping[str, Tensor], name: str, family: str) -> None:
        self.left = dict(tensors)
        self.name = name
        self.family = family
        self.taken: dict[str, Tensor] = {}
        self._theirs: dict[str, str] = {}

    def found(self, pattern: str) -> list[int]:
        """Numbers at ``(\\d+)`` in the names of the remaining tensors, in rising order.

        Raises:
            ModelError: a number is larger than in any network.
        """
        matches = (re.match(pattern, key) for key in self.left)
        digits = {match.group(1) for match in matches if match}
        if any(len(number) > 3 for number in digits):
            raise ModelError(
                f"{self.name} has a layer with the number {max(digits, key=len)[:20]}, which is impossible in {self.family}."
            )
        return sorted({int(number) for number in digits})

    def indices(self, pattern: str) -> list[int]:
        """Numbers as from ``found``; ModelError if there are none.

        Raises:
            ModelError: no name matches.
        """
        return self.found(pattern) or numbers(self.left, pattern, self.name, self.family)

    def take(self, theirs: str, ours: str, change: Callable[[Tensor], Tensor] | None = None) -> None:
        """Move one tensor to its new name.

        Raises:
            ModelError: the tensor is missing or has an impossible shape.
        """
        if theirs not in self.left:
            raise ModelError(f"{self.name} lacks the tensor {theirs} of a {self.family}: the file is incomplete.")
        value = self.left.pop(theirs)
        self._theirs[ours] = theirs
        try:
            self.taken[ours] = value if change is None else change(value)
        except (RuntimeError, IndexError) as error:
            raise ModelError(
                f"{self.name}: the tensor {theirs} has shape {tuple(value.shape)}, which is impossible in a {self.family}."
            ) from error

    def give(self, theirs: str, ours: str, value: Tensor) -> None:
        """Add a tensor that is not in the state dict or was computed."""
        self.taken[ours] = value
        self._theirs[ours] = theirs

    def drop_filter(self, theirs: str, taps: Sequence[float], total: float = 1.0) -> None:
        """Drop a stored low-pass filter, (..., k, k), which must be the outer product of ``taps`` with sum ``total``.

        Raises:
            ModelError: the filter is another one.
        """
        value = self.left.pop(theirs, None)
        if value is None:
            return
        row = torch.tensor(taps, dtype=torch.float64)
        wanted = row.outer(row) * (total / row.sum() ** 2)
        fits = value.ndim >= 2 and value.shape[-2:] == wanted.shape
        # Files in half precision round the filter.
        if not (fits and torch.allclose(value.double(), wanted.expand(value.shape), rtol=2e-3, atol=0)):
            raise ModelError(
                f"{self.name} has a low-pass filter {theirs} that differs from {list(taps)}, the only supported filter."
            )

    def record(self, reader: Reader, settings: Mapping[str, Any] | None, source: Source) -> CheckpointRecord:
        """Record that the family's reader makes from the renamed tensors.

        Raises:
            ModelError: a tensor is unexpected or does not fit.
        """
        for theirs in self.left:
            raise ModelError(
                f"{self.name} has the unexpected tensor {theirs}, which does not belong to this {self.family}."
            )
        try:
            record = reader(self.taken, self.name, settings)
        except ModelError as error:
            said = re.sub(r"[\w.]*\w", lambda word: self._theirs.get(word[0], word[0]), str(error))
            raise ModelError(said) from error
        return replace(record, source=source)


def whole(value: Any) -> int | None:
    """Whole number from a number or a tensor with one element; None for another value."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if number else None
