"""Packs the rasterised parts of ToonHead (``rasterise_parts.mjs``) into the package's ``parts.npz``.

    python benchmarks/training/pack_parts.py out/toon.json out/toon.bin src/resefa/worlds/toon/parts.npz

``toon.json`` names the parts, ``toon.bin`` holds for each part two pictures of premultiplied RGBA bytes: drawn in black and in white
of its colour. The packed file keeps of each picture the box that holds its pixels:

- ``names``: (n,) text, ``mouth/smile``;
- ``boxes``: (n, 4) int16: top, left, height and width in the picture, with a margin of one empty pixel except at the picture's edges;
- ``pixels``: uint8, the boxes' pixels (2, height, width, 4) one after the other;
- ``side``: the picture's side in pixels.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

RENAMED = {"sideComed": "side-combed", "glassesRound": "round", "glassesSquare": "square"}
"""Kinds that get another name than their file name in the npm package, with hyphens."""
MARGIN = 1


def hyphened(name: str) -> str:
    """``moustacheTwirl`` as ``moustache-twirl``."""
    return RENAMED.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def box_of(pictures: np.ndarray) -> tuple[int, int, int, int]:
    """Top, left, height and width of the pixels that are not empty, (2, side, side, 4), with the margin."""
    used = pictures.any(axis=(0, 3))
    rows, columns = (np.flatnonzero(used.any(axis=axis)) for axis in (1, 0))
    top, left = max(rows[0] - MARGIN, 0), max(columns[0] - MARGIN, 0)
    bottom, right = (min(last[-1] + 1 + MARGIN, pictures.shape[1]) for last in (rows, columns))
    return int(top), int(left), int(bottom - top), int(right - left)


def pack(index: Path, pixels: Path, target: Path) -> None:
    """Write ``target`` from the two files of the rasteriser."""
    told = json.loads(index.read_text())
    side, names = told["R"], told["index"]
    pictures = np.fromfile(pixels, np.uint8).reshape(len(names), 2, side, side, 4)
    boxes = [box_of(one) for one in pictures]
    cut = [
        one[:, top : top + height, left : left + width]
        for one, (top, left, height, width) in zip(pictures, boxes, strict=True)
    ]
    np.savez_compressed(
        target,
        names=np.array(["/".join(map(hyphened, pair)) for pair in names]),
        boxes=np.array(boxes, np.int16),
        pixels=np.concatenate([one.reshape(-1) for one in cut]),
        side=np.array(side, np.int16),
    )


if __name__ == "__main__":
    pack(*map(Path, sys.argv[1:]))
