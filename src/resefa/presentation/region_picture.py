"""Pictures of a region before any discovery: its outline on images, and its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image as PILImage

from resefa.presentation.contact_sheet import COLUMNS, SheetRow, contact_sheet, label_span
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import CELL, enlarged, to_picture
from resefa.regions.weights import RegionWeights
from resefa.types import Image

EDITED, PROTECTED, IGNORED = (255, 255, 255), (0, 0, 0), (72, 96, 160)
ALONE = 384
"""Side in pixels of the pictures of a single image."""


def region_sheet(
    images: Image, labels: list[str], weights: Sequence[RegionWeights | None], title: str
) -> PILImage.Image:
    """A sheet of images (b, c, h, w) with the region's outline; a single image stands beside the region's weights.

    Args:
        weights: of each image; None for an image without the region.

    Raises:
        UsageError: weights and images have different sizes.
    """
    if len(images) == 1 and weights[0] is not None:
        side = max(ALONE, *images.shape[-2:])
        cells = [outlined(images[0], weights[0].edit, side), enlarged(weights_picture(weights[0]), side)]
        return contact_sheet([SheetRow("", cells)], [labels[0], _legend(weights[0])], title)
    side = max(CELL, *images.shape[-2:])
    pictures = [
        to_picture(image, side) if each is None else outlined(image, each.edit, side)
        for image, each in zip(images, weights, strict=True)
    ]
    rows = [
        SheetRow(label_span(labels[start : start + COLUMNS]), pictures[start : start + COLUMNS])
        for start in range(0, len(images), COLUMNS)
    ]
    return contact_sheet(rows, [""] * COLUMNS, title)


def weights_picture(weights: RegionWeights) -> PILImage.Image:
    """Weights as colours: edited white, protected black, ignored blue, mixed by the weights."""
    ignored = (1 - weights.edit - weights.protect).clamp(0, 1)
    shares = torch.stack([weights.edit, weights.protect, ignored], -1).cpu().numpy()
    colours = np.array([EDITED, PROTECTED, IGNORED], dtype=np.float64)
    return PILImage.fromarray((shares @ colours).round().astype(np.uint8))


def coverage(weights: Sequence[RegionWeights | None]) -> str:
    """Fraction of the image that the region covers, as text; of regions that differ between images the range."""
    found = [each for each in weights if each is not None]
    first = found[0]
    if any(each is not first for each in found) or len(found) < len(weights):
        areas = [each.edit_pixels / each.edit.numel() for each in found]
        least, most = _percent(min(areas)), _percent(max(areas))
        words = f"{least if least == most else f'{least} to {most}'} of the image"
        return words if len(found) == len(weights) else f"{words}, in {len(found)} of {len(weights)} images"
    pixels = first.edit.numel()
    words = f"{_percent(first.edit_pixels / pixels)} of the image ({first.edit_pixels:,.0f} of {pixels:,} pixels)"
    ignored = 1 - (first.edit_pixels + first.protect_pixels) / pixels
    return words if ignored < 0.0005 else f"{words}; {_percent(ignored)} is ignored"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.2%}"


def _legend(weights: RegionWeights) -> str:
    ignored = float(weights.edit.sum() + weights.protect.sum()) < weights.edit.numel() - 0.5
    return f"white: edited, black: protected{', blue: ignored' if ignored else ''}"
