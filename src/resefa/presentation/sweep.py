"""A sweep: one edit of one image over several strengths, measured and drawn as a row of a sheet or a card of the gallery."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from PIL import Image as PILImage
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.composite import Composite, as_composite
from resefa.editing.composite_figures import collages
from resefa.editing.composition import Composition
from resefa.editing.curved import CurvedDirection, default_change
from resefa.editing.edit import checked_strengths, edited, unreached
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.held import held_features
from resefa.editing.locality import RANDOMS, random_outside
from resefa.editing.strength_range import departed, departures, leak, profile_of
from resefa.errors import RegionError, ResefaWarning, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change, squared_change
from resefa.presentation.contact_sheet import SheetRow
from resefa.presentation.gallery import GalleryEdit, GalleryMeasure
from resefa.presentation.heat_map import heat_map
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import plain_picture, to_picture
from resefa.regions.as_region import RegionLike
from resefa.runtime.progress import Progress
from resefa.types import Image

HEAT_TOP = 0.25
"""Squared change of the brightest colour in every heat map, so that pictures are comparable."""


@dataclass(frozen=True)
class Measured:
    """Mean squared changes of one picture of the sweep.

    Attributes:
        strength: of the picture.
        inside, outside: of the region.
        random_outside: median of random directions with the same change inside; None if not measured.
    """

    strength: float
    inside: float
    outside: float
    random_outside: float | None = None


class Look(NamedTuple):
    """The size of the pictures, from the parameters of ``Sweep``."""

    size: int | None
    plain: bool


class Sweep:
    """The pictures of one sweep, with measured changes.

    With ``change``, the pictures at strengths -1 and +1 are measured, if they are among the strengths; otherwise those at the ends.

    Args:
        generator: conditions as in ``resefa.edit``.
        code: of one image; None: the code stored with the direction. ``Sweep.each`` takes several.
        change, region, composite, ranged: as in ``resefa.edit``. Figures are those of the composite shown.
        randoms: number of random directions that a single direction is compared with, unless edits are composited; 0 for none.
        size: longer side of the pictures in pixels; default the images' size, small images enlarged.
        plain: no enlargement if no size is given.

    Attributes:
        frames: the pictures, one for each strength.
        region: the original with the region's outline; None if no direction names a region.
        heat: heat map of the change at the ends.
        changes: for each strength, the measured change of its picture; empty without a region.
        measured: the changes that sheets and pages state, beside those of random directions.
        departure: where the measured change differs from the predicted change, with both numbers; else empty text.
        held: agreement of held features of the whole image with the original, where the directions hold any.
        notes: remarks on sides that fall short, for example "+1 reaches a change of 0.02 instead of 0.05".
        limits: for each strength, a remark on a picture that does not reach it; None for every other picture.
        composites: for each strength, the figures of its composite; empty if edits are not composited.

    Raises:
        UsageError: several codes, or an impossible strength.
        LatentError: the direction does not fit the generator or the code.
    """

    def __init__(
        self,
        generator: Generator,
        code: LatentCode | Tensor | None,
        direction: Direction | Sequence[Direction] | Composition,
        strengths: float | Sequence[float] | Tensor,
        *,
        change: float | None = None,
        region: RegionLike | None = None,
        composite: bool | Composite = False,
        ranged: bool = False,
        randoms: int = RANDOMS,
        size: int | None = None,
        plain: bool = False,
    ) -> None:
        amounts = checked_strengths(strengths)
        change = default_change(Composition.of(direction).directions, change)
        fitted = fit(
            generator, code, direction, region=region, measured=change is not None, composite=as_composite(composite)
        )
        fitted = fitted.in_ranges(change) if ranged else fitted
        if len(fitted.code) != 1:
            raise UsageError(
                f"{parameter('code')} holds {len(fitted.code)} codes, but a sweep edits one image; use resefa.Sweep.each to make one sweep for each code."
            )
        self._make(fitted, amounts, change, randoms, Look(size, plain))
        if text := collages({self.label: self.composites}):
            warnings.warn(text, ResefaWarning, stacklevel=2)
        _warn_of_departures([self])

    @classmethod
    def each(
        cls,
        generator: Generator,
        code: LatentCode | Tensor | None,
        direction: Direction | Sequence[Direction] | Composition,
        strengths: float | Sequence[float] | Tensor,
        *,
        change: float | None = None,
        region: RegionLike | None = None,
        composite: bool | Composite = False,
        ranged: bool = False,
        randoms: int = RANDOMS,
        size: int | None = None,
        plain: bool = False,
        progress: Progress | None = None,
    ) -> list[Sweep]:
        """Make one sweep of each code, with one warning for all that do not reach ``change``.

        Args:
            progress: called with (codes done, codes in all).
        """
        amounts = checked_strengths(strengths)
        change = default_change(Composition.of(direction).directions, change)
        fitted = fit(
            generator, code, direction, region=region, measured=change is not None, composite=as_composite(composite)
        )
        fitted = fitted.in_ranges(change) if ranged else fitted
        sweeps: list[Sweep] = []
        for one in fitted:
            sweep = cls.__new__(cls)
            sweep._make(one, amounts, change, randoms, Look(size, plain))
            sweeps.append(sweep)
            if progress is not None:
                progress(len(sweeps), len(fitted.code))
        # Curved and straight edits stand side by side: the warning says which of them ends early.
        edits = [one for one in fitted.composition.directions if isinstance(one, CurvedDirection)]
        edit = f", {fitted.composition.name}" if edits else ""
        if missed := {f"{sweep.label}{edit}": sweep.notes for sweep in sweeps if sweep.notes}:
            warnings.warn(unreached(missed, len(sweeps), ranged), ResefaWarning, stacklevel=2)
        if text := collages({sweep.label: sweep.composites for sweep in sweeps}):
            warnings.warn(text, ResefaWarning, stacklevel=2)
        _warn_of_departures(sweeps)
        return sweeps

    def _make(self, fitted: FittedEdit, strengths: list[float], change: float | None, randoms: int, look: Look) -> None:
        followed = fitted.composition.follows_image
        needed = change is not None or fitted.composite is not None
        fitted = fitted.on_images() if needed else _on_image_if_present(fitted)
        generator, code = fitted.generator, fitted.code
        self.composition, self.strengths, self.change, self.ranged = (
            fitted.composition,
            strengths,
            change,
            fitted.ranged,
        )
        self.label = code.label(0)
        original = generator.synthesize(code)
        images, self.notes, self.limits, self.composites = edited(fitted, strengths, change)
        self.frames = [(plain_picture if look.plain else to_picture)(image, look.size) for image in images]
        weights = self.composition.edit
        if (
            weights is None and followed
        ):  # the image lacks the parts: a picture without an outline keeps the columns of a sheet
            weights = original.new_zeros(original.shape[-2:])
        self.region: PILImage.Image | None = None if weights is None else outlined(original[0], weights, look.size)
        ends = images[self._ends()]
        # The change at the outermost strengths, where a leak shows first.
        self.heat = heat_map(squared_change(ends, original).mean(0), HEAT_TOP, look.size)
        self.changes = self._changes(images, original)
        self.departure = self._departure()
        self.measured = self._measure(generator, code, randoms)
        terms = [term for one in self.composition.directions for term in one.provenance.hold or ()]
        self.held = held_features(terms, images, original)

    def __repr__(self) -> str:
        return f"Sweep({self.label!r}, {self.composition.name!r}, strengths {', '.join(map(_signed, self.strengths))})"

    def _ends(self) -> list[int]:
        """Indices of the first and the last strength, without the original."""
        places = list(dict.fromkeys((0, len(self.strengths) - 1)))
        return [i for i in places if self.strengths[i]] or places

    def _changes(self, images: Image, original: Image) -> list[Change]:
        """The measured change of each picture; empty without a region."""
        weights, protect = self.composition.edit, self.composition.protect
        if weights is None or protect is None:
            return []
        return region_change(images, original, weights, protect)

    def _departure(self) -> str:
        single = self.composition.single
        if single is None or not self.changes or self.composites or isinstance(single, CurvedDirection):
            return ""
        profile = profile_of(single)
        if profile is None or self.change is not None:
            return leak(single, self.changes)
        alphas = [profile.alpha(strength) if self.ranged else strength for strength in self.strengths]
        return departures(profile, alphas, self.changes)

    def _measure(self, generator: BaseGenerator, code: LatentCode, randoms: int) -> list[Measured]:
        if not self.changes:
            return []
        ones = [i for i, s in enumerate(self.strengths) if math.isclose(abs(s), 1, abs_tol=1e-9)]
        shown = ones if ones and self.change is not None else self._ends()
        single, found = self.composition.single, []
        for i in shown:
            change, strength, other = self.changes[i], self.strengths[i], math.nan
            # Composites of random directions have no change outside either.
            if single is not None and randoms and strength and not self.composites:
                sign = 1 if strength > 0 else -1
                other = random_outside(generator, code, single, change.inside, sign=sign, randoms=randoms)
            found.append(Measured(strength, change.inside, change.outside, None if math.isnan(other) else other))
        return found

    def row(self, every: int = 1) -> SheetRow:
        """A row of a contact sheet: region, each ``every``-th picture of the sweep, heat map."""
        details = [*self._captions(), *self.notes]
        if (eigenvalue := self._eigenvalue()) is not None:
            details.append(f"eigenvalue {eigenvalue:.2f}")
        for one in self.measured:
            other = "" if one.random_outside is None else f" (random {one.random_outside:.4f})"
            details.append(f"{_signed(one.strength)}: inside {one.inside:.4f}, outside {one.outside:.4f}{other}")
        details += [f"{name}: {text}" for name, text in self._cuts().items()]
        details += self._held_figures()
        before = [] if self.region is None else [self.region]
        shown = range(0, len(self.frames), every)
        frames = self.pictures()[::every]
        captions = [*[""] * len(before), *map(self.caption, shown)]
        return SheetRow(f"{self.label}, {self.composition.name}", [*before, *frames, self.heat], details, captions)

    def _captions(self) -> list[str]:
        """The caption of the direction, if the edit consists of a single direction that has one."""
        single = self.composition.single
        return (
            [single.facts.caption] if single is not None and single.facts is not None and single.facts.caption else []
        )

    def pictures(self) -> list[PILImage.Image | None]:
        """The frames, with None in place of each that repeats the picture of a smaller strength."""
        return [None if self.repeats(i) else frame for i, frame in enumerate(self.frames)]

    def caption(self, i: int) -> str:
        """The caption of picture ``i``: its limit, or within a stored range its change; and whether its composite is a collage."""
        limit = self._limit(i) or self._change(i)
        collage = (
            f"collage: {self.composites[i].cut:.0%} cut off" if self.composites and self.composites[i].collage else ""
        )
        return "; ".join(filter(None, (limit, collage)))

    def _change(self, i: int) -> str:
        return f"change {self.changes[i].inside:.2g}" if self.ranged and self.changes and self.strengths[i] else ""

    def _limit(self, i: int) -> str:
        limit = self.limits[i]
        return "" if limit is None else limit.text

    def _cuts(self) -> dict[str, str]:
        """For each strength whose change is stated, the figures of the composite as text."""
        stated = {one.strength for one in self.measured}
        return {_signed(s): str(one) for s, one in zip(self.strengths, self.composites, strict=False) if s in stated}

    def _held_figures(self) -> list[str]:
        """For each held feature of the whole image its agreement with the original at the stated strengths, as text."""
        places = [self.strengths.index(one.strength) for one in self.measured]
        return [
            f"held {one.term}: cosine {', '.join(f'{one.cosines[i]:.3f} at {_signed(self.strengths[i])}' for i in places)}"
            for one in self.held
            if one.cosines and places
        ]

    def repeats(self, i: int) -> bool:
        """Whether picture ``i`` is that of a smaller strength, because a longer step would wreck it."""
        limit = self.limits[i]
        return limit is not None and limit.repeated

    def card(self, title: str = "") -> GalleryEdit:
        """A card of the gallery, whose slider ends at the limit of each side.

        Args:
            title: default the names of the image and of the direction.
        """
        eigenvalue = self._eigenvalue()
        shown = [i for i in range(len(self.frames)) if not self.repeats(i)]
        return GalleryEdit(
            title or f"{self.label}, {self.composition.name}",
            [self.frames[i] for i in shown],
            [self.strengths[i] for i in shown],
            self.region,
            self.heat,
            [GalleryMeasure(one.strength, one.inside, one.outside, one.random_outside) for one in self.measured],
            [*self._captions(), *self.notes],
            ({} if eigenvalue is None else {"Eigenvalue": f"{eigenvalue:.2f}"})
            | {f"Composite at {name}": text for name, text in self._cuts().items()},
            [self._limit(i) for i in shown],
            [self.caption(i) for i in shown],
        )

    def facts(self) -> dict[str, Any]:
        """The measured changes as plain data."""
        return {
            "image": self.label,
            "eigenvalue": self._eigenvalue(),
            "measured": [
                {
                    "strength": one.strength,
                    "inside": one.inside,
                    "outside": one.outside,
                    "random_outside": one.random_outside,
                }
                for one in self.measured
            ],
            "changes": [
                {"strength": strength, "inside": change.inside, "outside": change.outside}
                for strength, change in zip(self.strengths, self.changes, strict=False)
            ],
            **self._paths(),
            "attained": not self.notes if self.change is not None else None,
            "held": [one.facts() for one in self.held],
            "notes": self.notes,
            "departure": self.departure,
            "limits": {_signed(s): self._limit(i) for i, s in enumerate(self.strengths) if self._limit(i)},
            "composites": [
                {"strength": strength, **one.facts}
                for strength, one in zip(self.strengths, self.composites, strict=False)
            ],
        }

    def _paths(self) -> dict[str, Any]:
        curved = [one for one in self.composition.directions if isinstance(one, CurvedDirection)]
        return {"paths": {one.name: one.curve_facts() for one in curved}} if curved else {}

    def _eigenvalue(self) -> float | None:
        single = self.composition.single
        return None if single is None else single.eigenvalue


def _warn_of_departures(sweeps: Sequence[Sweep]) -> None:
    """One warning for all sweeps whose change is not the predicted change."""
    if found := {sweep.label: sweep.departure for sweep in sweeps if sweep.departure}:
        single = sweeps[0].composition.single
        profile = None if single is None or sweeps[0].change is not None else profile_of(single)
        warnings.warn(departed(found, len(sweeps), profile), ResefaWarning, stacklevel=3)


def _on_image_if_present(fitted: FittedEdit) -> FittedEdit:
    """The edit on its image; with a warning and without regions if the image lacks the parts, since no change is asked for."""
    try:
        return fitted.on_images()
    except RegionError as error:
        warnings.warn(ResefaWarning(f"No change is measured: {error.message.marked}"), stacklevel=4)
        return replace(fitted, composition=fitted.composition.without_regions())


def column_labels(strengths: Sequence[float], region: bool = True) -> list[str]:
    """Labels above the pictures of ``Sweep.row``; ``region``: whether the directions name a region."""
    return [*(["region"] if region else []), *map(_signed, strengths), "change"]


def _signed(strength: float) -> str:
    text = f"{strength:+.3g}"
    return "0" if float(text) == 0 else text
