"""``resefa.captioned``: short captions for directions, from the images that both signs give at a calibrated strength."""

from __future__ import annotations

import re
from dataclasses import replace

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.directions.facts import DirectionFacts
from resefa.editing.edit import edited
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.strength import DEFAULT_CHANGE, check_change
from resefa.errors import RegionError, UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import region_change
from resefa.refinement.caption_words import OPENING, UNCLEAR, Kinds, Observation, caption, phrases
from resefa.refinement.image_effects import Mask, PartMasks, effects
from resefa.refinement.read_kinds import read_kinds
from resefa.regions.image_parts import parts_of
from resefa.runtime.progress import Progress
from resefa.types import Image

IMAGES = 8
"""The number of analysed images that captions look at, if the caller chooses none."""
_LONGEST, _MOST_DETAILS = 200, 8


def captioned(
    generator: Generator,
    directions: Directions,
    code: LatentCode | Tensor | None = None,
    *,
    change: float = DEFAULT_CHANGE,
    progress: Progress | None = None,
) -> Directions:
    """Describe each direction by what its two signs change in edited images: ``+ opens the mouth; - closes the mouth``.

    Each image is edited with strengths -1 and +1. An effect is reported if at least 60% of the images show it, with their number if it is
    not all of them; a sign without such an effect is "unclear". Names of the directions stay as they are.

    Args:
        code: the images to look at; default: up to 8 of the analysed images.
        change: mean squared change inside the region that is strength 1, as in ``resefa.edit``.
        progress: called with (edits done, edits in all).

    Returns:
        The directions with ``caption`` and ``caption_details`` in their facts; details are by sign and effect the fraction of images
        that show it, and its median size there in units of the smallest visible effect.

    Raises:
        UsageError: no code, or directions without a region.
        RegionError: no image has the parts of the region.
        LatentError: the directions do not fit the generator or the code.
    """
    check_change(change)
    if code is None and directions.codes is not None:
        stored = directions.codes[:IMAGES]
        code = LatentCode(stored, directions.provenance.code_space or directions.provenance.space)
    facts = list(directions.facts or [DirectionFacts()] * len(directions))
    done = 0
    for i, direction in enumerate(directions):
        fitted = fit(generator, code, direction, measured=True)
        total = len(directions) * len(fitted.code)
        sides: tuple[list[Observation], list[Observation]] = ([], [])
        missing: RegionError | None = None
        for one in fitted:
            try:
                for side, seen in zip(sides, _observed(one, change), strict=True):
                    side.append(seen)
            except RegionError as error:  # an image without the part
                missing = error
            done += 1
            if progress is not None:
                progress(done, total)
        if not sides[0]:
            raise missing or UsageError(f"{parameter('code')} is empty; choose the images to look at.")
        facts[i] = _described(facts[i], part_name(direction), sides)
    return replace(directions, facts=tuple(facts))


def _described(facts: DirectionFacts, part: str, sides: tuple[list[Observation], list[Observation]]) -> DirectionFacts:
    minus, plus = (phrases(seen, part) for seen in sides)
    details = {"images": float(len(sides[0]))}
    for sign, found in (("+", plus), ("-", minus)):
        for one in found[:_MOST_DETAILS]:
            details[f"{sign} {one.text}"] = one.share
            details[f"{sign} {one.text}: size"] = one.size
    return replace(facts, caption=caption(plus, minus)[:_LONGEST], caption_details=details)


def named_by_captions(directions: Directions, *, overwrite: bool = False) -> Directions:
    """A copy in which captions are the names of directions; "unclear" captions do not become names.

    Args:
        overwrite: whether captions replace names that the user gave.
    """
    unnamed = replace(directions, provenance=directions.provenance.of_all())
    names: dict[int, str] = {}
    for one, plain in zip(directions, unnamed, strict=True):
        text = "" if one.facts is None else one.facts.caption
        if text not in ("", UNCLEAR) and (overwrite or one.name == plain.name):
            names[one.index] = text
    return directions.renamed(names) if names else directions


def part_name(direction: Direction) -> str:
    """The name of the part that a region marks: ``mouth`` of ``toon-faces:mouth`` and of ``part:mouth``; ``region`` of any other."""
    name = re.fullmatch(r"(?:[\w-]+:)?([a-z][a-z-]*)", direction.provenance.region)
    return name[1].replace("-", " ") if name and not name[0].startswith(("box", "mask")) else "region"


def _observed(fitted: FittedEdit, change: float) -> list[Observation]:
    """The observations of strengths -1 and +1 on one image, by the steps of the strength profile if there is one."""
    fitted = fitted.on_images()
    generator, direction = fitted.generator, fitted.composition.directions[0]
    weights, protect = direction.edit, direction.protect
    assert weights is not None and protect is not None  # ``fit`` demands a region
    profile = None if direction.facts is None else direction.facts.strength
    if profile is None or profile.change != change:
        images = edited(fitted, [-1.0, 1.0], change).images
    else:  # the steps are measured already
        down, up = (side.unit or side.end for side in (profile.minus, profile.plus))
        images = edited(fitted, [-down, up], None).images
    both = torch.cat([generator.synthesize(fitted.code), images])
    part = part_name(direction)
    masks, kinds = _masks(generator, both, part), read_kinds(generator, both)
    found: list[Observation] = []
    for i in (1, 2):
        between = None if masks is None else PartMasks(masks[0], masks[i])
        reached = region_change(both[i : i + 1], both[:1], weights, protect)[0].inside / change
        common = {name: Kinds(kinds[0][name], kinds[i][name]) for name in kinds[0] if name in kinds[i]}
        seen = effects(both[0], both[i], weights, between, opens=part in OPENING)
        found.append(Observation(seen, common, reached))
    return found


def _masks(generator: BaseGenerator, images: Image, part: str) -> list[Mask] | None:
    """The masks of a part in each image; None if the generator's segmenter does not mark the part."""
    if generator.segmenter is None:
        return None
    parts = parts_of(images, generator.segmenter)
    name = part.replace(" ", "-")
    return [one.mask(name) for one in parts] if name in parts[0].groups else None
