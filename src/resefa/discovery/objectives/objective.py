"""The protocol of an objective, and the paper's objective: the pixels inside a region against the pixels outside.

ReSeFa's pair is the pixels inside and outside a region (paper, equations 6 and 7). Any other pair gives the same eigenproblem:
``A`` is the mean squared derivative of the wanted features, ``B`` that of the unwanted ones. Both are weights on the values of one
differentiable feature map, so that one Jacobian serves both, and is cached for every region.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from torch import Tensor

from resefa.regions.weights import RegionWeights
from resefa.types import Image

PIXELS = "pixels"
"""Name of the pixels as a feature map, whose Jacobians every objective of pixels alone shares."""


@runtime_checkable
class FeatureMap(Protocol):
    """A differentiable map from images to features.

    Attributes:
        feature_map: names the features in caches: objectives that share the name share Jacobians.
    """

    @property
    def feature_map(self) -> str: ...

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """(f, h, w) of the features of an image (c, height, width) at the analysis size; (1, m, 1) for m numbers.

        Raises:
            UsageError: the features need an image of another kind.
        """
        ...

    def features(self, images: Image) -> Tensor:
        """The features of images, (b, c, height, width) -> (b, f, h, w): differentiable, each row from its own image alone."""
        ...


@runtime_checkable
class Objective(FeatureMap, Protocol):
    """An objective: a map from images to features, with weights for the features to change and those to leave unchanged.

    Attributes:
        name: for provenance and people.
        about: one line for people.
    """

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        """The weights, 0 or more, of wanted and of unwanted change: (h, w) if all channels share them, else (f, h, w)."""
        ...


@dataclass(frozen=True)
class Pixels:
    """The paper's objective: change the pixels inside the region, leave those outside unchanged."""

    name: str = field(default=PIXELS, init=False)
    about: str = field(default="change the pixels inside the region, leave those outside unchanged", init=False)
    feature_map: str = field(default=PIXELS, init=False)

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        return image_shape

    def features(self, images: Image) -> Tensor:
        return images

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        return region.edit, region.protect
