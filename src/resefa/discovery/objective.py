"""Objectives: the features of the image that an edit changes, and the features that it leaves unchanged.

ReSeFa's pair is the pixels inside and outside a region (paper, equations 6 and 7). Any other pair gives the same eigenproblem:
``A`` is the mean squared derivative of the wanted features, ``B`` that of the unwanted ones. Both are weights on the values of one
differentiable feature map, so that one Jacobian serves both, and is cached for every region.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from resefa.errors import UsageError, did_you_mean, printable
from resefa.regions.weights import RegionWeights
from resefa.types import Image


@runtime_checkable
class Objective(Protocol):
    """An objective: a map from images to features, with weights for the features to change and those to leave unchanged.

    Attributes:
        name: for provenance and people.
        about: one line for people.
        feature_map: names the features in caches: objectives that share it share Jacobians.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    feature_map: ClassVar[str]

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """(f, h, w) of the features of an image (c, height, width) at the analysis size; (1, m, 1) for m numbers.

        Raises:
            UsageError: the objective needs an image of another kind.
        """
        ...

    def features(self, images: Image) -> Tensor:
        """The features of images, (b, c, height, width) -> (b, f, h, w): differentiable, each row from its own image alone."""
        ...

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        """The weights in [0, 1] of wanted and of unwanted change: (h, w) if all channels share them, else (f, h, w)."""
        ...


@dataclass(frozen=True)
class Pixels:
    """The paper's objective: change the pixels inside the region, leave those outside unchanged."""

    name: ClassVar[str] = "pixels"
    about: ClassVar[str] = "change the pixels inside the region, leave those outside unchanged"
    feature_map: ClassVar[str] = "pixels"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        return image_shape

    def features(self, images: Image) -> Tensor:
        return images

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        return region.edit, region.protect


LUMINANCE = (0.299, 0.587, 0.114)
"""The luminance weights of red, green and blue (ITU-R BT.601)."""


def luminance_and_chroma(images: Image) -> Tensor:
    """Conversion of RGB images (b, 3, h, w) to Y, Cb, Cr of ITU-R BT.601, each in the range of the image's values."""
    red, green, blue = LUMINANCE
    matrix = images.new_tensor(
        [
            [red, green, blue],
            [-0.5 * red / (1 - blue), -0.5 * green / (1 - blue), 0.5],
            [0.5, -0.5 * green / (1 - red), -0.5 * blue / (1 - red)],
        ]
    )
    return torch.einsum("fc,bchw->bfhw", matrix, images)


@dataclass(frozen=True)
class _InColour:
    name: ClassVar[str]
    about: ClassVar[str]
    wanted: ClassVar[tuple[bool, bool, bool]]
    """Whether each of Y, Cb and Cr is to change inside the region."""

    feature_map: ClassVar[str] = "luminance and chroma"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        if image_shape[0] != 3:
            raise UsageError(
                f"The objective {self.name} needs a colour image; this generator's images have {image_shape[0]} channel."
            )
        return image_shape

    def features(self, images: Image) -> Tensor:
        return luminance_and_chroma(images)

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        wanted = torch.tensor(self.wanted, dtype=torch.float64)[:, None, None]
        return wanted * region.edit, (1 - wanted) * region.edit + region.protect


@dataclass(frozen=True)
class Luminance(_InColour):
    """Change the brightness inside the region; leave its colours and everything outside unchanged."""

    name: ClassVar[str] = "luminance"
    about: ClassVar[str] = "change the brightness inside the region, leave its colours and everything outside unchanged"
    wanted: ClassVar[tuple[bool, bool, bool]] = (True, False, False)


@dataclass(frozen=True)
class Chroma(_InColour):
    """Change the colours inside the region; leave its brightness and everything outside unchanged."""

    name: ClassVar[str] = "chroma"
    about: ClassVar[str] = "change the colours inside the region, leave its brightness and everything outside unchanged"
    wanted: ClassVar[tuple[bool, bool, bool]] = (False, True, True)


OBJECTIVES: dict[str, type[Pixels] | type[Luminance] | type[Chroma]] = {
    each.name: each for each in (Pixels, Luminance, Chroma)
}


def objective_of(value: Objective | str) -> Objective:
    """The objective with the given name; an Objective is returned as it is.

    Raises:
        UsageError: no objective has this name.
    """
    if isinstance(value, str):
        if value not in OBJECTIVES:
            raise UsageError(
                f"Unknown objective {printable(value)!r}{did_you_mean(value, OBJECTIVES)} Choose one of {', '.join(OBJECTIVES)}."
            )
        return OBJECTIVES[value]()
    if not isinstance(value, Objective):
        raise UsageError(
            f"objective is a {type(value).__name__}; give one of {', '.join(OBJECTIVES)}, or an Objective."
        )
    return value
