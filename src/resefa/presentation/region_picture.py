"""Pictures of a region before any discovery: its outline on images, and its weights."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage

from resefa.presentation.contact_sheet import COLUMNS, SheetRow, contact_sheet, label_span
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import CELL, enlarged
from resefa.regions.weights import RegionWeights
from resefa.types import Image

EDITED, PROTECTED, IGNORED = (255, 255, 255), (0, 0, 0), (72, 96, 160)
ALONE = 384
"""Side in pixels of the pictures of a single image."""


def region_sheet(images: Image, labels: list[str], weights: RegionWeights, title: str) -> PILImage.Image:
    """A sheet of images (b, c, h, w) with the region's outline; a single image stands beside the region's weights.

    Raises:
        UsageError: weights and images have different sizes.
    """
    if len(images) == 1:
        side = max(ALONE, *images.shape[-2:])
        cells = [outlined(images[0], weights.edit, side), enlarged(weights_picture(weights), side)]
        return contact_sheet([SheetRow("", cells)], [labels[0], _legend(weights)], title)
    rows = []
    for start in range(0, len(images), COLUMNS):
        cells = [
            outlined(image, weights.edit, max(CELL, *images.shape[-2:])) for image in images[start : start + COLUMNS]
        ]
        rows.append(SheetRow(label_span(labels[start : start + COLUMNS]), cells))
    return contact_sheet(rows, [""] * COLUMNS, title)


def weights_picture(weights: RegionWeights) -> PILImage.Image:
    """Weights as colours: edited white, protected black, ignored blue, mixed by the weights."""
    ignored = (1 - weights.edit - weights.protect).clamp(0, 1)
    shares = torch.stack([weights.edit, weights.protect, ignored], -1).cpu().numpy()
    colours = np.array([EDITED, PROTECTED, IGNORED], dtype=np.float64)
    return PILImage.fromarray((shares @ colours).round().astype(np.uint8))


def coverage(weights: RegionWeights) -> str:
    """Fraction of the image that the region covers, as text."""
    pixels = weights.height * weights.width
    words = f"{_percent(weights.edit_pixels / pixels)} of the image ({weights.edit_pixels:,.0f} of {pixels:,} pixels)"
    ignored = 1 - (weights.edit_pixels + weights.protect_pixels) / pixels
    return words if ignored < 0.0005 else f"{words}; {_percent(ignored)} is ignored"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else f"{share:.2%}"


def _legend(weights: RegionWeights) -> str:
    ignored = float(weights.edit.sum() + weights.protect.sum()) < weights.edit.numel() - 0.5
    return f"white: edited, black: protected{', blue: ignored' if ignored else ''}"
