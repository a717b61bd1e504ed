"""Contact sheets with labelled rows and columns, and saving of pictures and animations by the file's ending."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw, ImageFont, ImageOps

from resefa.errors import MissingExtraError, OutputError
from resefa.files import write_bytes, written_beside

STILL = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
MARGIN, GAP, LINE = 16, 6, 18
INK, FAINT, PAPER = (30, 30, 34), (110, 110, 118), (252, 252, 250)


@dataclass(frozen=True)
class SheetRow:
    """A label, small lines below it, and pictures of one size."""

    label: str
    cells: list[PILImage.Image]
    details: list[str] = field(default_factory=list)


def contact_sheet(rows: list[SheetRow], column_labels: list[str], title: str = "", footer: str = "") -> PILImage.Image:
    """One picture: labels at the left of each row and above each column."""
    large, normal, small = (ImageFont.load_default(size) for size in (20, 14, 12))
    wide = max(int(max([normal.getlength(row.label), *(small.getlength(d) for d in row.details)])) for row in rows)
    cell_width = max(cell.width for row in rows for cell in row.cells)
    heights = [max(max(cell.height for cell in row.cells), LINE * (1 + len(row.details))) for row in rows]
    columns = max(len(row.cells) for row in rows)
    left, top = MARGIN + wide + MARGIN, MARGIN + (30 if title else 0) + (LINE + 4 if any(column_labels) else 0)
    width = max(left + columns * (cell_width + GAP) + MARGIN, int(large.getlength(title)) + 2 * MARGIN)
    height = top + sum(heights) + GAP * len(rows) + MARGIN + (LINE if footer else 0)
    sheet = PILImage.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    if title:
        draw.text((MARGIN, MARGIN), title, INK, large)
    for i, label in enumerate(column_labels[:columns]):
        draw.text((left + i * (cell_width + GAP) + cell_width / 2, top - LINE), label, FAINT, normal, anchor="mt")
    y = top
    for row, row_height in zip(rows, heights, strict=True):
        block = LINE * (1 + len(row.details))
        start = y + (row_height - block) / 2
        draw.text((MARGIN, start), row.label, INK, normal)
        for i, detail in enumerate(row.details):
            draw.text((MARGIN, start + LINE * (i + 1)), detail, FAINT, small)
        for i, cell in enumerate(row.cells):
            sheet.paste(cell, (left + i * (cell_width + GAP), y))
        y += row_height + GAP
    if footer:
        draw.text((MARGIN, height - MARGIN - LINE / 2), footer, FAINT, small)
    return sheet


def save_picture(path: str | Path, picture: PILImage.Image) -> None:
    """Write a still picture in the format of its ending, whole or not at all."""
    kind = STILL.get(Path(path).suffix.lower())
    if kind is None:
        raise OutputError(
            f"{path} ends in {Path(path).suffix or 'nothing'}: pictures are written as {', '.join(STILL)}."
        )
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    write_bytes(path, buffer.getvalue())


def save_animation(path: str | Path, frames: list[PILImage.Image], frames_per_second: float = 8) -> None:
    """Write ``.gif`` (loops) or ``.mp4`` (extra ``video``), there and back again."""
    size = (max(frame.width for frame in frames), max(frame.height for frame in frames))
    # Labels of other lengths make frames of other sizes; an animation has one.
    frames = [
        ImageOps.pad(frame, size, color=PAPER, centering=(1, 0)) if frame.size != size else frame for frame in frames
    ]
    frames = [*frames, *frames[-2:0:-1]]
    suffix = Path(path).suffix.lower()
    if suffix == ".gif":
        buffer = io.BytesIO()
        first, *rest = [frame.quantize(256, dither=PILImage.Dither.NONE) for frame in frames]
        first.save(buffer, "GIF", save_all=True, append_images=rest, duration=round(1000 / frames_per_second), loop=0)
        write_bytes(path, buffer.getvalue())
    elif suffix == ".mp4":
        try:
            import imageio.v2 as imageio
            import imageio_ffmpeg  # noqa: F401
        except ImportError as error:
            raise MissingExtraError(
                "MP4 needs the extra 'video': run pip install 'resefa[video]', or write a .gif."
            ) from error
        with (
            written_beside(path) as temporary,
            imageio.get_writer(
                temporary, format="FFMPEG", fps=frames_per_second, codec="libx264", macro_block_size=2, quality=8
            ) as writer,
        ):
            for frame in frames:
                writer.append_data(np.asarray(frame.convert("RGB")))
    else:
        raise OutputError(f"{path} ends in {suffix or 'nothing'}: animations are written as .gif or .mp4.")
