"""Kinds and named colours that a reader of attributes finds in images, where a family of images has a reader."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from resefa.generators.base import BaseGenerator
from resefa.refinement.image_effects import lab
from resefa.types import Image
from resefa.worlds.attribute_reader import AttributeReader

CONFIDENCE = 0.8
"""Smallest probability of a kind that counts as read."""
VISIBLE = 0.5
"""Smallest probability that an image shows the part, for its kind or colour to count as read."""
READERS: dict[str, Callable[[], AttributeReader]] = {"toon-faces": AttributeReader}
"""Family of presets -> reader of attributes of its images. A new reader adds one line."""
LEAST_SIDE = 128
"""Smallest side of images that are read: on the blurred images of ``toon-faces-64`` the reader sees beards and frowns that are not there."""
_COLOURS = {
    "black": "1c1c1c", "dark grey": "555555", "grey": "909090", "white": "f4f4f4", "dark brown": "3a2420", "brown": "724133",
    "light brown": "a5714a", "blond": "d6b370", "light blond": "ecdcbf", "ginger": "c93305", "red": "d8303a", "pink": "f0a0b4",
    "orange": "e8873a", "yellow": "f5dc6a", "green": "4c9a6a", "light green": "b4e8b4", "turquoise": "50c0c0", "light blue": "a0d4f0",
    "blue": "5199e4", "dark blue": "28456e", "purple": "6b4a8c", "lilac": "c0aede", "beige": "ffdfbf",
}  # fmt: skip
"""Names of colours, by examples in sRGB."""


@cache
def reader_for(presets: str) -> AttributeReader | None:
    """The reader of the attributes of images that a family of presets fits; None if the family has none. It is opened once."""
    return READERS[presets]() if presets in READERS else None


def read_kinds(
    generator: BaseGenerator, images: Image, *, confidence: float = CONFIDENCE, visible: float = VISIBLE
) -> list[dict[str, str]]:
    """For each image the kinds and named colours that are read with confidence; empty where the images have no reader or are small.

    Colours are those of parts: ``hair-colour`` is ``light brown``.

    Args:
        confidence, visible: smallest probabilities of a kind, and that the image shows the part.
    """
    reader = reader_for(generator.presets)
    if reader is None or min(images.shape[-2:]) < LEAST_SIDE:
        return [{} for _ in images]
    found = reader.read(images)
    kinds: list[dict[str, str]] = [{} for _ in images]
    for attribute in reader.accurate:
        certain = found.probabilities[attribute].max(1)
        for i, (sure, index) in enumerate(zip(certain.values.tolist(), certain.indices.tolist(), strict=True)):
            if sure >= confidence and float(found.visible[attribute][i]) >= visible:
                kinds[i][attribute] = found.names[attribute][index]
    for attribute, colours in found.colours.items():
        for i, colour in enumerate(colours):
            if float(found.visible[attribute][i]) >= visible:
                kinds[i][attribute] = colour_name(colour)
    return kinds


def colour_name(colour: Tensor) -> str:
    """The name of the nearest colour (CIELAB distance) to RGB (3,) in [0, 1]."""
    names, examples = _examples()
    here = lab((colour * 2 - 1)[:, None, None])[:, 0, 0]
    return names[int((examples - here).norm(dim=1).argmin())]


@cache
def _examples() -> tuple[list[str], Tensor]:
    rgb = torch.tensor([[int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)] for code in _COLOURS.values()])
    return list(_COLOURS), lab((rgb.T * 2 - 1)[:, None, :])[:, 0].T
