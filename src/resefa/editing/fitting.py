"""Fitting of directions to a generator: conditions, the codes to edit, the region to measure in, and refusals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from resefa.directions.directions import Direction
from resefa.editing.composite import Composite
from resefa.editing.composition import Composition
from resefa.editing.curved import CurvedDirection
from resefa.editing.strength_range import check_ranges
from resefa.errors import LatentError, ResefaWarning, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.completed import as_generator
from resefa.generators.image_regions import parts_on, segmenter_of
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.latents.conditions import DEFAULT
from resefa.latents.space import given_code
from resefa.regions.as_region import RegionLike, as_region


@dataclass(frozen=True, eq=False)
class FittedEdit:
    """An edit that is ready to apply: the composition, the generator and the codes.

    Attributes:
        generator: under the conditions of the edit.
        code: the codes to edit, on the generator's device.
        composition: directions that fit the generator, each with the region to measure in, if any.
        composite: how the edited region is composited onto the original; None: edited images are shown as they are.
        ranged: whether strengths are positions within the ranges that are stored with the directions.
    """

    generator: BaseGenerator
    code: LatentCode
    composition: Composition
    composite: Composite | None = None
    ranged: bool = False

    def __iter__(self) -> Iterator[FittedEdit]:
        """Iterate over the codes, each as an edit of a single code."""
        return (
            replace(self, code=one, composition=_on_codes(self.composition, self.generator, one)) for one in self.code
        )

    def in_ranges(self, change: float | None) -> FittedEdit:
        """The same edit, whose strengths are positions within the stored ranges.

        Raises:
            UsageError: a direction without a stored range, or a change that is given as well.
        """
        check_ranges(self.composition, change)
        return replace(self, ranged=True)

    def on_images(self) -> FittedEdit:
        """The same edit, measured on the images of its codes: regions that follow the image have the weights there.

        Raises:
            RegionError: an image lacks the parts of a region; the message names both.
        """
        if not self.composition.follows_image:
            return self
        segmenter = segmenter_of(self.generator, self.composition.directions[0].provenance.region)
        parts = list(parts_on(self.generator, self.code, segmenter))
        return replace(self, composition=self.composition.on_images(parts))


def fit(
    generator: Generator,
    code: LatentCode | Tensor | None,
    direction: Direction | Sequence[Direction] | Composition,
    *,
    region: RegionLike | None = None,
    measured: bool = False,
    composite: Composite | None = None,
) -> FittedEdit:
    """Fit directions to a generator: the first step of ``resefa.edit``, ``Sweep`` and ``calibrate``.

    Conditions: see ``under_conditions_of``. Codes: those given, else the codes stored with the directions. Region: the one
    given replaces that of the directions that move (of directions held fixed only where they have none).

    Args:
        code: codes of any space from which a conversion leads to the directions'; an array is taken for a code of their space.
        measured: whether changes are to be measured, so that a region is needed.
        composite: how the edited region is composited, which needs a region too.

    Raises:
        LatentError: a direction has another space or size than the generator, or a region of another image size.
        UsageError: no code, no region, or conditions that the generator does not have.

    Warns:
        ResefaWarning: directions of other weights, or found under other conditions than those of the edit.
    """
    composition = Composition.of(direction)
    generator = under_conditions_of(generator, composition)
    if region is not None:
        where = as_region(region, generator.presets, generator.resolution)
        composition = composition.with_region(where, generator.resolution)
    code = _codes(code, composition, generator)
    for one in composition.directions:
        for sentence in (one.check_fits(generator, code.space), _other_conditions(one, generator)):
            if sentence:
                warnings.warn(sentence, ResefaWarning, stacklevel=3)
    composition = _with_regions_that_fit(composition, generator, measured, composite is not None)
    composition = _on_codes(composition, generator, code)
    return FittedEdit(generator, code, composition, composite)


def _on_codes(composition: Composition, generator: BaseGenerator, code: LatentCode) -> Composition:
    """The composition with the curves of these codes, in this order."""
    return composition.mapped(lambda one: one.on_codes(generator, code) if isinstance(one, CurvedDirection) else one)


def under_conditions_of(
    generator: Generator, direction: Direction | Sequence[Direction] | Composition
) -> BaseGenerator:
    """The generator under the conditions (truncation, cutoff, label, noise) for an edit.

    The rule, condition by condition: a condition that ``generator.under(...)`` has set holds. Any other is that under which
    the direction was found (the first direction, where several move). A direction from another tool states no conditions
    and changes none.

    Raises:
        UsageError: the directions were found under a condition that the generator does not have.
    """
    generator = as_generator(generator)
    first = Composition.of(direction).directions[0]
    wanted = {
        name: value
        for name, value in _conditions_of(first).items()
        if name not in generator.explicit_conditions and value != getattr(generator.conditions, name)
    }
    if not wanted:
        return generator
    try:
        return generator.under(**wanted)
    except UsageError as error:
        listed = _listed(wanted)
        instead = _listed({name: getattr(generator.conditions, name) for name in wanted})
        raise UsageError(
            f"{first.name} was found with {listed}, which {generator.name} does not support; set {instead} explicitly, or use the model with which the direction was found."
        ) from error


def _conditions_of(direction: Direction) -> dict[str, Any]:
    """The conditions under which a direction was found; empty if the file of another tool does not state them."""
    origin = direction.provenance
    if origin.truncation is None:
        return {}
    noise = origin.noise or DEFAULT.noise
    return {
        "truncation": origin.truncation,
        "cutoff": origin.cutoff,
        "label": origin.label,
        "noise": int(noise) if isinstance(noise, str) and noise.isdecimal() else noise,
    }


def _other_conditions(direction: Direction, generator: BaseGenerator) -> str:
    """A warning if the direction was found under conditions that differ from the generator's, else empty."""
    present = generator.conditions
    differing = {name: value for name, value in _conditions_of(direction).items() if value != getattr(present, name)}
    if not differing:
        return ""
    mine = _listed({name: getattr(present, name) for name in differing})
    return f"{direction.name} was found under {_listed(differing)}; the edit is made under {mine}, as set."


