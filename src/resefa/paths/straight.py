"""The straight line of a direction as a path, for comparison at the same changes inside."""

from __future__ import annotations

import torch

from resefa.directions.directions import Direction
from resefa.editing.curved import checked_straight
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.moves import checked_direction, motions
from resefa.editing.strength import DEFAULT_CHANGE, check_change, side_for_figures
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change
from resefa.paths.certificate import PathCertificate
from resefa.paths.edit_path import EditPath
from resefa.paths.edit_paths import EditPaths
from resefa.regions.as_region import RegionLike
from resefa.types import Latent

NODES = 8
"""Nodes on each side."""


def straight_paths(
    generator: Generator,
    code: LatentCode | torch.Tensor | None,
    direction: Direction,
    *,
    change: float = DEFAULT_CHANGE,
    largest: float = 1.0,
    region: RegionLike | None = None,
) -> EditPaths:
    """The straight line of a direction as paths: its strengths are changes inside, as those of curved paths.

    The line ends only at the length of a step, however much the rest of the image changes.

    Args:
        generator: conditions as in ``resefa.edit``.
        code: one or several codes; None: the codes stored with the direction.
        change: mean squared change inside of strength 1.
        largest: the largest strength.
        region: where changes are measured; default: the direction's region.

    Raises:
        UsageError: a curved direction, no region, or an impossible change.
        LatentError: the direction does not fit the generator or the code.
    """
    check_change(change)
    if not largest > 0:
        raise UsageError(f"{parameter('largest', largest)} is not possible; give a number above 0.")
    fitted = fit(generator, code, checked_straight(checked_direction(direction)), region=region, measured=True)
    (direction,) = fitted.composition.directions
    paths = [straight_path(one.on_images(), change * largest**2) for one in fitted]
    return EditPaths.of(direction, fitted.generator, fitted.code, paths, change)


def straight_path(fitted: FittedEdit, change: float) -> EditPath:
    """The line of one code, fitted on its image, to a change inside on both sides."""
    (direction,) = fitted.composition.directions
    steps, changes, reasons = [torch.zeros(1, len(direction.vector))], [Change(0.0, 0.0)], []
    for sign in (1, -1):
        side = side_for_figures(fitted.generator, fitted.code, direction, change, sign)
        alphas = sign * side.alpha * torch.arange(1, NODES + 1, dtype=torch.float64) / NODES
        nodes = alphas[:, None] * direction.vector.double().cpu()
        growing = _growing(measured(fitted, nodes))
        for i, one in growing:
            place = len(changes) if sign > 0 else 0
            steps.insert(place, nodes[i : i + 1].float())
            changes.insert(place, one)
        reasons.insert(0, "" if side.attained else side.reason)
    return EditPath(
        torch.cat(steps),
        torch.tensor([one.inside for one in changes], dtype=torch.float64),
        torch.tensor([one.outside for one in changes], dtype=torch.float64),
        len(growing),
        (reasons[0], reasons[1]),
        PathCertificate(images=2 * NODES),
    )


def measured(fitted: FittedEdit, steps: Latent) -> list[Change]:
    """The change of displacements (s, n) from the code of an edit that is fitted on its image."""
    (direction,) = fitted.composition.directions
    assert direction.edit is not None and direction.protect is not None
    generator: BaseGenerator = fitted.generator
    base, (motion,) = motions(generator, fitted.code, [direction])
    values = base.values + motion.lift(steps.to(base.values))
    images = generator.synthesize(LatentCode(values, base.space))
    return region_change(images, generator.synthesize(base), direction.edit, direction.protect)


def _growing(changes: list[Change]) -> list[tuple[int, Change]]:
    """The nodes whose change inside exceeds that of all before, with their indices."""
    found: list[tuple[int, Change]] = []
    for i, one in enumerate(changes):
        if one.inside > (found[-1][1].inside if found else 0.0):
            found.append((i, one))
    return found
