"""What judges edited images beyond their change: pairs (an edit and its original) and sets (by features)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from resefa.types import Image


class PairMeasure(Protocol):
    """Judges an edited image beside its original.

    Attributes:
        name: the column's title.
        fingerprint: of its weights and settings; results of another one are not mixed with it.
        better: ``"higher"`` or ``"lower"``.
    """

    name: str
    fingerprint: str
    better: str

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """One figure per edited image, (b, c, h, w) against (1, c, h, w); None where it has none (no face found)."""
        ...


class Extractor(Protocol):
    """Features of images, for distances between sets.

    Attributes:
        name: how distances on its features are named; only Inception's are FID and KID.
        fingerprint: of its weights.
    """

    name: str
    fingerprint: str

    def features(self, images: Image) -> Tensor:
        """(b, c, h, w) in [-1, 1] -> (b, d)."""
        ...


@dataclass(frozen=True)
class Measures:
    """Those of one run; ``absent``: name -> why it is not among them, for the report."""

    pairs: tuple[PairMeasure, ...] = ()
    extractors: tuple[Extractor, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """name -> fingerprint, as the experiment keeps it."""
        return {one.name: one.fingerprint for one in (*self.pairs, *self.extractors)}
