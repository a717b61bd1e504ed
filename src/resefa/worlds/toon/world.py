"""``ToonWorld``: endless toon heads with exactly known attributes and masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from resefa.errors import UsageError, parameter, printable
from resefa.worlds.canvas import Canvas
from resefa.worlds.drawing import Drawing
from resefa.worlds.placed_part import PlacedPart
from resefa.worlds.toon.attributes import ToonAttributes, sample_attributes
from resefa.worlds.toon.design import KINDS, LABELS, PARTS, Part
from resefa.worlds.toon.parts import toon_layers
from resefa.worlds.toon.placement import maps

SIZES = (256, 128, 64, 32, 16)
"""Sides of pictures in pixels: the side of the parts, and its halves."""
_SEEDS = 2**64
_ON_CPU, _ON_ACCELERATOR = 1, 64
"""Heads drawn at once. Alone, a head has smaller windows, and its pixels stay in the cache; an accelerator is faster with many."""


class ToonWorld:
    """Toon heads: parts from ToonHead by Johan Melin (CC BY 4.0), rasterised, recoloured and moved; glasses drawn for this set.

    Example:
        ```python
        world = ToonWorld()
        heads = world.sample(8, seed=0)
        drawing = world.draw(heads)  # drawing.images (8, 3, 256, 256), drawing.labels (8, 256, 256)
        ```
    """

    labels: tuple[str, ...] = LABELS
    """Names of the labels, by label."""

    def __init__(self, size: int = 256, device: torch.device | str = "cpu") -> None:
        """Open the world.

        Args:
            size: side of the pictures in pixels: 256, 128, 64, 32 or 16.
            device: where the pictures are drawn.

        Raises:
            UsageError: another size.
        """
        if size not in SIZES:
            raise UsageError(f"{parameter('size')} is {size}; choose one of {', '.join(map(str, SIZES))}.")
        self.size = size
        self.device = torch.device(device)
        self._layers = {
            name: replace(layers, base=layers.base.to(self.device), tint=layers.tint.to(self.device))
            for name, layers in toon_layers().items()
        }

    def sample(self, n: int, seed: int, first: int = 0) -> ToonAttributes:
        """Attributes of heads ``first`` to ``first + n - 1`` of the seed's endless sequence.

        The same seed gives the same heads on every machine, however they are split into calls.

        Raises:
            UsageError: n or first is negative, or the seed is not a whole number from 0 to 2^64 - 1.
        """
        _check_whole("n", n)
        _check_whole("first", first)
        _check_whole("seed", seed, _SEEDS)
        return sample_attributes(int(n), int(seed), int(first))

    def draw(self, attributes: ToonAttributes, alphas: bool = False) -> Drawing:
        """Pictures and label maps of heads; with ``alphas`` the masks of the whole parts too.

        On one device a head has the same pixels whichever heads are drawn with it, up to rounding on an accelerator.
        """
        group = _ON_CPU if self.device.type == "cpu" else _ON_ACCELERATOR
        background = torch.from_numpy(attributes.colours["background-colour"]).to(self.device)
        parts = [self._placed(label, part, attributes, group) for label, part in enumerate(PARTS, 1)]
        side = parts[0].layers.side
        drawings: list[Drawing] = []
        for index, start in enumerate(range(0, len(attributes), group)):
            pictures = slice(start, start + group)
            canvas = Canvas(background[pictures], side, len(LABELS), alphas)
            for part in parts:
                part.add_to(canvas, index, pictures)
            drawings.append(canvas.drawing(self.size))
        return self._joined(drawings, alphas)

    def _placed(self, label: int, part: Part, attributes: ToonAttributes, group: int) -> PlacedPart:
        if part.name in KINDS:
            # Index 0 is the absence of a part that may be absent.
            kinds = attributes.kinds[part.name] - (1 if part.absent else 0)
        else:
            kinds = np.zeros(len(attributes), np.int64)
        if part.colour is None:
            colours = np.zeros((len(attributes), 3), np.float32)
        else:
            colours = attributes.colours[part.colour] * np.float32(part.shade)
        return PlacedPart.of(label, self._layers[part.name], kinds, colours, maps(attributes, part), group)

    def _joined(self, drawings: list[Drawing], alphas: bool) -> Drawing:
        """Groups of drawings as one; an empty drawing if there are none."""
        empty = Drawing(
            torch.empty(0, 3, self.size, self.size, device=self.device),
            torch.empty(0, self.size, self.size, dtype=torch.uint8, device=self.device),
            torch.empty(0, len(LABELS), self.size, self.size, device=self.device) if alphas else None,
        )
        if not drawings:
            return empty
        masks = [one.alphas for one in drawings if one.alphas is not None]
        return Drawing(
            torch.cat([one.images for one in drawings]),
            torch.cat([one.labels for one in drawings]),
            torch.cat(masks) if masks else None,
        )


def _check_whole(name: str, value: object, limit: int | None = None) -> None:
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        number = int(value)
        if number >= 0 and (limit is None or number < limit):
            return
    allowed = "a whole number from 0" if limit is None else f"a whole number from 0 to {limit - 1}"
    raise UsageError(f"{parameter(name)} is {printable(value, 40)}; give {allowed}.")
