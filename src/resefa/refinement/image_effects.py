"""Effects of an edit on one image, as signed numbers: brightness, colour, edges, size, opening, shift.

A number of +1 or -1 is the smallest effect that counts as visible; the scales were set by eye on sheets of toon heads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from resefa.types import Image, PixelWeights

Mask = npt.NDArray[np.bool_]

LIGHTNESS, COLOUR, EDGES = 4.0, 6.0, 0.25
"""Visible changes: of the mean lightness and of the mean colour (CIELAB units), and of the logarithm of the mean gradient."""
GROWTH, SHIFT = 0.18, 0.06
"""Visible changes: of the logarithm of a size, and of a place as a fraction of the part's size."""
EXPLAINED = 0.3
"""Fraction of the change of the image that a motion must explain to be reported without a mask of the part."""
CONTRAST = 15.0
"""Difference from the median lightness of the region (CIELAB units) beyond which a pixel belongs to an opening."""
_LEAST = 0.1
"""Fraction of its larger area below which a part counts as absent; added to fractions of a region before their ratio is taken."""
_BLUR = 128
"""Outlines of masks are uncertain by about this fraction of the image's height."""
_D65 = (0.95047, 1.0, 1.08883)


@dataclass(frozen=True)
class PartMasks:
    """Masks (h, w) of the edited part before and after the edit; empty where an image lacks the part."""

    before: Mask
    after: Mask


def effects(
    before: Image, after: Image, weights: PixelWeights, masks: PartMasks | None = None, *, opens: bool = False
) -> dict[str, float]:
    """The effects inside a region, by name; see ``words.py`` for their meaning.

    Args:
        before, after: (c, h, w) in [-1, 1].
        weights: (h, w) of the region.
        masks: of the part that the region names, where a segmenter marks it.
        opens: whether the part can open, so that its opening is measured without masks too.
    """
    inside = weights.to("cpu", torch.float64)
    labs = [lab(image) for image in (before, after)]
    found = _colours(labs[0], labs[1], inside)
    found["edges"] = _edges(labs[0], labs[1], inside)
    if masks is None:
        opening = {"height": _opening(labs[0][0], labs[1][0], inside)} if opens else {}
        return found | _motion(labs[0][0], labs[1][0], inside) | opening
    return found | _shape(masks)


def _colours(before: Tensor, after: Tensor, weights: Tensor) -> dict[str, float]:
    """Changes of the mean lightness, and of the mean colour as redder (+) or greener, and yellower (+) or bluer."""
    mean = ((after - before) * weights).sum((1, 2)) / weights.sum()
    return {
        "lightness": float(mean[0]) / LIGHTNESS,
        "red": float(mean[1]) / COLOUR,
        "yellow": float(mean[2]) / COLOUR,
    }


def _edges(before: Tensor, after: Tensor, weights: Tensor) -> float:
    """The growth of the mean gradient of the lightness."""
    means = []
    for lab in (before, after):
        rows, columns = torch.gradient(lab[0])
        means.append(float((torch.hypot(rows, columns) * weights).sum() / weights.sum()))
    return math.log((means[1] + 1) / (means[0] + 1)) / EDGES


def _shape(masks: PartMasks) -> dict[str, float]:
    """Growth and shift of a part between two masks; ``appears`` alone if one image lacks the part."""
    areas = [float(mask.sum()) for mask in (masks.before, masks.after)]
    if min(areas) <= _LEAST * max(areas):
        return {"appears": math.copysign(2.0, areas[1] - areas[0])} if max(areas) else {}
    first, last = _extent(masks.before), _extent(masks.after)
    size = math.hypot(first.height, first.width)
    blur = masks.before.shape[0] / _BLUR
    return {
        "area": math.log(areas[1] / areas[0]) / GROWTH,
        "height": math.log((last.height + blur) / (first.height + blur)) / GROWTH,
        "width": math.log((last.width + blur) / (first.width + blur)) / GROWTH,
        "down": (last.row - first.row) / size / SHIFT,
        "right": (last.column - first.column) / size / SHIFT,
    }


class _Extent(NamedTuple):
    """Place and size of a mask: medians and means, which stray pixels change little.

    Attributes:
        row, column: of its middle.
        height: mean number of pixels of an occupied column. ``width``: number of occupied columns.
    """

    row: float
    column: float
    height: float
    width: float


def _extent(mask: Mask) -> _Extent:
    rows, columns = np.nonzero(mask)
    counts = mask.sum(0)
    occupied = counts[counts > 0]
    return _Extent(float(np.median(rows)), float(np.median(columns)), float(occupied.mean()), float(len(occupied)))


def _opening(before: Tensor, after: Tensor, weights: Tensor) -> float:
    """The growth of the area that is darker or brighter than its surroundings: an open mouth or eye against the skin."""
    chosen = weights > 0.5 * weights.max()
    areas: list[float] = []
    for lightness in (before, after):
        values = lightness[chosen]
        areas.append(float(((values - values.median()).abs() > CONTRAST).double().mean()))
    return math.log((areas[1] + _LEAST) / (areas[0] + _LEAST)) / GROWTH


def _motion(before: Tensor, after: Tensor, weights: Tensor) -> dict[str, float]:
    """Shift and growth that explain the change of the lightness best, to first order; empty if they explain little of it.

    Least squares for v and s in ``after - before = -(v + s (p - c)) . grad``, the gradient being the mean of both images'.
    """
    chosen = weights > 0.5 * weights.max()
    rows, columns = torch.gradient((before + after) / 2)
    places = torch.nonzero(chosen).double()
    if len(places) < 16:
        return {}
    centre = places.mean(0)
    extent = float(2 * places.std(0).norm())
    offset = (places - centre) / extent
    down, right = rows[chosen], columns[chosen]
    change = (after - before)[chosen]
    system = -torch.stack([down, right, offset[:, 0] * down + offset[:, 1] * right], 1)
    scale = system.norm(dim=0).clamp_min(1e-9)
    solution = torch.linalg.lstsq(system / scale, change[:, None]).solution[:, 0] / scale
    total = float(change.square().sum())
    explained = 1 - float((change - system @ solution).square().sum()) / max(total, 1e-9)
    if explained < EXPLAINED:
        return {}
    v = solution / extent
    return {"down": float(v[0]) / SHIFT, "right": float(v[1]) / SHIFT, "area": 2 * float(v[2]) / GROWTH}


def lab(image: Image) -> Tensor:
    """CIELAB (3, h, w) of an sRGB image in [-1, 1] (IEC 61966-2-1, white D65), float64 on the CPU."""
    values = ((image.detach().to("cpu", torch.float64).clamp(-1, 1) + 1) / 2).expand(3, -1, -1)
    linear = torch.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    matrix = linear.new_tensor(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = torch.einsum("ij,jhw->ihw", matrix, linear) / linear.new_tensor(_D65)[:, None, None]
    f = torch.where(xyz > (6 / 29) ** 3, xyz.clamp_min(1e-12) ** (1 / 3), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
