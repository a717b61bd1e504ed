"""Features that a term varies or holds: the protocol, and the features of single pixels: colour values, luminance, chroma."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from resefa.discovery.objectives.objective import PIXELS
from resefa.errors import UsageError
from resefa.types import Image


@runtime_checkable
class Feature(Protocol):
    """A kind of values of an image, as a term of ``vary`` or ``hold`` names it.

    Features with the same block are computed once: they differ in the rows of the block that count.

    Attributes:
        text: as in a term, for example ``low-frequencies:8``.
        block: names the values in caches.
        per_pixel: whether the values belong to pixels, so that a region selects among them; False: to the whole image.
    """

    @property
    def text(self) -> str: ...
    @property
    def block(self) -> str: ...
    @property
    def per_pixel(self) -> bool: ...
    @property
    def channels(self) -> tuple[float, ...] | None:
        """The weight of each channel of the block; None: all channels count alike."""
        ...

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        """(f, h, w) of the block for an image (c, height, width); (1, m, 1) for m numbers of the whole image.

        Raises:
            UsageError: the feature needs an image of another kind.
        """
        ...

    def values(self, images: Image) -> Tensor:
        """The block (b, f, h, w) of images (b, c, height, width), differentiable."""
        ...


@dataclass(frozen=True)
class PixelValues:
    """The colour values of the pixels."""

    text: str = field(default=PIXELS, init=False)
    block: str = field(default=PIXELS, init=False)
    per_pixel: bool = field(default=True, init=False)
    channels: tuple[float, ...] | None = field(default=None, init=False)

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        return image_shape

    def values(self, images: Image) -> Tensor:
        return images


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
    text: str = field(default="", init=False)
    channels: tuple[float, ...] | None = field(default=None, init=False)
    block: str = field(default="luminance and chroma", init=False)
    per_pixel: bool = field(default=True, init=False)

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        if image_shape[0] != 3:
            count = f"{image_shape[0]} channel{'s' * (image_shape[0] != 1)}"
            raise UsageError(
                f"The feature {self.text} needs a colour image, but this generator's images have {count}; vary or hold pixels instead."
            )
        return image_shape

    def values(self, images: Image) -> Tensor:
        return luminance_and_chroma(images)


@dataclass(frozen=True)
class Luminance(_InColour):
    """The brightness of the pixels: Y of ITU-R BT.601."""

    text: str = field(default="luminance", init=False)
    channels: tuple[float, ...] | None = field(default=(1.0, 0.0, 0.0), init=False)


@dataclass(frozen=True)
class Chroma(_InColour):
    """The colour of the pixels without their brightness: Cb and Cr of ITU-R BT.601."""

    text: str = field(default="chroma", init=False)
    channels: tuple[float, ...] | None = field(default=(0.0, 1.0, 1.0), init=False)
