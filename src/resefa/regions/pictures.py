"""Regions from pictures: a mask (bright is edited) or a label map with chosen labels."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import RegionError
from resefa.pooling import area_average


@dataclass(frozen=True)
class Picture:
    """A grid of weights of any size, brought to the image's size by area; ``text`` names it and tells it apart."""

    text: str
    grid: Tensor = field(compare=False, repr=False)

    def coverage(self, height: int, width: int) -> Tensor:
        rows, columns = self.grid.shape
        # A coarse picture is first repeated until it is at least as fine as the image, then averaged over areas.
        down, across = -(-height // rows), -(-width // columns)
        fine = self.grid.repeat_interleave(down, 0).repeat_interleave(across, 1)
        return area_average(fine[None, None], (height, width))[0, 0]


def mask_picture(source: Any) -> Picture:
    """A mask from an array, a tensor or an image file."""
    values, name = _values(source, labels=False)
    if values.dtype == np.uint8:
        values = values / 255 if values.max(initial=0) > 1 else values
    weights = np.asarray(values, dtype=np.float64)
    if not np.isfinite(weights).all() or weights.min(initial=0) < 0 or weights.max(initial=0) > 1:
        raise RegionError(f"The mask {name} has values outside 0 to 1 (or, as bytes, 0 to 255).")
    return Picture(name, torch.from_numpy(np.ascontiguousarray(weights)))


def label_picture(source: Any, labels: tuple[int, ...]) -> Picture:
    """The pixels of a label map whose label is among ``labels``; averaged over areas as one-hot, never picked."""
    values, name = _values(source, labels=True)
    if not labels:
        raise RegionError(f"No label was named for {name}: give some, for example {name}#3,5.")
    present = np.unique(values)
    missing = sorted(set(labels) - set(present.tolist()))
    if missing:
        some = ", ".join(str(v) for v in present[:20].tolist())
        raise RegionError(f"The label map {name} has no label {', '.join(map(str, missing))}: it has {some}.")
    chosen = np.isin(values, labels).astype(np.float64)
    return Picture(f"{name}#{','.join(map(str, labels))}", torch.from_numpy(chosen))


def _values(source: Any, *, labels: bool) -> tuple[np.ndarray, str]:
    if isinstance(source, str | Path):
        return _read(Path(source), labels), _quoted(str(source))
    array = source.detach().cpu().numpy() if isinstance(source, Tensor) else np.asarray(source)
    if array.ndim != 2 or array.size == 0:
        raise RegionError(f"A mask of shape {array.shape} came: expected (height, width).")
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:8]
    return array, f"mask[{array.shape[0]}x{array.shape[1]} sha256:{digest}]"


def _quoted(name: str) -> str:
    return f"'{name}'" if any(c in name for c in " +&!()~#") else name


def _read(path: Path, labels: bool) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PILImage.DecompressionBombWarning)
            with PILImage.open(path) as image:
                if labels:
                    if image.mode not in ("L", "P", "I", "I;16", "1"):
                        raise RegionError(f"{path.name} is a colour picture: a label map has one channel of labels.")
                    return np.array(image)
                if (
                    image.mode in ("RGBA", "LA")
                    and image.convert("L").getextrema()[0] == image.convert("L").getextrema()[1]
                ):
                    return np.array(image.getchannel("A"))
                return np.array(image.convert("L"))
    except FileNotFoundError as error:
        raise RegionError(f"There is no mask file {path}: check the path.") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        PILImage.DecompressionBombError,
        PILImage.DecompressionBombWarning,
    ) as error:
        raise RegionError(
            f"{path.name} cannot be read as a picture: give a PNG or another format that Pillow reads."
        ) from error
