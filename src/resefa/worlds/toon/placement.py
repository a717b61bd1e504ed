"""Places of the parts of toon heads: attributes to affine maps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from resefa.worlds.layers import Maps
from resefa.worlds.toon.attributes import ToonAttributes
from resefa.worlds.toon.design import CENTRE, DRAWING, Part


def maps(attributes: ToonAttributes, part: Part) -> Maps:
    """Affine maps (n, 2, 3) from a place in each picture to a place in the part's layer, as fractions of the picture's side.

    With the pose's scale s, shift d and rotation R about the centre c, the place's scale t and shift e about the pivot q, and the
    mirror M (M = 1 in heads that are not mirrored), a place x of the picture shows the layer's

        ``y = q' + M (R^T (x - c - d) / s - (q - c) - e) / t``

    where q' = q, since every pivot lies on the drawing's axis of symmetry.
    """
    scale, *shift, angle = attributes.pose.astype(np.float64).T
    place = attributes.places.get(part.name)
    if place is None:
        part_scale, part_shift = np.ones(len(attributes)), np.zeros((len(attributes), 2))
    else:
        part_scale, part_shift = place[:, 0].astype(np.float64), place[:, 1:].astype(np.float64)
    centre, pivot = fraction(CENTRE), fraction(part.pivot)
    cosine, sine = np.cos(angle), np.sin(angle)
    turned = (
        np.stack([np.stack([cosine, sine], 1), np.stack([-sine, cosine], 1)], 1) / (scale * part_scale)[:, None, None]
    )
    moved = (pivot - centre + part_shift) / part_scale[:, None]
    offset = -(turned @ (centre + np.stack(shift, 1))[:, :, None])[:, :, 0] - moved
    result = np.concatenate([turned, offset[:, :, None]], 2)
    result[attributes.flip, 0] *= -1
    result[:, :, 2] += pivot
    return result


def fraction(point: tuple[float, float]) -> npt.NDArray[np.float64]:
    """A point in units of the drawing, as fractions of the picture's side."""
    left, top, side = DRAWING
    return (np.array(point) - (left, top)) / side
