"""``VaryHold``: an objective made of terms, "vary X, hold Y".

With terms t of weight w_t on each side, and A_t, B_t the Gram matrices of their features (paper, equation 7),

    A = sum_t w_t A_t / trace(A_t),    B = sum_t w_t B_t / trace(B_t).

The trace is the mean squared change of a term's features by a step in a random direction, times the dimension: so terms of weight 1
count equally, whatever the units and the number of their values. Traces are those of each image. A side with a single term is not divided:
the directions depend on the scale of neither matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, TypeAlias

import torch
from torch import Tensor

from resefa.discovery.objectives.feature import Feature, PixelValues
from resefa.discovery.objectives.objective import Objective, Pixels
from resefa.discovery.objectives.term import INSIDE, OUTSIDE, PLACES, Term, as_term
from resefa.errors import UsageError, parameter, shown_value
from resefa.metrics.features.protocol import FeatureExtractor
from resefa.types import Image

TermLike: TypeAlias = str | Term | Feature | FeatureExtractor
TermsLike: TypeAlias = TermLike | Sequence[TermLike]


@dataclass(frozen=True)
class VaryHold:
    """The features to change and those to hold, each with a weight and a region.

    Attributes:
        vary, hold: terms with a weight above 0.
    """

    vary: tuple[Term, ...]
    hold: tuple[Term, ...]
    name: str = field(default="vary and hold", init=False)

    @property
    def about(self) -> str:
        """The terms as text."""
        vary, hold = (" + ".join(term.text for term in side) for side in (self.vary, self.hold))
        return f"varies {vary}, holds {hold}"

    @cached_property
    def blocks(self) -> tuple[Feature, ...]:
        """One feature for each block of values, sorted by name; terms with the same block share its rows."""
        found = {term.feature.block: term.feature for term in (*self.vary, *self.hold)}
        return tuple(found[name] for name in sorted(found))

    @property
    def feature_map(self) -> str:
        return " | ".join(feature.block for feature in self.blocks)

    @property
    def regions(self) -> tuple[str, ...]:
        """The texts of regions that terms name, apart from ``inside``, ``outside`` and ``image``."""
        named = [term.region for term in (*self.vary, *self.hold)]
        return tuple(dict.fromkeys(text for text in named if text is not None and text not in PLACES))

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        shapes = self.block_shapes(image_shape)
        return shapes[0] if len(shapes) == 1 else (1, sum(map(prod, shapes)), 1)

    def block_shapes(self, image_shape: tuple[int, int, int]) -> list[tuple[int, int, int]]:
        """The shape (f, h, w) of each block."""
        return [feature.shape(image_shape) for feature in self.blocks]

    def features(self, images: Image) -> Tensor:
        values = [feature.values(images) for feature in self.blocks]
        if len(values) == 1:
            return values[0]
        return torch.cat([each.flatten(1) for each in values], 1)[:, None, :, None]


def vary_hold(vary: TermsLike | None = None, hold: TermsLike | None = None) -> Objective | VaryHold:
    """The objective that varies and holds the given terms; the paper's pair of pixels by default.

    Args:
        vary: terms, or a single term; default the pixels inside the region.
        hold: terms, or a single term. The pixels outside are held as well, with weight 1, unless a term ``pixels`` gives another weight:
            ``pixels=0`` lets them change.

    Raises:
        UsageError: an impossible term, a term given twice, or nothing left to vary or to hold.
    """
    varied = _side("vary", ["pixels"] if vary is None else _several(vary), INSIDE)
    held = _side("hold", [] if hold is None else _several(hold), OUTSIDE)
    if not any(_is_outside(term) for term in held):
        held = (*held, Term(PixelValues()))
    for term in varied:
        if any(_place(term, INSIDE) == _place(other, OUTSIDE) for other in held if other.weight):
            raise UsageError(
                f"{term.text} is both varied and held; omit the term from {parameter('vary')} or {parameter('hold')}."
            )
    varied, held = (tuple(term for term in side if term.weight) for side in (varied, held))
    for name, side in (("vary", varied), ("hold", held)):
        if not side:
            raise UsageError(f"{parameter(name)} has no term with a weight above 0; give at least one.")
    if [_place(term, INSIDE) for term in varied] == [_PIXELS_INSIDE] and all(map(_is_outside, held)):
        return Pixels()
    return VaryHold(varied, held)


def terms_of(objective: Objective | VaryHold) -> dict[str, Any]:
    """The fields ``objective``, ``vary`` and ``hold`` that record an objective: its name and, of a VaryHold, the texts of its terms."""
    if not isinstance(objective, VaryHold):
        return {"objective": objective.name}
    vary, hold = (tuple(term.text for term in side) for side in (objective.vary, objective.hold))
    return {"objective": objective.name, "vary": vary, "hold": hold}


def objective_of(value: Objective | VaryHold | str) -> Objective | VaryHold:
    """The argument ``objective``: an Objective or a VaryHold is returned as it is; ``pixels`` names the paper's.

    Raises:
        UsageError: another value; the message says what to give in its place.
    """
    if isinstance(value, Objective | VaryHold):
        return value
    if value == Pixels.name:
        return Pixels()
    if value in _REPLACED:
        vary, hold = _REPLACED[value]
        raise UsageError(
            f"The objective {value!r} is now written as two terms; give {parameter('vary', vary)} and {parameter('hold', hold)}."
        )
    raise UsageError(
        f"{parameter('objective')} is {shown_value(value)}; give {parameter('vary')} and {parameter('hold')}, or an Objective."
    )


_REPLACED = {"luminance": ("luminance", "chroma"), "chroma": ("chroma", "luminance")}
"""Objective of version 0.3 -> the terms to vary and to hold."""


def _several(value: TermsLike) -> Sequence[TermLike]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _side(name: str, values: Iterable[TermLike], default: str) -> tuple[Term, ...]:
    try:
        terms = tuple(map(as_term, values))
    except UsageError as error:
        raise UsageError(f"{parameter(name)}: {error.message.marked}") from error
    places = [_place(term, default) for term in terms]
    for term, place in zip(terms, places, strict=True):
        if places.count(place) > 1:
            raise UsageError(f"{parameter(name)} has the term {term.text} twice; give the term once, with one weight.")
    return terms


def place_of(term: Term, side: str) -> str:
    """The region in which a term counts: by default inside, but outside for held pixels."""
    if term.region is not None:
        return term.region
    return OUTSIDE if side == OUTSIDE and isinstance(term.feature, PixelValues) else INSIDE


def _place(term: Term, side: str) -> tuple[str, str]:
    return term.feature.text, place_of(term, side)


_PIXELS_INSIDE = (PixelValues.text, INSIDE)


def _is_outside(term: Term) -> bool:
    return _place(term, OUTSIDE) == (PixelValues.text, OUTSIDE)
