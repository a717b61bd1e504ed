"""A rasterised region: how much each pixel counts as edited, and how much as protected."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch

from resefa.errors import RegionError
from resefa.regions.area import area_averaged
from resefa.types import PixelWeights

# Weights come out of sums of floating-point numbers.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class RegionWeights:
    """Foreground and background weights, one pair per pixel (``f`` and ``b`` of the paper's section on local editing).

    What is missing from ``edit + protect`` to 1 is ignored: it counts for nothing.

    Attributes:
        edit: (h, w) float64 in [0, 1], the foreground ``f``.
        protect: (h, w) float64 in [0, 1], the background ``b``; ``edit + protect <= 1`` everywhere.

    Raises:
        RegionError: the two differ in shape, leave [0, 1], or sum to more than 1 somewhere.
    """

    edit: PixelWeights
    protect: PixelWeights

    def __post_init__(self) -> None:
        if self.edit.ndim != 2 or self.edit.shape != self.protect.shape or self.edit.numel() == 0:
            raise RegionError(
                f"Weights to edit came with shape {tuple(self.edit.shape)} and weights to protect with "
                f"{tuple(self.protect.shape)}: expected the same (height, width) for both."
            )
        edit, protect = self.edit.to(torch.float64), self.protect.to(torch.float64)
        # Written so that NaN fails too.
        if not bool(torch.minimum(edit, protect).min() >= -_ROUNDING and (edit + protect).max() <= 1 + _ROUNDING):
            raise RegionError(
                "Weights to edit and to protect must lie in [0, 1] and sum to at most 1 in every pixel, but these "
                "do not: clamp them, or subtract the one from the other."
            )
        edit = edit.clamp(0.0, 1.0)
        object.__setattr__(self, "edit", edit)
        object.__setattr__(self, "protect", torch.minimum(protect.clamp(0.0, 1.0), 1.0 - edit))

    @property
    def height(self) -> int:
        """Rows."""
        return self.edit.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.edit.shape[1]

    @property
    def edit_pixels(self) -> float:
        """Sum of the weights to edit: the region's area in pixels."""
        return float(self.edit.sum())

    @property
    def protect_pixels(self) -> float:
        """Sum of the weights to protect: the background's area in pixels."""
        return float(self.protect.sum())

    @property
    def fingerprint(self) -> str:
        """Equal for equal weights, the last bits of which may differ between machines: SHA-256 of both in 1/1024."""
        both = torch.stack([self.edit, self.protect]).cpu() * 1024
        return hashlib.sha256(both.round().to(torch.int16).numpy().tobytes()).hexdigest()

    def resized(self, height: int, width: int) -> RegionWeights:
        """The same region on another pixel grid, by area averaging; mean weights are kept.

        Raises:
            RegionError: the size is not two positive whole numbers.
        """
        return RegionWeights(area_averaged(self.edit, height, width), area_averaged(self.protect, height, width))
