"""Figures of a composite: the share of the edit that it cuts off, and the jump at its seam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from resefa.errors import parameter
from resefa.regions.weights import RegionWeights

Floats = NDArray[np.float64]

_VISIBLE = 1 / 255
"""Half a step of an 8-bit picture, for images in [-1, 1]."""
_NAMED = 3
"""Largest number of images that a warning names."""


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

    @property
    def collage(self) -> bool:
        """Whether the composite is a collage rather than the edit.

        More than half of the edit inside is cut off; or three quarters of the whole edit are, and the edit changes the
        region's edge nearly as much as the region, for example because the head turns.
        """
        return self.cut_inside > 0.5 or (self.cut > 0.75 and self.seam_change > 0.8)

    @property
    def facts(self) -> dict[str, float | bool]:
        """The figures as plain data, rounded to six digits."""
        return {name: float(f"{value:.6g}") for name, value in asdict(self).items()} | {"collage": self.collage}

    def __str__(self) -> str:
        return f"{self.cut:.0%} of the edit cut off ({self.cut_inside:.0%} inside), jump at the seam {self.jump:.3f}"


def collages(figures: Mapping[str, Sequence[CompositeFigures]]) -> str:
    """The warning about composites (label of the image -> figures) that are collages; empty if none is."""
    worst = {
        label: max(f.cut for f in found if f.collage)
        for label, found in figures.items()
        if any(f.collage for f in found)
    }
    if not worst:
        return ""
    named = ", ".join(f"{label}: {cut:.0%}" for label, cut in list(worst.items())[:_NAMED])
    more = f", and {len(worst) - _NAMED} more" if len(worst) > _NAMED else ""
    return (
        f"{parameter('composite')} cuts off most of the edit on {len(worst)} of {len(figures)} image{'' if len(figures) == 1 else 's'} "
        f"({named}{more}): the picture is a collage, because the edit changes the surroundings as much as the region. Choose a smaller strength, a larger region or another direction."
    )


def figures_of(original: Floats, edited: Floats, kept: Floats, weights: RegionWeights) -> CompositeFigures:
    """The figures of a composite ``original + kept``; pictures and ``kept`` have shape (c, h, w).

    All are 0 for a change that no 8-bit picture shows, such as the rounding of an edit of strength 0.
    """
    edit, protect = (np.asarray(w.detach().cpu().numpy(), dtype=np.float64) for w in (weights.edit, weights.protect))
    change = edited - original
    if float(np.abs(change).max()) < _VISIBLE:
        return CompositeFigures(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
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
