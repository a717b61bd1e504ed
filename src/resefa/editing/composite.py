"""Composites: the edited region in the original picture, so that the rest of the picture is the original bit for bit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from resefa.editing.blending import faded, gradient_blended, grown
from resefa.editing.composite_figures import CompositeFigures, figures_of
from resefa.editing.composition import Composition
from resefa.editing.seam import seam_set
from resefa.errors import GeneratorError, RegionError, UsageError, parameter
from resefa.regions.as_region import RegionLike, as_region
from resefa.regions.weights import RegionWeights
from resefa.types import Image

Floats = NDArray[np.float64]
Blend = Literal["gradients", "weights"]

FEATHER = 1 / 32
"""Default width of the feather, as a fraction of the shorter side of the image."""
INSET = 1 / 16
"""Default distance that the seam may move into the region, as a fraction of the shorter side of the image."""
_LEAST = 1 / 256
"""Weight below which a pixel of a soft region remains the original: half a step of an 8-bit picture at the largest change."""


class Composited(NamedTuple):
    """Composites (n, c, h, w) of one original, with the figures of each."""

    images: Image
    figures: list[CompositeFigures]


@dataclass(frozen=True)
class Composite:
    """A composite of the edited region onto the original picture: what is protected is the original, bit for bit.

    The seam is a minimum cut: inside the region, at most ``inset`` pixels from its edge, where the two pictures agree best.
    The change then fades in over about ``feather`` pixels. A pixel with protect weight p takes at most 1 - p of the change, so
    a fully protected pixel takes nothing; ignored pixels may take the edit.

    Attributes:
        feather: width in pixels over which a difference of tint fades; default 1/32 of the shorter side, 0 for a hard edge.
        growth: pixels beyond the region that may take the edit too. Only pixels further away are then the original bit for bit.
        inset: largest distance in pixels from the region's edge to the seam; default 1/16 of the shorter side, 0 for a seam on
            the edge.
        blend: "gradients" (default) retains details up to the seam and removes the step of tint there, by a screened Poisson
            equation; "weights" mixes the two pictures.

    Raises:
        UsageError: a width is negative or not a finite number, or the blend is unknown.
    """

    feather: float | None = None
    growth: float = 0.0
    inset: float | None = None
    blend: Blend = "gradients"

    def __post_init__(self) -> None:
        for name, value in (("feather", self.feather), ("growth", self.growth), ("inset", self.inset)):
            if value is None and name != "growth":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise UsageError(f"{parameter(name, value)} is not possible; give a number of pixels, 0 or more.")
        if self.blend not in ("gradients", "weights"):
            raise UsageError(f"Unknown {parameter('blend', self.blend)}; choose one of gradients, weights.")

    def of(self, original: Image, edited: Image, region: RegionLike | RegionWeights) -> Composited:
        """Composite edited pictures of one original.

        Args:
            original: (c, h, w) or (1, c, h, w), in [-1, 1].
            edited: (c, h, w) or (n, c, h, w).
            region: the region, or its weights at the size of the pictures.

        Returns:
            Images with the type and on the device of ``edited``, with figures of each.

        Raises:
            RegionError: the pictures and the region differ in size.
            GeneratorError: a picture contains values that are not finite.
        """
        one = original if original.ndim == 4 else original[None]
        many = edited if edited.ndim == 4 else edited[None]
        if one.ndim != 4 or len(one) != 1 or many.shape[1:] != one.shape[1:]:
            raise UsageError(
                f"original has shape {tuple(original.shape)} and edited {tuple(edited.shape)}; give (channels, height, width) and (n, channels, height, width) of the same size."
            )
        size: tuple[int, int] = (many.shape[-2], many.shape[-1])
        weights = region if isinstance(region, RegionWeights) else as_region(region).weights(*size)
        if (weights.height, weights.width) != size:
            raise RegionError(
                f"The region has {weights.height} x {weights.width} pixels, but the pictures have {size[0]} x {size[1]}; give the region's weights at the size of the pictures."
            )
        if not bool(one.isfinite().all() and many.isfinite().all()):
            raise GeneratorError("A picture contains NaN or infinity; lower the strength or check the generator.")
        made = [self._one(one[0], picture, weights) for picture in many]
        return Composited(torch.stack([image for image, _ in made]), [figures for _, figures in made])

    def _one(self, original: Tensor, edited: Tensor, weights: RegionWeights) -> tuple[Tensor, CompositeFigures]:
        first, second = _values(original), _values(edited)
        change = second - first
        limit = grown(1 - _values(weights.protect), self.growth)
        kept = limit * self._blended(change, limit)
        image = original.to(edited) + torch.from_numpy(kept).to(edited)
        # Sums would round: pixels without and with the whole change are copied.
        image = torch.where(torch.from_numpy(kept == 0).to(edited.device), original.to(edited), image)
        image = torch.where(torch.from_numpy(kept == change).to(edited.device), edited, image)
        return image, figures_of(first, second, kept, weights)

    def _blended(self, change: Floats, limit: Floats) -> Floats:
        """The change (c, h, w) that fades out at the seam, within the pixels where the limit (h, w) allows any."""
        shorter = min(limit.shape)
        feather = shorter * FEATHER if self.feather is None else self.feather
        inset = shorter * INSET if self.inset is None else self.inset
        zone = limit > _LEAST
        taken = seam_set(np.sqrt(np.square(change).mean(0)), zone, inset)
        if feather == 0 or taken.all():
            return np.where(taken, change, 0.0)
        return gradient_blended(change, taken, feather) if self.blend == "gradients" else faded(change, taken, feather)


def as_composite(given: bool | Composite) -> Composite | None:
    """The composite for ``composite=...``: True is the default composite, False is none.

    Raises:
        UsageError: another type.
    """
    if isinstance(given, bool):
        return Composite() if given else None
    if isinstance(given, Composite):
        return given
    raise UsageError(f"{parameter('composite', given)} is not possible; give True, False or a resefa.Composite.")


def composited(composite: Composite, original: Image, edited: Image, composition: Composition) -> Composited:
    """The composites of edited images of one code, with the region of a composition on the image of that code.

    Raises:
        UsageError: no direction names a region.
    """
    edit, protect = composition.edit, composition.protect
    if edit is None or protect is None:
        raise UsageError(
            f"{parameter('composite')} needs a region to edit, but {composition.name} has none; give {parameter('region')}."
        )
    edit, protect = (weights.double().reshape(weights.shape[-2:]) for weights in (edit, protect))
    # Weights in a file are rounded, so that the sum of both may exceed 1 by a rounding.
    return composite.of(original, edited, RegionWeights(edit, torch.minimum(protect, 1 - edit)))


def _values(tensor: Tensor) -> Floats:
    return np.asarray(tensor.detach().to("cpu", torch.float64).numpy())
