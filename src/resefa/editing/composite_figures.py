"""Figures of a composite: the share of the edit that it cuts off, and the jump at its seam."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resefa.regions.weights import RegionWeights

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CompositeFigures:
    """Figures of one composite.

    The share cut off is ``|d - c|^2 / (|d - c|^2 + |c|^2)``, with the change d of the edit and the change c of the composite: 0
    where the composite is the edit, 1 where it is the original.

    Attributes:
        cut, cut_inside, cut_outside: the share of the edit cut off, in the whole picture, inside the region and outside.
        seam_change: root mean square of the change that the edit makes at the region's edge, divided by that inside: the
            larger, the less the region can be separated from the rest of the edit.
        jump: root of the sum of squares, per pixel of the region's edge, by which differences of neighbouring pixels leave the
            interval between those of the original and of the edit. Images in [-1, 1].
        jump_relative: the jump divided by the root mean square difference of neighbouring pixels in both pictures.
    """

    cut: float
    cut_inside: float
    cut_outside: float
    seam_change: float
    jump: float
    jump_relative: float


def figures_of(original: Floats, edited: Floats, kept: Floats, weights: RegionWeights) -> CompositeFigures:
    """The figures of a composite ``original + kept``; pictures and ``kept`` have shape (c, h, w)."""
    edit, protect = (np.asarray(w.detach().cpu().numpy(), dtype=np.float64) for w in (weights.edit, weights.protect))
    change = edited - original
    left, taken = np.square(change - kept).mean(0), np.square(kept).mean(0)

    def share(where: Floats) -> float:
        lost, retained = float((where * left).sum()), float((where * taken).sum())
        return lost / (lost + retained) if lost + retained > 0 else 0.0

    border = _border(edit)
    inside = _mean(np.square(change).mean(0), edit)
    at_edge = _mean(np.square(change).mean(0), border)
    leaps, pairs = 0.0, max(1.0, border.sum() / 2)
    steepness = []
    for axis in (1, 2):
        first, second = np.diff(original, axis=axis), np.diff(edited, axis=axis)
        both = np.diff(original + kept, axis=axis)
        beyond = np.maximum(both - np.maximum(first, second), np.minimum(first, second) - both)
        leaps += float(np.square(np.maximum(beyond, 0)).mean(0).sum())
        steepness += [np.square(first).mean(), np.square(second).mean()]
    jump = float(np.sqrt(leaps / pairs))
    steep = float(np.sqrt(np.mean(steepness)))
    return CompositeFigures(
        share(np.ones_like(edit)),
        share(edit),
        share(protect),
        float(np.sqrt(at_edge / inside)) if inside > 0 else 0.0,
        jump,
        jump / steep if steep > 0 else 0.0,
    )


def _border(edit: Floats) -> Floats:
    """1 for the pixels (h, w) on both sides of the region's edge, else 0."""
    inside, found = edit >= 0.5, np.zeros_like(edit)
    for axis in (0, 1):
        crossing = np.diff(inside, axis=axis)
        pad = [(0, 0), (0, 0)]
        for side in ((1, 0), (0, 1)):
            pad[axis] = side
            found = np.maximum(found, np.pad(crossing, pad))
    return found


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum()) / total if total > 0 else 0.0
