"""Drawn heads to train and evaluate the small networks on: pictures in bytes, labels, and the attributes that the pictures show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.worlds import COLOURS, KINDS, ToonAttributes, ToonWorld
from resefa.worlds.visibility import Shown, visible_attributes

SIDE, LABEL_SIDE = 128, 256
"""Pixels a side of the pictures, which the networks see, and of the labels."""
TRAINING, CALIBRATION, EVALUATION = 18, 19, 20
"""Seeds of three sets without a common head."""
_AT_ONCE = 64


@dataclass(frozen=True)
class DrawnHeads:
    """n heads.

    Attributes:
        images: (n, 3, 128, 128) bytes. ``labels``: (n, 128, 128).
        attributes: of the heads. ``shown``: name of a kind or colour -> whether the picture shows it.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    attributes: ToonAttributes
    shown: Mapping[str, Shown]

    def __len__(self) -> int:
        return len(self.images)

    def pictures(self, heads: npt.NDArray[np.int64] | slice) -> Tensor:
        """Images (b, 3, 128, 128) in [-1, 1] of some of the heads."""
        return torch.from_numpy(self.images[heads]).float() / 127.5 - 1

    def kinds(self) -> Tensor:
        """Kinds (n, parts) by index."""
        return torch.from_numpy(np.stack([self.attributes.kinds[name] for name in KINDS], 1))

    def colours(self) -> Tensor:
        """Colours (n, colours, 3) in [0, 1]."""
        return torch.from_numpy(np.stack([self.attributes.colours[name] for name in COLOURS], 1))

    def visible(self) -> Tensor:
        """Whether the picture shows each kind and each colour, (n, parts + colours) bool."""
        return torch.from_numpy(np.stack([self.shown[name] for name in (*KINDS, *COLOURS)], 1))


def drawn_heads(count: int, seed: int, folder: Path | None = None) -> DrawnHeads:
    """The first ``count`` heads of a seed, read from ``folder`` if an earlier call wrote them there."""
    attributes = ToonWorld(LABEL_SIDE).sample(count, seed)
    files = {name: folder / f"{seed}_{count}_{name}.npy" for name in ("images", "labels", "shown")} if folder else {}
    names = (*KINDS, *COLOURS)
    if files and all(path.is_file() for path in files.values()):
        images, labels, shown = (np.load(path) for path in files.values())
    else:
        images, labels, shown = _drawn(attributes)
        for path, content in zip(files.values(), (images, labels, shown), strict=bool(files)):
            np.save(path, content)
    return DrawnHeads(images, labels, attributes, dict(zip(names, shown, strict=True)))


def _drawn(attributes: ToonAttributes) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], Shown]:
    world, count = ToonWorld(LABEL_SIDE), len(attributes)
    images = np.empty((count, 3, SIDE, SIDE), np.uint8)
    labels = np.empty((count, LABEL_SIDE, LABEL_SIDE), np.uint8)
    shown = np.empty((len(KINDS) + len(COLOURS), count), np.bool_)
    for start in range(0, count, _AT_ONCE):
        heads = slice(start, min(start + _AT_ONCE, count))
        drawing = world.draw(attributes[heads], alphas=True)
        images[heads] = ((F.avg_pool2d(drawing.images, LABEL_SIDE // SIDE) + 1) * 127.5).round().to(torch.uint8).numpy()
        labels[heads] = drawing.labels.numpy()
        visible = visible_attributes(attributes[heads], drawing)
        shown[:, heads] = np.stack([visible[name] for name in (*KINDS, *COLOURS)])
    return images, labels, shown
