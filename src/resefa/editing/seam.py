"""Seams: the contour along which the edited part of a picture meets the original, by a minimum cut on the change.

Kwatra et al., Graphcut Textures, SIGGRAPH 2003: the cost of a cut between two neighbouring pixels is the difference of the two
pictures at both, so that the seam runs where the pictures agree.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

LOSS = 0.4
"""Cost of a pixel left out, per unit of its change; a cut between two pixels costs the change of both."""
_LENGTH = 0.01
"""Cost of a unit of the seam's length where the pictures agree, which keeps the seam short."""
_CORE = 0.4
"""Largest distance from the edge to the seam, as a fraction of the half width of a part: a small part is not cut away."""
_PER_UNIT = 4000
"""Whole units of capacity per unit of cost, because the solver takes integers."""
_STEPS = ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.5**0.5), (1, -1, 0.5**0.5))
"""Rows and columns to half of the neighbours, and the weight of the edge to each."""


def depths(zone: Bools) -> Floats:
    """Distance (h, w) in pixels of each pixel of the zone to the nearest pixel outside, 0 outside; the picture's border does not count."""
    if zone.all():
        return np.full(zone.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(zone), dtype=np.float64)


def half_widths(zone: Bools, away: Floats) -> Floats:
    """For each pixel (h, w) the greatest of the depths ``away`` in its connected part of the zone; 0 outside."""
    parts = np.zeros(zone.shape, dtype=np.int32)
    ndimage.label(zone, np.ones((3, 3)), output=parts)
    widest = np.zeros(int(parts.max()) + 1)
    np.maximum.at(widest, parts, away)
    return widest[parts]


def seam_set(change: Floats, zone: Bools, depth: float) -> Bools:
    """The pixels (h, w) that take the edit: the zone less the pixels that a minimum cut leaves out.

    Args:
        change: (h, w) size of the change at each pixel, the square root of the mean square over channels.
        zone: (h, w) the pixels that may take the edit.
        depth: largest distance in pixels from the zone's edge to the seam; a narrow part retains at least its inner part.
    """
    away = depths(zone)
    if not np.isfinite(away).all() or depth <= 0:
        return zone.copy()
    core = zone & (away > np.minimum(depth, _CORE * half_widths(zone, away)))
    free = zone & ~core
    graph, places = _graph(change, core, free)
    count = int(free.sum())
    residual = cast(sparse.csr_matrix, graph - maximum_flow(graph, count, count + 1).flow)
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    reached = np.zeros(count + 2, dtype=np.bool_)
    reached[breadth_first_order(residual, count, return_predecessors=False)] = True
    taken = core.copy()
    taken[free] = reached[places[free]]
    return taken


def _graph(change: Floats, core: Bools, free: Bools) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """The capacities (n + 2, n + 2) between free pixels, core (row n) and outside (row n + 1), and each pixel's row (h, w)."""
    count = int(free.sum())
    places = np.where(core, count, count + 1).astype(np.int64)
    places[free] = np.arange(count)
    rows, columns, costs = [np.full(count, count)], [np.arange(count)], [LOSS * change[free]]
    height, width = change.shape
    for down, right, weight in _STEPS:
        here = (slice(0, height - down), slice(max(0, -right), width - max(0, right)))
        there = (slice(down, height), slice(max(0, right), width - max(0, -right)))
        first, second = places[here], places[there]
        apart = (first != second) & ((first < count) | (second < count))
        cost = weight * (change[here] + change[there] + _LENGTH)[apart]
        rows += [first[apart], second[apart]]
        columns += [second[apart], first[apart]]
        costs += [cost, cost]
    # The total must fit the solver's 32 bits.
    scale = min(_PER_UNIT, (2**30) / max(1e-12, sum(float(cost.sum()) for cost in costs)))
    capacities = sparse.coo_matrix(
        (np.concatenate(costs) * scale, (np.concatenate(rows), np.concatenate(columns))), shape=(count + 2, count + 2)
    ).tocsr()
    capacities.data = np.round(capacities.data).astype(np.int32)
    return cast(sparse.csr_matrix, capacities), places
