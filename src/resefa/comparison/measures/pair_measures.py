"""Pair measures: figures of an edited image beside its original. SSIM, identity and face distance."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from resefa.metrics.features.protocol import FaceEmbedder
from resefa.metrics.identity import IdentitySimilarity, identity_similarity
from resefa.metrics.ssim import WINDOW, structural_similarity
from resefa.types import Image


class PairMeasure(Protocol):
    """A judgement of an edited image beside its original.

    Attributes:
        name: title of the report's column.
        fingerprint: of its weights and settings; results of different fingerprints are not mixed.
        better: ``"higher"`` or ``"lower"``.
    """

    name: str
    fingerprint: str
    better: str

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """One figure per edited image, (b, c, h, w) against (1, c, h, w); None if it has none (no face found)."""
        ...


class SSIM:
    """SSIM over the whole image, 1 for equal images; None if images are smaller than its window."""

    name, fingerprint, better = "SSIM", "Wang et al. 2004, 11 x 11", "higher"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """One figure per edited image."""
        if min(edited.shape[-2:]) < WINDOW:
            return [None] * len(edited)
        return list(structural_similarity(edited, original).tolist())


class _Pairs:
    """Embeds each batch once for both figures."""

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.embedder = embedder
        self._last: tuple[Image, Image, IdentitySimilarity] | None = None

    def of(self, edited: Image, original: Image) -> IdentitySimilarity:
        last = self._last
        if last is None or last[0] is not edited or last[1] is not original:
            self._last = last = edited, original, identity_similarity(self.embedder, edited, original)
        return last[2]


class Identity:
    """The paper's measure: cosine of two face embeddings, 1 for equal ones; None if either image has no detected face."""

    better = "higher"

    def __init__(self, pairs: _Pairs) -> None:
        self.name = f"identity ({pairs.embedder.name})"
        self.fingerprint = f"{pairs.embedder.fingerprint}, {pairs.embedder.alignment}"
        self._pairs = pairs

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """Cosines."""
        return _none_for_nan(self._pairs.of(edited, original).cosines)


class FaceDistance(Identity):
    """Euclidean distance of the same embeddings, for which dlib's network is trained."""

    better = "lower"

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__(pairs)
        self.name = f"face distance ({pairs.embedder.name})"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """Distances, 0 for equal embeddings."""
        return _none_for_nan(self._pairs.of(edited, original).distances)


def identity_measures(embedder: FaceEmbedder) -> tuple[PairMeasure, PairMeasure]:
    """Cosine and distance of one embedder."""
    pairs = _Pairs(embedder)
    return Identity(pairs), FaceDistance(pairs)


def _none_for_nan(values: Tensor) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
