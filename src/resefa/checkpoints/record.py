"""What a reader returns: family, configuration and tensors. Readers build no modules and run no code from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Source:
    """Where a record comes from: the format's name, the entry of the file that was taken, the training step where recorded, remarks."""

    format: str = ""
    entry: str = ""
    step: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CheckpointRecord:
    """A checkpoint's content, in this project's own names."""

    family: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    source: Source = Source()
