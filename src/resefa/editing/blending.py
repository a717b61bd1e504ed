"""Blending of a change into a picture: the part of the change that fades out towards the seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import splu

from resefa.editing.seam import depths, half_widths

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_SHARP = 0.05
"""Smallest feather in pixels: no pixel sees more of the correction than 1/400."""
_NARROW = 0.5
"""Largest feather as a fraction of the half width of a part, so that a small part does not fade away."""
_REACH = 5.0
"""Distance, in feather widths, beyond which the correction (below exp(-5)) is left out, so that the rest is the edit itself."""


def faded(change: Floats, taken: Bools, feather: float) -> Floats:
    """The change (c, h, w) times a weight that rises smoothly from 0 outside to 1 at ``feather`` pixels from the edge."""
    away = depths(taken)
    along = np.clip(away / (np.minimum(feather, _NARROW * half_widths(taken, away)) + 1), 0, 1)
    return np.where(along > 0, change * (along * along * (3 - 2 * along)), 0.0)


def gradient_blended(change: Floats, taken: Bools, feather: float) -> Floats:
    """The change (c, h, w) less a correction that makes it meet the original at the seam without a step.

    The blended change c minimises ``|grad c - grad d|^2 + |c - d|^2 / feather^2`` over the pixels taken, and is 0 outside (Perez
    et al., Poisson Image Editing, SIGGRAPH 2003, with the screening of Bhat et al., ECCV 2008): details up to the seam remain,
    and a difference of tint fades over about ``feather`` pixels. Further than five feathers inside the change is unaltered.
    """
    away = depths(taken)
    narrow = np.maximum(_SHARP, np.minimum(feather, _NARROW * half_widths(taken, away)))
    near = taken & (away <= np.maximum(1.0, _REACH * narrow))
    blended = np.where(taken, change, 0.0)
    count = int(near.sum())
    if not count:
        return blended
    places = np.full(taken.shape, -1)
    places[near] = np.arange(count)
    diagonal = 1 / np.square(np.where(near, narrow, 1.0))
    rows: list[NDArray[np.int64]] = []
    columns: list[NDArray[np.int64]] = []
    pull = np.zeros_like(change)
    for axis in (0, 1):
        before, after = [slice(None), slice(None)], [slice(None), slice(None)]
        before[axis], after[axis] = slice(0, -1), slice(1, None)
        for here, there in ((tuple(before), tuple(after)), (tuple(after), tuple(before))):
            diagonal[here] += 1
            both = near[here] & near[there]
            rows.append(places[here][both])
            columns.append(places[there][both])
            # At the seam the correction is the change of the neighbour outside, which is cut off there.
            pull[(slice(None), *here)] += np.where(~taken[there], change[(slice(None), *there)], 0.0)
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.coo_matrix((np.full(len(row), -1.0), (row, column)), shape=(count, count)) + sparse.diags(
        diagonal[near]
    )
    blended[:, near] -= splu(matrix.tocsc()).solve(pull[:, near].T).T
    return blended


def grown(weights: Floats, distance: float) -> Floats:
    """Weights (h, w) raised within ``distance`` pixels of those of at least one half; the last pixel by its covered fraction."""
    inside = weights >= 0.5
    if distance <= 0 or not inside.any():
        return weights
    away = np.asarray(ndimage.distance_transform_edt(~inside), dtype=np.float64)
    return np.maximum(weights, np.clip(distance + 1 - away, 0, 1))
