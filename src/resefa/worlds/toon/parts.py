"""The parts of toon heads as layers, read from the package's ``parts.npz``.

``benchmarks/training/pack_parts.py`` writes the file and describes its arrays.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import numpy as np
import numpy.typing as npt

from resefa.worlds.layers import Box, Layers, unpainted
from resefa.worlds.toon.design import PARTS

_FAR = 1000.0
"""Distance, in sides of the picture, to which a part continues beyond the picture's edge."""


@cache
def toon_layers() -> dict[str, Layers]:
    """Layers of each part, by the part's name, in the order of ``Part.kinds``, on the CPU."""
    with _file().open("rb") as file, np.load(file, allow_pickle=False) as archive:
        names, boxes, pixels = archive["names"].tolist(), archive["boxes"].astype(np.int64), archive["pixels"]
        side = int(archive["side"])
    ends = np.cumsum(2 * boxes[:, 2] * boxes[:, 3] * 4)
    pictures = {
        name: (pixels[end - 2 * height * width * 4 : end].reshape(2, height, width, 4), (top, left, height, width))
        for name, end, (top, left, height, width) in zip(names, ends, boxes, strict=True)
    }
    return {
        part.name: _layers([pictures[f"{part.name}/{kind}"] for kind in part.kinds], side, part.continues)
        for part in PARTS
    }


def parts_digest() -> str:
    """Hash of the parts' file: data sets and networks of equal parts name the same hash."""
    return hashlib.sha256(_file().read_bytes()).hexdigest()


def _file() -> Traversable:
    return resources.files("resefa.worlds.toon").joinpath("parts.npz")


def _layers(cut: list[tuple[npt.NDArray[np.uint8], Box]], side: int, continues: bool) -> Layers:
    """Kinds with a box each (top, left, height, width) as layers with the box that holds all of them."""
    tops, lefts, heights, widths = np.array([box for _, box in cut]).T
    top, left = int(tops.min()), int(lefts.min())
    bottom, right = int((tops + heights).max()), int((lefts + widths).max())
    common = np.zeros((len(cut), 2, bottom - top, right - left, 4), np.uint8)
    for whole, (picture, (y, x, height, width)) in zip(common, cut, strict=True):
        whole[:, y - top : y - top + height, x - left : x - left + width] = picture
    bounds = np.stack([lefts, tops, lefts + widths, tops + heights], 1) / side
    if continues:
        bounds[:, :2][bounds[:, :2] == 0] = -_FAR
        bounds[:, 2:][bounds[:, 2:] == 1] = 1 + _FAR
    base, tint = unpainted(common)
    return Layers(base, tint, (top, left, bottom, right), bounds, side, continues)
