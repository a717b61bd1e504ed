"""The feature-extractor protocol: a frozen network from images to features; what metrics need of it, and helpers that extractors share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import torch

from resefa.errors import MetricError
from resefa.metrics.moments import FeatureMoments
from resefa.types import Features, Image


@runtime_checkable
class FeatureExtractor(Protocol):
    """A frozen network that computes features of images.

    Attributes:
        name: as in a table, ``"EfficientNet-Lite0"``; distances are named after it, and only Inception's are FID and KID.
        fingerprint: sha256 of the weights file; features of different fingerprints are not compared.
        dimensions: values per image, d.
    """

    name: str
    fingerprint: str

    @property
    def dimensions(self) -> int: ...

    def features(self, images: Image) -> Features:
        """The features (b, d), on the CPU, of images (b, 3 or 1, h, w) in [-1, 1] with any size.

        An image's features do not depend on the other images of its batch. Its row is NaN if the network has nothing to look
        at, as in an image without a face.

        Raises:
            MetricError: images of a different shape, or with a value that is not finite.
        """
        ...


@runtime_checkable
class DifferentiableExtractor(FeatureExtractor, Protocol):
    """A feature extractor in torch whose features can be differentiated, so that an objective can vary or hold them."""

    def smooth_features(self, images: Image) -> Features:
        """The features (b, d) of images (b, 3 or 1, h, w) as a differentiable function: without rounding to bytes and clamping.

        They are on the images' device, in their precision.
        """
        ...


@runtime_checkable
class FaceEmbedder(FeatureExtractor, Protocol):
    """A face-recognition network: its features are the embedding of the face; NaN if no face is found.

    Attributes:
        alignment: how faces are aligned, as text for a report.
    """

    alignment: str


def source_of(extractor: FeatureExtractor) -> str:
    """The name by which moments of features record their extractor."""
    return f"{extractor.name} {extractor.fingerprint}"


def moments_of(extractor: FeatureExtractor, batches: Iterable[Image]) -> FeatureMoments:
    """Moments of the features of all images of ``batches``, each (b, c, h, w) in [-1, 1]."""
    moments = FeatureMoments(extractor.dimensions, source_of(extractor))
    for images in batches:
        moments.update(extractor.features(images))
    return moments


def as_bytes(images: Image) -> Image:
    """Images (b, 3, h, w) as a picture file would hold them: float32 with integer values from 0 to 255.

    Reference images are picture files, so generated images are rounded likewise. Grey images get three equal channels; -1
    becomes 0, 1 becomes 255, values beyond are clamped.

    Raises:
        MetricError: not four axes, not 1 or 3 channels, or a value that is not finite.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or not images.numel():
        raise MetricError(
            f"images has shape {tuple(images.shape)}; expected (b, 3 or 1, h, w) with at least one image and one pixel."
        )
    values = images.detach().to(torch.float32)
    if not bool(values.isfinite().all()):
        raise MetricError(
            "images contains NaN or infinity, which has no features; check the generator and the strength."
        )
    return ((values.clamp(-1, 1) + 1) * 127.5).round().expand(-1, 3, -1, -1)
