"""Contact sheets, pictures in labelled rows and columns, and plain grids without captions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image as PILImage
from PIL import ImageDraw

from resefa.errors import UsageError
from resefa.presentation.fonts import draw_text, text_width, wrapped

MARGIN, GAP, LABEL_WIDTH = 24, 8, 220
INK, FAINT, PAPER, BLANK = (28, 28, 34), (98, 98, 108), (252, 252, 250), (240, 240, 236)
TITLE, LABEL, DETAIL = 24, 16, 13
_LEADING = 1.35


@dataclass(frozen=True)
class SheetRow:
    """A label, small lines below it, and pictures; None leaves a cell blank.

    Attributes:
        captions: small text below each picture, or in a blank cell; empty text for none.
    """

    label: str
    cells: Sequence[PILImage.Image | None]
    details: Sequence[str] = field(default_factory=list)
    captions: Sequence[str] = ()

    def caption(self, i: int) -> str:
        """The caption of cell ``i``."""
        return self.captions[i] if i < len(self.captions) else ""


def contact_sheet(
    rows: Sequence[SheetRow], column_labels: Sequence[str], title: str = "", footer: str = ""
) -> PILImage.Image:
    """One picture with labels at the left of each row and above each column. Long text is wrapped, never cut off.

    Columns are as wide as the widest picture; no picture is scaled. Characters that the font lacks: see ``fonts``.

    Raises:
        UsageError: no row has a picture.
    """
    pictures = [cell for row in rows for cell in row.cells if cell is not None]
    if not pictures:
        raise UsageError("rows contains no picture; give at least one row with a picture.")
    columns = max(len(row.cells) for row in rows)
    cell_width = max(picture.width for picture in pictures)
    blank_height = max(picture.height for picture in pictures)

    labels = [_label_lines(row) for row in rows]
    label_width = max((_length(*line) for block in labels for line in block), default=0)
    left = MARGIN + (label_width + MARGIN if label_width else 0)
    inner = left - MARGIN + columns * (cell_width + GAP) - GAP
    heading = _lines(title, TITLE, INK, inner)
    header = [_lines(label, DETAIL + 1, FAINT, cell_width + GAP / 2) for label in column_labels[:columns]]
    closing = _lines(footer, DETAIL, FAINT, inner)
    heights = [
        max([c.height for c in row.cells if c is not None] or [blank_height]) if row.cells else 0 for row in rows
    ]
    captions = [
        [_lines(row.caption(i), DETAIL, FAINT, cell_width - GAP) for i in range(len(row.cells))] for row in rows
    ]
    # Below the pictures; a blank cell has room for its caption.
    below = [
        max((_block(text) for text, cell in zip(texts, row.cells, strict=True) if cell is not None), default=0)
        for texts, row in zip(captions, rows, strict=True)
    ]
    heights = [max(height + under, _block(block)) for height, under, block in zip(heights, below, labels, strict=True)]

    header_height = max((_block(block) for block in header), default=0)
    top = MARGIN + (_block(heading) + GAP if heading else 0) + (header_height + GAP // 2 if header_height else 0)
    body = sum(heights) + GAP * (len(rows) - 1)
    height = top + body + (GAP * 2 + _block(closing) if closing else 0) + MARGIN
    sheet = PILImage.new("RGB", (inner + 2 * MARGIN, height), PAPER)
    draw = ImageDraw.Draw(sheet)

    _write(draw, heading, MARGIN, MARGIN)
    for i, block in enumerate(header):
        middle = left + i * (cell_width + GAP) + cell_width / 2
        _write(draw, block, middle, top - GAP // 2 - _block(block), centred=True)
    row_top = top
    for row, block, texts, row_height, under in zip(rows, labels, captions, heights, below, strict=True):
        _write(draw, block, MARGIN, row_top + (row_height - _block(block)) / 2)
        inside = row_height - under
        for i, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            start = left + i * (cell_width + GAP)
            caption_top = row_top + inside
            if cell is None:
                draw.rectangle((start, row_top, start + cell_width - 1, row_top + inside - 1), fill=BLANK)
                caption_top = row_top + (inside - _block(text)) // 2
            else:
                sheet.paste(cell, (start + (cell_width - cell.width) // 2, row_top + (inside - cell.height) // 2))
            _write(draw, text, start + cell_width / 2, caption_top, centred=True)
        row_top += row_height + GAP
    _write(draw, closing, MARGIN, top + body + GAP * 2)
    return sheet


_Line = tuple[str, int, tuple[int, int, int]]
"""A line of text, its size in pixels, and its colour."""


def _label_lines(row: SheetRow) -> list[_Line]:
    lines = _lines(row.label, LABEL, INK, LABEL_WIDTH)
    for detail in row.details:
        lines += _lines(detail, DETAIL, FAINT, LABEL_WIDTH)
    return lines


def _lines(text: str, size: int, colour: tuple[int, int, int], width: float) -> list[_Line]:
    return [(line, size, colour) for line in wrapped(text, size, width)]


def _length(text: str, size: int, _colour: tuple[int, int, int]) -> int:
    return round(text_width(text, size) + 0.5)


def _block(lines: list[_Line]) -> int:
    """The total height of lines below each other."""
    return sum(round(size * _LEADING) for _, size, _ in lines)


def _write(draw: ImageDraw.ImageDraw, lines: list[_Line], left: float, top: float, centred: bool = False) -> None:
    for text, size, colour in lines:
        draw_text(draw, (left - text_width(text, size) / 2 if centred else left, top), text, colour, size)
        top += round(size * _LEADING)


COLUMNS = 8
"""The number of pictures in a row, if the images are not arranged in rows already."""


def grid(rows: Sequence[Sequence[PILImage.Image | None]]) -> PILImage.Image:
    """Pictures edge to edge in rows; a single picture is returned unchanged, and None leaves a cell blank.

    Raises:
        UsageError: there is no picture.
    """
    cells = [cell for row in rows for cell in row if cell is not None]
    if not cells:
        raise UsageError("The list of pictures is empty; give at least one picture.")
    width, height = max(cell.width for cell in cells), max(cell.height for cell in cells)
    if sum(map(len, rows)) == 1:
        return cells[0]
    whole = PILImage.new("RGB", (width * max(len(row) for row in rows), height * len(rows)), "white")
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if cell is not None:
                whole.paste(cell, (j * width, i * height))
    return whole


def in_rows(pictures: Sequence[PILImage.Image], columns: int = COLUMNS) -> list[list[PILImage.Image]]:
    """Pictures in rows of at most ``columns``."""
    return [list(pictures[start : start + columns]) for start in range(0, len(pictures), columns)]


def label_span(labels: Sequence[str]) -> str:
    """One label for a row of images, each a word and a number: ``seed 7``, ``seeds 8 to 15``, or ``seeds 1, 7, 10``."""
    if len(labels) == 1:
        return labels[0]
    word = labels[0].split()[0]
    numbers = [int(label.split()[1]) for label in labels]
    consecutive = all(second - first == 1 for first, second in pairwise(numbers))
    return f"{word}s {numbers[0]} to {numbers[-1]}" if consecutive else f"{word}s {', '.join(map(str, numbers))}"


def squarish(pictures: Sequence[PILImage.Image]) -> list[list[PILImage.Image]]:
    """Pictures in a nearly square grid, which suits a video's frame."""
    return in_rows(pictures, math.ceil(math.sqrt(len(pictures))))
