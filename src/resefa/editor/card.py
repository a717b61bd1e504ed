"""A card: one direction as the user sees it, with a preview, a name, a measure and a slider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

import resefa
from resefa.directions.directions import Direction
from resefa.directions.strength_profile import StrengthProfile
from resefa.editing.strength_range import profile_of
from resefa.editor import pictures
from resefa.editor.card_words import headline, plain_reason, signs, title
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import region_change, squared_change
from resefa.presentation.sweep import HEAT_TOP
from resefa.projects.rendering import alpha_of, under_any_conditions

FEW = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""Slider positions of a preview as soon as the range is known."""
FIRST_CHANGE = 0.03
"""Mean squared change inside, to first order, of the ends of a preview that is shown before the range is measured."""
SMOOTH = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
"""Slider positions of the final preview. The slider is even in the change inside, so few frames suffice for smooth blending."""
LONGEST_NAME = 60


@dataclass(frozen=True)
class Preview:
    """Pictures of one direction on one image.

    Attributes:
        places: slider positions of the frames, ascending.
        frames: data URIs.
        heat: heat map of the mean squared change at both ends, as a data URI.
        inside, outside: mean squared change at both ends, averaged.
    """

    places: tuple[float, ...] = (0.0,)
    frames: tuple[str, ...] = ()
    heat: str = ""
    inside: float = 0.0
    outside: float = 0.0

    @classmethod
    def of(cls, original: Tensor, direction: Direction, pictures_at: Mapping[float, Tensor]) -> Preview:
        """The preview of a direction on the image ``original`` (1, c, h, w), from the pictures (c, h, w) at some positions."""
        places = tuple(sorted((*pictures_at, 0.0)))
        ends = torch.stack([pictures_at[places[0]], pictures_at[places[-1]]])
        change = squared_change(ends, original)
        assert direction.edit is not None and direction.protect is not None  # found with a region
        both = region_change(ends, original, direction.edit, direction.protect)
        frames = tuple(pictures.frame(pictures_at[place] if place else original[0]) for place in places)
        inside, outside = (sum(values) / 2 for values in zip(*((one.inside, one.outside) for one in both), strict=True))
        return cls(places, frames, pictures.heat(change.mean(0), HEAT_TOP), inside, outside)

    def smooth(self, generator: BaseGenerator, code: LatentCode, direction: Direction) -> Preview:
        """The preview with further frames, at all positions of ``SMOOTH``."""
        known = dict(zip(self.places, self.frames, strict=True))
        found = ranged_pictures(generator, code, direction, [place for place in SMOOTH if place not in known])
        known |= {place: pictures.frame(picture) for place, picture in found.items()}
        places = tuple(sorted(known))
        return replace(self, places=places, frames=tuple(known[place] for place in places))


def first_pictures(generator: BaseGenerator, code: LatentCode, direction: Direction) -> dict[float, Tensor]:
    """Pictures (c, h, w) before the range of a direction is measured: both signs at a change inside of ``FIRST_CHANGE``, to first order."""
    alpha = (FIRST_CHANGE / (direction.inside_rate or 1.0)) ** 0.5
    return _pictures(generator, code, direction, {-1.0: -alpha, 1.0: alpha})


def ranged_pictures(
    generator: BaseGenerator, code: LatentCode, direction: Direction, places: Sequence[float]
) -> dict[float, Tensor]:
    """Pictures (c, h, w) at positions other than 0 of the slider of a direction with a strength profile."""
    return _pictures(generator, code, direction, {place: alpha_of(direction, place) for place in places if place})


def _pictures(
    generator: BaseGenerator, code: LatentCode, direction: Direction, steps: Mapping[float, float]
) -> dict[float, Tensor]:
    if not steps:
        return {}
    # The conditions are those of the image, also for a card that was found under others.
    images = resefa.edit(generator, code, under_any_conditions(direction), list(steps.values()))[0]
    return dict(zip(steps, images, strict=True))


@dataclass(frozen=True)
class Card:
    """One direction of the editor.

    Attributes:
        id: within the editing session.
        search: number of the search that found the direction.
        direction: with its strength profile.
        region: label of the region that was marked.
        name: given by the user; None: the words of the caption, else the region and a number.
        kept: whether the card stays when another region is marked.
        hidden: whether the user put the card away.
        position: of the slider, from -1 to 1; 0: the direction is not applied.
        preview: on the present image.
        caption: what both ends of the slider show on the present image, as ``EndWords.caption``; empty before it was read.
        found_on: the image on which the direction was found and measured, for the page; empty: not known.
    """

    id: str
    search: int
    direction: Direction
    region: str
    name: str | None = None
    kept: bool = False
    hidden: bool = False
    position: float = 0.0
    preview: Preview = field(default_factory=Preview)
    caption: str = ""
    found_on: str = ""

    @property
    def title(self) -> str:
        """The name on the card."""
        if self.name:
            return self.name
        plus, minus = map(headline, signs(self.caption))
        found = title(minus, plus)
        found = found or f"{self.region}, edit {self.direction.index + 1}"
        return found[:1].upper() + found[1:]

    @property
    def alpha(self) -> float:
        """The step along the direction at the slider's position."""
        return alpha_of(self.direction, self.position)

    def moved(self, position: float) -> Card:
        """A copy with the slider at another position."""
        return replace(self, position=max(-1.0, min(1.0, position)))

    def shown(self) -> dict[str, Any]:
        """The card as plain data for the page."""
        profile = profile_of(self.direction)
        plus, minus = signs(self.caption)
        return {
            "id": self.id, "name": self.title, "plus": self._short(plus), "minus": self._short(minus), "region": self.region,
            "inside": self.preview.inside, "outside": self.preview.outside,
            "heat": self.preview.heat, "frames": list(self.preview.frames), "places": list(self.preview.places),
            "ends": {"minus": "", "plus": ""} if profile is None else {
                "minus": plain_reason(profile.minus.reason), "plus": plain_reason(profile.plus.reason),
            },
            "kept": self.kept, "position": self.position, "state": "preview" if profile is None else "ready",
            "advanced": self._advanced(profile),
        }  # fmt: skip

    @staticmethod
    def _short(words: str) -> str:
        """The words of an end without the name of the part, which the title says: "closed" of "eyes: closed"."""
        part, colon, rest = words.partition(": ")
        return rest if colon and "," not in part else words

    def _advanced(self, profile: StrengthProfile | None) -> str:
        value = self.direction.eigenvalue
        lines = [] if value is None else [f"eigenvalue {value:.3g}"]
        found = [f"found and measured on {self.found_on}"] if self.found_on else []
        return "; ".join([*found, *lines, self.direction.status, *([] if profile is None else profile.sentences())])
