"""Pictures alone: no captions, no margins, pixel for pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image as PILImage

from resefa.errors import UsageError

COLUMNS = 8
"""Pictures beside each other where the images have no rows of their own."""


def grid(rows: Sequence[Sequence[PILImage.Image]]) -> PILImage.Image:
    """Pictures edge to edge in rows; a single picture as it is.

    Raises:
        UsageError: there is no picture.
    """
    cells = [cell for row in rows for cell in row]
    if not cells:
        raise UsageError("A grid needs at least one picture.")
    width, height = max(cell.width for cell in cells), max(cell.height for cell in cells)
    if len(cells) == 1:
        return cells[0]
    whole = PILImage.new("RGB", (width * max(len(row) for row in rows), height * len(rows)), "white")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            whole.paste(cell, (j * width, i * height))
    return whole


def in_rows(pictures: Sequence[PILImage.Image], columns: int = COLUMNS) -> list[list[PILImage.Image]]:
    """Pictures in rows of at most ``columns``."""
    return [list(pictures[start : start + columns]) for start in range(0, len(pictures), columns)]


def squarish(pictures: Sequence[PILImage.Image]) -> list[list[PILImage.Image]]:
    """Pictures in about as many rows as columns, which suits a video's frame."""
    return in_rows(pictures, math.ceil(math.sqrt(len(pictures))))


def smooth(strengths: Sequence[float], frames: int) -> list[float]:
    """``frames`` strengths from the first to the last, through all of them in even steps of the strip."""
    if len(strengths) >= frames or len(strengths) < 2:
        return list(strengths)
    found = []
    for i in range(frames):
        place = i * (len(strengths) - 1) / (frames - 1)
        low = min(int(place), len(strengths) - 2)
        share = place - low
        found.append(strengths[low] * (1 - share) + strengths[low + 1] * share)
    return found
