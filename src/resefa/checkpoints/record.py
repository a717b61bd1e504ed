"""``CheckpointRecord``, the result of a checkpoint reader: family, configuration and tensors.

Readers build no modules and run no code from a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Source:
    """Origin of a record: file, entry, format and notes.

    Attributes:
        format: name of the format.
        entry: entry of the file that was read, for example ``"G_ema"``; empty if the file is the network.
        step: training step, if recorded.
        notes: remarks for the user.
        origin: facts about the original of a converted file: ``file``, ``sha256``, ``licence``.
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
    """Content of a checkpoint under resefa's tensor names."""

    family: str
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    source: Source = field(default_factory=Source)
