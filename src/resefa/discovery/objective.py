"""Objectives: the features of the image that an edit changes, and the features that it holds.

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
    """A feature map and two weightings of its values.

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
        """(b, c, height, width) -> (b, f, h, w), differentiable, each row depending on its own image."""
        ...

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        """The wanted and the unwanted weights in [0, 1] on the features: (h, w) where all channels weigh alike, else (f, h, w)."""
        ...


@dataclass(frozen=True)
class Pixels:
    """Change the pixels inside the region, hold those outside: the paper's objective."""

    name: ClassVar[str] = "pixels"
    about: ClassVar[str] = "change the pixels inside the region, hold those outside"
    feature_map: ClassVar[str] = "pixels"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        return image_shape

    def features(self, images: Image) -> Tensor:
        return images

    def weights(self, region: RegionWeights) -> tuple[Tensor, Tensor]:
        return region.edit, region.protect


_LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue (ITU-R BT.601)."""


def luminance_and_chroma(images: Image) -> Tensor:
    """(b, 3, h, w) red, green, blue -> (b, 3, h, w) Y, Cb, Cr of ITU-R BT.601, each in the range of the image's values."""
    red, green, blue = _LUMINANCE
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
    """Which of Y, Cb and Cr are to change inside."""

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
    """Change the brightness inside the region; hold the colours there, and everything outside."""

    name: ClassVar[str] = "luminance"
    about: ClassVar[str] = "change the brightness inside the region, hold its colours and everything outside"
    wanted: ClassVar[tuple[bool, bool, bool]] = (True, False, False)


@dataclass(frozen=True)
class Chroma(_InColour):
    """Change the colours inside the region; hold the brightness there, and everything outside."""

    name: ClassVar[str] = "chroma"
    about: ClassVar[str] = "change the colours inside the region, hold its brightness and everything outside"
    wanted: ClassVar[tuple[bool, bool, bool]] = (False, True, True)


OBJECTIVES: dict[str, type[Pixels] | type[Luminance] | type[Chroma]] = {
    each.name: each for each in (Pixels, Luminance, Chroma)
}


def objective_of(value: Objective | str) -> Objective:
    """The objective of a name, or the objective itself.

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
