"""A part placed in each of n pictures: kinds, colours, and the affine maps that resample its layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from resefa.worlds.canvas import Canvas
from resefa.worlds.layers import Box, Layers, Maps, joined


@dataclass(frozen=True)
class PlacedPart:
    """A part in n pictures, which are drawn in groups of consecutive pictures.

    Attributes:
        label: of its pixels.
        layers: its kinds.
        kinds: index of the kind in each picture, -1 where the part is absent.
        colours: (n, 3) in [0, 1].
        windows: the pixels that each group may touch, None where the part is absent from the whole group.
        sampling: (n, 2, 3) maps from the group's window to the layers' box in normalized coordinates.
    """

    label: int
    layers: Layers
    kinds: Int64[Tensor, "n"]
    colours: Float[Tensor, "n 3"]
    windows: list[Box | None]
    sampling: Float[Tensor, "n 2 3"]

    @classmethod
    def of(
        cls,
        label: int,
        layers: Layers,
        kinds: npt.NDArray[np.int64],
        colours: npt.NDArray[np.float32],
        maps: Maps,
        group: int,
    ) -> PlacedPart:
        """Place a part in n pictures by affine maps, for groups of ``group`` pictures."""
        boxes = layers.windows(kinds, maps)
        windows = [joined(boxes[start : start + group]) for start in range(0, len(boxes), group)]
        # An empty window has no map; a full one stands in.
        shared = np.array([window or (0, 0, layers.side, layers.side) for window in windows], np.int64).reshape(-1, 4)
        sampling = layers.sampling(maps, shared.repeat(group, axis=0)[: len(boxes)])
        device = layers.base.device
        return cls(
            label,
            layers,
            torch.from_numpy(kinds).to(device),
            torch.from_numpy(colours).to(device),
            windows,
            torch.from_numpy(sampling).float().to(device),
        )

    def add_to(self, canvas: Canvas, group: int, pictures: slice) -> None:
        """Lay the part over the canvas of a group."""
        window = self.windows[group]
        if window is None:
            return
        painted = self.layers.painted(self.kinds[pictures], self.colours[pictures])
        canvas.add(self.label, self.layers.moved(painted, self.sampling[pictures], window), window)
