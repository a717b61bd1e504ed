"""Pictures stored for the report: of each side the first picture that hits, or else the last that looks drawn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from resefa.comparison.experiment import file_part
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture


def original_file(folder: Path, seed: int) -> Path:
    """The path of the picture of an unedited image."""
    return folder / "pictures" / f"seed-{seed}" / "original.png"


def side_file(folder: Path, seed: int, part: str, case: str, sign: int) -> Path:
    """The path of the picture of a side of a case's first per-image direction."""
    name = f"{part}-{file_part(case.replace('+', '-plus'))}-{'plus' if sign > 0 else 'minus'}.png"
    return folder / "pictures" / f"seed-{seed}" / name


def save_pictures(pictures: Iterable[tuple[Path, Tensor]]) -> None:
    """Write images (c, h, w) in [-1, 1] as PNG."""
    for path, image in pictures:
        save_picture(path, to_picture(image, max(image.shape[-2:])))
