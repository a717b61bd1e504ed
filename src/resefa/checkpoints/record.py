"""What a reader returns: family, configuration and tensors. Readers build no modules and run no code from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Source:
    """Where a record comes from.

    Attributes:
        format: the format's name.
        entry: the entry of the file that was taken, ``"G_ema"``; empty where the file is the network.
        step: the training step, where recorded.
        notes: remarks for a reader.
        origin: of a converted file, what it says of the original: ``file``, ``sha256``, ``licence``.
        others: the file's other generators.
    """

    format: str = ""
    entry: str = ""
    step: int | None = None
    notes: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class CheckpointRecord:
    """A checkpoint's content, in this project's own names."""

    family: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    source: Source = field(default_factory=Source)
