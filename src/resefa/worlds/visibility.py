"""Attributes of drawn heads that their pictures show: the kind of eyes behind sunglasses is known to the program, not to the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from resefa.errors import UsageError, parameter
from resefa.worlds.drawing import Drawing
from resefa.worlds.toon.attributes import ToonAttributes
from resefa.worlds.toon.design import KINDS, LABELS, NONE

Shown = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Threshold:
    """Least visible area of a part whose kind can be seen.

    Attributes:
        area: visible pixels, as a fraction of the picture.
        fraction: visible pixels, as a fraction of the part's pixels, hidden or not.
    """

    area: float
    fraction: float


_PIXEL = 1 / 128**2
"""Unit of the areas below: a pixel of a picture with 128 pixels a side."""
THRESHOLDS = {
    "mouth": Threshold(5 * _PIXEL, 0.5),
    "eyes": Threshold(30 * _PIXEL, 0.5),
    "eyebrows": Threshold(40 * _PIXEL, 0.5),
    "hair": Threshold(200 * _PIXEL, 0.3),
    "rear-hair": Threshold(120 * _PIXEL, 0),
    "beard": Threshold(25 * _PIXEL, 0.5),
    "glasses": Threshold(100 * _PIXEL, 0.5),
    "clothes": Threshold(60 * _PIXEL, 0),
}
_PAINTED_BY_HAIR = ("hair", "rear-hair", "beard", "eyebrows")
_SKIN, _HAIR, _CLOTHES = 300 * _PIXEL, 40 * _PIXEL, 60 * _PIXEL
_WITHOUT_COLOUR = ("shirt",)
"""Clothes that the clothes' colour hardly touches."""
_CLOSED, _COVERING = ("smile", "sad"), ("moustache-twirl", "full-beard", "chin-moustache", "long-beard")
"""Mouths that differ only in their corners, and beards that hide the corners."""


def visible_attributes(attributes: ToonAttributes, drawing: Drawing) -> dict[str, Shown]:
    """Whether each head's picture shows each attribute, (n,) bool by the name of the kind or colour.

    An absent part counts as visible: the picture shows that the head has none.

    Args:
        drawing: of these attributes, with ``alphas``, at 256 pixels: the lines of a closed mouth vanish from smaller label maps.

    Raises:
        UsageError: the drawing has no alphas.
    """
    if drawing.alphas is None:
        raise UsageError(f"{parameter('drawing')} has no alphas; draw the heads with {parameter('alphas', 'True')}.")
    visible = torch.stack([_area(drawing.labels == label) for label in range(len(LABELS))], 1)
    whole = _area(drawing.alphas > 0.5)
    area = dict(zip(LABELS, visible.numpy().T, strict=True))
    full = dict(zip(LABELS, whole.numpy().T, strict=True))
    shown: dict[str, Shown] = {}
    for name, least in THRESHOLDS.items():
        enough = (area[name] >= least.area) & (area[name] >= least.fraction * full[name])
        shown[name] = enough | (attributes.kinds[name] == _none(name))
    shown["mouth"] &= ~(_is(attributes, "mouth", _CLOSED) & _is(attributes, "beard", _COVERING))
    shown["skin-colour"] = area["head"] >= _SKIN
    shown["hair-colour"] = np.sum([area[name] for name in _PAINTED_BY_HAIR], axis=0) >= _HAIR
    shown["background-colour"] = area["background"] > 0
    shown["clothes-colour"] = (area["clothes"] >= _CLOTHES) & ~_is(attributes, "clothes", _WITHOUT_COLOUR)
    return shown


def _area(mask: Tensor) -> Tensor:
    return mask.float().mean((-2, -1)).cpu()


def _is(attributes: ToonAttributes, name: str, kinds: tuple[str, ...]) -> Shown:
    return np.isin(attributes.kinds[name], [KINDS[name].index(kind) for kind in kinds])


def _none(name: str) -> int:
    """Index of the absent part among the kinds; -1 if the part is always present."""
    return KINDS[name].index(NONE) if NONE in KINDS[name] else -1
