"""What a distance between sets of images needs of a network, and the checks and moments that all of them share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from resefa.errors import MetricError
from resefa.metrics.moments import FeatureMoments
from resefa.types import Features, Image


@runtime_checkable
class FeatureExtractor(Protocol):
    """A frozen network.

    Attributes:
        name: as it stands in a table, ``"EfficientNet-Lite0"``.
        fingerprint: sha256 of the weights file: features of unlike fingerprints are not compared.
        dimensions: values per image, d.
    """

    name: str
    fingerprint: str
    dimensions: int

    def features(self, images: Image) -> Features:
        """(b, 3 or 1, h, w) images in [-1, 1] of any size -> (b, d). An image's features do not depend on its batch.

        Raises:
            MetricError: images of another shape, or with a value that is not finite.
        """
        ...


def source_of(extractor: FeatureExtractor) -> str:
    """How moments name the extractor that their features come from."""
    return f"{extractor.name} {extractor.fingerprint}"


def moments_of(extractor: FeatureExtractor, batches: Iterable[Image]) -> FeatureMoments:
    """The moments of all images of ``batches``, each (b, c, h, w) in [-1, 1]."""
    moments = FeatureMoments(extractor.dimensions, source_of(extractor))
    for images in batches:
        moments.update(extractor.features(images))
    return moments


def as_bytes(images: Image) -> Image:
    """(b, 3, h, w) float32 whole numbers from 0 to 255: what a picture file would hold, since references are picture files.

    Grey images get three equal channels; -1 is 0, 1 is 255, values beyond are clamped.

    Raises:
        MetricError: not four axes, no 1 or 3 channels, or a value that is not finite.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
        raise MetricError(
            f"Images of shape {tuple(images.shape)} came: expected (b, 3 or 1, h, w) with at least one pixel."
        )
    values = images.detach().to(torch.float32)
    if not bool(values.isfinite().all()):
        raise MetricError(
            "An image holds NaN or infinity, so it has no features: look at the generator or the strength."
        )
    return ((values.clamp(-1, 1) + 1) * 127.5).round().expand(-1, 3, -1, -1)


@dataclass(frozen=True, eq=False)
class FaceEmbeddings:
    """One embedding per image, in order.

    Attributes:
        vectors: (b, d), float32; zeros where no face was found.
        found: (b,) whether one was.
    """

    vectors: Float[Tensor, "b d"]
    found: Bool[Tensor, "b"]


@runtime_checkable
class FaceEmbedder(Protocol):
    """A frozen network.

    Attributes:
        name: as it stands in a table, ``"ArcFace"``.
        fingerprint: sha256 of the weights file.
        alignment: how faces are brought into place, in words for a report.
    """

    name: str
    fingerprint: str
    alignment: str

    def embed(self, images: Image) -> FaceEmbeddings:
        """(b, 3 or 1, h, w) images in [-1, 1].

        Raises:
            MetricError: images of another shape, or with a value that is not finite.
        """
        ...
