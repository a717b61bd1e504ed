"""Weights of a rasterised region: for each pixel one weight to edit and one to protect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from resefa.area_average import area_average_weights
from resefa.errors import RegionError
from resefa.types import PixelWeights

# Tolerance for weights that are sums of floating-point numbers.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """The weights to edit and to protect of each pixel (``f`` and ``b`` in the paper's section on local editing).

    The remainder, ``1 - edit - protect``, is ignored: changes there are neither wanted nor unwanted.

    Attributes:
        edit: (h, w) float64 in [0, 1], ``f`` of the paper.
        protect: (h, w) float64 in [0, 1], ``b`` of the paper; ``edit + protect <= 1`` everywhere.

    Raises:
        RegionError: different shapes, weights outside [0, 1], or a sum above 1.
    """

    edit: PixelWeights
    protect: PixelWeights

    def __post_init__(self) -> None:
        if self.edit.ndim != 2 or self.edit.shape != self.protect.shape or self.edit.numel() == 0:
            raise RegionError(
                f"The weights to edit have shape {tuple(self.edit.shape)} and the weights to protect "
                f"{tuple(self.protect.shape)}; give the same (height, width) for both."
            )
        edit, protect = self.edit.to(torch.float64), self.protect.to(torch.float64)
        # Written so that NaN fails too.
        if not bool(torch.minimum(edit, protect).min() >= -_ROUNDING and (edit + protect).max() <= 1 + _ROUNDING):
            raise RegionError(
                f"The smallest weight is {float(torch.minimum(edit, protect).min()):.4g} and the largest sum of a pixel's two weights is {float((edit + protect).max()):.4g}; weights must lie in [0, 1] and sum to at most 1. Clamp them, or subtract one from the other."
            )
        edit = edit.clamp(0.0, 1.0)
        object.__setattr__(self, "edit", edit)
        object.__setattr__(self, "protect", torch.minimum(protect.clamp(0.0, 1.0), 1.0 - edit))

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.edit.shape[0]

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.edit.shape[1]

    @property
    def edit_pixels(self) -> float:
        """The sum of the weights to edit: the area inside, in pixels."""
        return float(self.edit.sum())

    @property
    def protect_pixels(self) -> float:
        """The sum of the weights to protect: the area outside, in pixels."""
        return float(self.protect.sum())

    @property
    def fingerprint(self) -> str:
        """SHA-256 of both weights, rounded to 1/1024 because the last bits may differ between machines."""
        both = torch.stack([self.edit, self.protect]).cpu() * 1024
        return hashlib.sha256(both.round().to(torch.int16).numpy().tobytes()).hexdigest()

    def resized(self, height: int, width: int) -> RegionWeights:
        """The weights resized by area averaging, which preserves their means.

        Raises:
            RegionError: the size is not two positive whole numbers.
        """
        return RegionWeights(
            area_average_weights(self.edit, height, width), area_average_weights(self.protect, height, width)
        )


def mean_weights(every: Iterable[RegionWeights]) -> RegionWeights:
    """The mean of one or more weights of the same size."""
    edit, protect = torch.zeros((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    count = 0
    for each in every:
        edit, protect, count = edit + each.edit, protect + each.protect, count + 1
    return RegionWeights(edit / count, protect / count)


_STRETCH = 0.02


def check_aspect(size: tuple[int, ...], height: int, width: int, name: str) -> None:
    """Check that a mask has the image's aspect ratio, because masks are never stretched; ``name`` is for the message.

    Raises:
        RegionError: another aspect ratio.
    """
    rows, columns = size
    # Shift of the mask's far edge as a fraction of the image; one pixel of either grid is tolerated.
    stretch = abs(rows * width - columns * height) / max(rows * width, columns * height)
    if stretch > max(_STRETCH, 1 / min(rows, columns, height, width) if min(rows, columns) > 2 else 0):
        raise RegionError(
            f"{name} has {rows} x {columns} pixels, but the image has {height} x {width} and so a different aspect ratio; crop or resize the mask to the image's aspect ratio."
        )
