"""``resefa.save_images`` and ``resefa.picture``: tensors of images to pictures, files and folders; single picture files with metadata."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image as PILImage
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from resefa.errors import OutputError, UsageError
from resefa.files.output_file import check_writable_folder, write_bytes
from resefa.presentation.animation import ANIMATED, PICTURES_FPS, ending, save_animation
from resefa.presentation.contact_sheet import grid, in_rows, squarish
from resefa.presentation.outline import draw_outline
from resefa.presentation.pixels import plain_picture
from resefa.regions.as_region import as_region
from resefa.regions.region import Region


def picture(image: Tensor, region: Region | str | Tensor | None = None, *, size: int | None = None) -> PILImage.Image:
    """An image as a picture, with the outline of a region if given.

    Args:
        image: (channels, height, width) in [-1, 1]; values beyond are clamped.
        region: a Region, its text, or weights (height, width) in [0, 1].
        size: longer side in pixels; default the image's.

    Raises:
        UsageError: not one image, or weights of another size.
        RegionError: the region's text cannot be read.
    """
    image = torch.as_tensor(image)
    if image.ndim == 4 and len(image) == 1:
        image = image[0]
    if image.ndim != 3:
        raise UsageError(f"image has shape {tuple(image.shape)}; give one image, (channels, height, width).")
    drawn = plain_picture(image, size)
    if region is None:
        return drawn
    weights = region if isinstance(region, Tensor) else as_region(region).weights(*image.shape[-2:]).edit
    return draw_outline(drawn, weights)


def save_images(
    images: Tensor | Sequence[Tensor], path: str | Path, *, size: int | None = None, fps: float | None = None
) -> None:
    """Write images without captions: a picture, an animation, or a folder of pictures.

    Args:
        images: in [-1, 1], values beyond are clamped: (channels, height, width), (n, channels, height, width), or the result of
            ``resefa.edit``, (codes, strengths, channels, height, width).
        path: .png, .jpg or .webp: one image unchanged, several edge to edge, a row for each code. .gif or .mp4: a frame for
            each image or strength, forward and back, the codes side by side. A folder (a name that ends in ``/``, or an
            existing folder): one PNG for each image.
        size: longer side of each image in pixels; default its size.
        fps: frames per second of an animation; default 12.

    Raises:
        UsageError: a different shape, or an option without effect on the file.
        OutputError: an unknown suffix, or the file cannot be written.
    """
    rows = [[plain_picture(image, size) for image in row] for row in _rows(images)]
    nested = isinstance(images, Tensor) and images.ndim == 5
    suffix = Path(path).suffix.lower()
    if fps is not None and suffix not in ANIMATED:
        raise UsageError(f"fps={fps} has no effect on {path}; omit fps, or write a .gif or .mp4 file.")
    if is_folder(path):
        save_folder(path, {_name(i, j, nested): cell for i, row in enumerate(rows) for j, cell in enumerate(row)})
    elif suffix in ANIMATED:
        steps = [squarish(column) for column in zip(*rows, strict=True)] if nested else [[[cell]] for cell in rows[0]]
        save_animation(path, [grid(step) for step in steps], PICTURES_FPS if fps is None else fps)
    else:
        check_picture_ending(path)
        save_picture(path, grid(rows if nested else in_rows(rows[0])))


def is_folder(path: str | Path) -> bool:
    """Whether the path means a folder: it exists, or the name ends in a slash."""
    return str(path).endswith(("/", os.sep)) or (str(path) != "" and Path(path).is_dir())


def check_picture_ending(path: str | Path) -> None:
    """Raise OutputError for a suffix that is neither a picture's nor an animation's."""
    suffix = Path(path).suffix.lower()
    if suffix not in (*STILL, *ANIMATED):
        raise OutputError(f"{ending(path)}; write {', '.join((*STILL, *ANIMATED))}, or a folder, whose name ends in /.")


def save_folder(path: str | Path, pictures: dict[str, PILImage.Image]) -> None:
    """Write each picture into a folder as ``name.png``."""
    check_writable_folder(path)
    for name, one in pictures.items():
        save_picture(Path(path) / f"{name}.png", one)


def _rows(images: Tensor | Sequence[Tensor]) -> list[list[Tensor]]:
    if not isinstance(images, Tensor):
        try:
            images = torch.stack([torch.as_tensor(one) for one in images])
        except (TypeError, ValueError, RuntimeError) as error:
            raise UsageError(
                "images contains elements with different shapes, or elements that are not tensors; give a tensor, or a list of tensors with the same shape."
            ) from error
    if images.ndim not in (3, 4, 5) or not images.numel():
        raise UsageError(
            f"images has shape {tuple(images.shape)}; give (channels, height, width), (n, channels, height, width) or "
            "(codes, strengths, channels, height, width)."
        )
    nested = images if images.ndim == 5 else images[None] if images.ndim == 4 else images[None, None]
    return [list(row) for row in nested]


def _name(row: int, column: int, nested: bool) -> str:
    return f"{row:03}-{column:03}" if nested else f"{column:03}"


STILL = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_IMAGE_DESCRIPTION = 0x010E


def save_picture(path: str | Path, picture: PILImage.Image, metadata: Mapping[str, str] | None = None) -> None:
    """Write a still picture atomically, in the format of its suffix.

    Args:
        metadata: provenance, for example model and seed. PNG: one text chunk for each entry. JPEG and WebP: all
            entries as one JSON object in the Exif image description.

    Raises:
        OutputError: an unknown suffix, or the file cannot be written.
    """
    suffix = Path(path).suffix.lower()
    kind = STILL.get(suffix)
    if kind is None:
        raise OutputError(f"{ending(path)}; write a picture as {', '.join(STILL)}.")
    options: dict[str, object] = {} if kind == "PNG" else {"quality": 95}
    if metadata and kind == "PNG":
        options["pnginfo"] = chunks = PngInfo()
        for name, value in metadata.items():
            chunks.add_itxt(name, value)
    elif metadata:
        options["exif"] = exif = PILImage.Exif()
        exif[_IMAGE_DESCRIPTION] = json.dumps(dict(metadata))
    buffer = io.BytesIO()
    (picture.convert("RGB") if kind == "JPEG" else picture).save(buffer, kind, **options)
    write_bytes(path, buffer.getvalue(), rescue=True)
