"""A folder of pictures as batches of images, the reference set of a distance. Unreadable files are named or counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from resefa.errors import MetricError, printable
from resefa.files.picture_file import converted, open_picture
from resefa.types import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
_NAMED = 3


@dataclass
class ImageFolder:
    """Pictures of a folder and its subfolders, sorted by name.

    Args:
        folder: files that are not pictures are ignored.
        side: the central square of every picture is resized to side x side, antialiased; None if all have one size already.
        skip_unreadable: skip and count unreadable files instead of raising an error.

    Attributes:
        unreadable: (file, reason) of each skipped file, filled during iteration. Report it.

    Raises:
        MetricError: the folder does not exist or has no picture.
    """

    folder: str | Path
    side: int | None = None
    skip_unreadable: bool = False
    unreadable: list[tuple[Path, str]] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        root = Path(self.folder)
        if not root.is_dir():
            raise MetricError(f"{root} is not a folder; give a folder with pictures.")
        self.files = sorted(path for path in root.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
        if not self.files:
            raise MetricError(f"{root} does not contain a picture ({', '.join(ENDINGS)}); give a folder with pictures.")

    def __len__(self) -> int:
        return len(self.files)

    def batches(self, size: int = 32) -> Iterator[Image]:
        """Batches (b, 3, h, w), float32 in [-1, 1], b up to ``size``.

        Raises:
            MetricError: files cannot be read (all files are checked first, so that all are counted), or pictures have different
                sizes and ``side`` is None.
        """
        self.unreadable.clear()
        held: list[torch.Tensor] = []
        for i, path in enumerate(self.files):
            image = self._read(path)
            if image is None:
                if not self.skip_unreadable:
                    raise self._refusal(i)
                continue
            if held and image.shape != held[0].shape:
                raise MetricError(
                    f"{printable(path.name)} has {image.shape[1]} x {image.shape[2]} pixels, other pictures have "
                    f"{held[0].shape[1]} x {held[0].shape[2]}; give side to resize all pictures."
                )
            held.append(image)
            if len(held) == size:
                yield torch.stack(held)
                held = held[:0]
        if held:
            yield torch.stack(held)

    def _read(self, path: Path) -> torch.Tensor | None:
        try:
            picture = converted(open_picture(path, raises=MetricError), "RGB", raises=MetricError)
        except MetricError as error:
            self.unreadable.append((path, str(error)))
            return None
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float()
        if self.side is not None:
            square = min(pixels.shape[1:])
            top, left = (pixels.shape[1] - square) // 2, (pixels.shape[2] - square) // 2
            pixels = pixels[:, top : top + square, left : left + square]
            if square != self.side:
                sides = (self.side, self.side)
                pixels = F.interpolate(pixels[None], sides, mode="bicubic", antialias=True)[0].clamp(0, 255)
        return pixels / 127.5 - 1

    def _refusal(self, place: int) -> MetricError:
        for path in self.files[place + 1 :]:
            self._read(path)
        names = ", ".join(printable(path.name, 60) for path, _ in self.unreadable[:_NAMED])
        more = f" and {len(self.unreadable) - _NAMED} more" if len(self.unreadable) > _NAMED else ""
        return MetricError(
            f"{len(self.unreadable)} of {len(self.files)} pictures cannot be read ({names}{more}); repair or remove them, or "
            "pass skip_unreadable=True to skip and count them."
        )