def _listed(conditions: dict[str, Any]) -> str:
    return ", ".join(
        f"no {parameter(name)}" if value is None else parameter(name, value) for name, value in conditions.items()
    )


def _with_regions_that_fit(
    composition: Composition, generator: BaseGenerator, measured: bool, composited: bool
) -> Composition:
    """The composition, without regions that do not fit the generator's images if no change is measured in them."""
    for one in composition.directions:
        if not one.has_region:
            if composited:
                raise UsageError(
                    f"{parameter('composite')} needs a region to edit, but {one.name} has none; give {parameter('region')}."
                )
            if measured:
                raise UsageError(
                    f"{parameter('change')} is measured inside a region, but {one.name} has none; give {parameter('region')}."
                )
        elif reason := _misfit(one, generator):
            if measured or composited:
                raise LatentError(f"{reason}; give {parameter('region')}, or use the model of the directions.")
            warnings.warn(
                f"{reason}, so no change is measured; give {parameter('region')}.", ResefaWarning, stacklevel=4
            )
            return composition.without_regions()
        elif generator.segmenter and one.provenance.segmenter not in (None, "", generator.segmenter.fingerprint):
            warnings.warn(
                f"The region {one.provenance.region} of {one.name} was marked by a different segmenter than that of {generator.name}; its pixels may differ.",
                ResefaWarning,
                stacklevel=4,
            )
    return composition


def _misfit(direction: Direction, generator: BaseGenerator) -> str:
    """The reason why the direction's region does not fit the generator's images; empty if it fits."""
    if direction.follows_image:
        found = direction.provenance.region
        return (
            ""
            if generator.segmenter
            else f"The region {found} follows the image, but {generator.name} has no segmenter"
        )
    if direction.edit is None or tuple(direction.edit.shape) == tuple(generator.resolution):
        return ""
    (rows, columns), (height, width) = direction.edit.shape, generator.resolution
    return f"The region of {direction.name} has {rows} x {columns} pixels, but images of {generator.name} have {height} x {width}"


def _codes(code: LatentCode | Tensor | None, composition: Composition, generator: BaseGenerator) -> LatentCode:
    """The given codes, or the codes stored with the first direction."""
    first = composition.directions[0]
    origin = first.provenance
    space = origin.code_space or origin.space
    if code is not None:
        return given_code(code, generator, origin.space)
    if first.codes is None:
        raise UsageError(
            f"{first.name} has no stored latent codes; choose the images to edit with {parameter('code')}."
        )
    seeds = origin.seeds if origin.seeds is not None and len(origin.seeds) == len(first.codes) else None
    return LatentCode(first.codes.to(generator.device, generator.dtype), space, seeds)
