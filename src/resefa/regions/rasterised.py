"""Rasterising of a region: weights to edit and to protect from the expressions of what is edited, protected and ignored."""

from __future__ import annotations

import torch

from resefa.area_average import check_image_size
from resefa.errors import RegionError
from resefa.regions.operations import Expression
from resefa.regions.quoting import shown
from resefa.regions.weights import RegionWeights

# Weights below this are rounding errors.
_NOTHING = 1e-6
LEAST_PIXELS = 0.99
"""Smallest area of a region in pixels."""


def rasterised(
    edited: Expression, protected: Expression | None, ignored: Expression | None, height: int, width: int
) -> RegionWeights:
    """The weights for an image with ``height`` x ``width`` pixels; see ``Region.weights``.

    Raises:
        RegionError: the region is empty, leaves nothing to protect, or extends beyond the image.
    """
    check_image_size(height, width)
    edit = edited.raster(height, width)
    if float(edit.max()) < _NOTHING:
        raise RegionError(
            f"The region {shown(edited.text)} is empty on an image of {height} x {width} pixels; mark at least one pixel."
        )
    if float(edit.sum()) < LEAST_PIXELS:
        raise RegionError(
            f"The region {shown(edited.text)} covers only {float(edit.sum()):.2g} of a pixel on an image of {height} x {width}; "
            "make it larger."
        )
    protect = 1.0 - edit
    if protected is not None:
        protect = torch.minimum(protect, protected.raster(height, width))
    if ignored is not None:
        protect = torch.minimum(protect, 1.0 - ignored.raster(height, width))
    if float(protect.max()) < _NOTHING:
        if protected is None and ignored is None:
            raise RegionError(
                f"The region {shown(edited.text)} covers the whole image of {height} x {width} pixels, so no pixel is protected; choose a smaller region."
            )
        raise RegionError(
            f"The region {shown(edited.text)} leaves no pixel to protect on an image of {height} x {width} pixels, because all other pixels are ignored; protect more, or ignore less."
        )
    return RegionWeights(edit, protect)
