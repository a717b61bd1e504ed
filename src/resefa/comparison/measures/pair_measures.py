"""Pair measures, which compare an edited image with its original: SSIM, identity and face distance."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from resefa.metrics.features.protocol import FaceEmbedder
from resefa.metrics.identity import IdentitySimilarity, identity_similarity
from resefa.metrics.ssim import WINDOW, structural_similarity
from resefa.types import Image


class PairMeasure(Protocol):
    """A measure of the similarity or distance between an edited image and its original.

    Attributes:
        name: title of the report's column.
        fingerprint: of its weights and settings; results of different fingerprints are not mixed.
        better: ``"higher"`` or ``"lower"``.
    """

    name: str
    fingerprint: str
    better: str

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """The measure for each edited image, (b, c, h, w) against (1, c, h, w); None if it is undefined (no face found)."""
        ...


class SSIM:
    """SSIM over the whole image, 1 for equal images; None if the images are smaller than the window."""

    name, fingerprint, better = "SSIM", "Wang et al. 2004, 11 x 11", "higher"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """The SSIM of each edited image with the original."""
        if min(edited.shape[-2:]) < WINDOW:
            return [None] * len(edited)
        return list(structural_similarity(edited, original).tolist())


class _Pairs:
    """Embeddings of a batch, computed once for both face measures."""

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.embedder = embedder
        self._last: tuple[Image, Image, IdentitySimilarity] | None = None

    def of(self, edited: Image, original: Image) -> IdentitySimilarity:
        last = self._last
        if last is None or last[0] is not edited or last[1] is not original:
            self._last = last = edited, original, identity_similarity(self.embedder, edited, original)
        return last[2]


class Identity:
    """The paper's identity measure: cosine of the two face embeddings, 1 if they are equal; None if a face is not detected."""

    better = "higher"

    def __init__(self, pairs: _Pairs) -> None:
        self.name = f"identity ({pairs.embedder.name})"
        self.fingerprint = f"{pairs.embedder.fingerprint}, {pairs.embedder.alignment}"
        self._pairs = pairs

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """The cosine for each edited image."""
        return _none_for_nan(self._pairs.of(edited, original).cosines)


class FaceDistance(Identity):
    """The Euclidean distance between the two face embeddings, for which dlib's network is trained."""

    better = "lower"

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__(pairs)
        self.name = f"face distance ({pairs.embedder.name})"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """The distance for each edited image, 0 for equal embeddings."""
        return _none_for_nan(self._pairs.of(edited, original).distances)


def identity_measures(embedder: FaceEmbedder) -> tuple[PairMeasure, PairMeasure]:
    """The identity and face-distance measures that share one embedder."""
    pairs = _Pairs(embedder)
    return Identity(pairs), FaceDistance(pairs)


def _none_for_nan(values: Tensor) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
