"""``resefa.follow``: curved edits of one or several codes along a direction."""

from __future__ import annotations

from torch import Tensor

from resefa.directions.directions import Direction
from resefa.discovery.objectives.objective import Objective
from resefa.discovery.objectives.vary_hold import VaryHold, objective_of, vary_hold
from resefa.editing.curved import checked_straight
from resefa.editing.fitting import fit
from resefa.editing.moves import checked_direction
from resefa.editing.strength import DEFAULT_CHANGE, LARGEST_CHANGE, check_change
from resefa.errors import UsageError, parameter
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.paths.edit_paths import EditPaths
from resefa.paths.path_problem import PathProblem
from resefa.paths.path_search import follow_path
from resefa.regions.as_region import RegionLike
from resefa.runtime.progress import Progress, shown_progress
from resefa.runtime.session import Session

LARGEST = 1.5
"""Strength at the ends of a path, unless the call gives another."""


def follow(
    generator: Generator,
    code: LatentCode | Tensor | None,
    direction: Direction,
    *,
    change: float = DEFAULT_CHANGE,
    largest: float = LARGEST,
    region: RegionLike | None = None,
    objective: Objective | VaryHold | str | None = None,
    max_products: int | None = None,
    session: Session | None = None,
    progress: Progress | bool | None = None,
) -> EditPaths:
    """Follow a direction on a curve that leaves the rest of the image unchanged, for both signs of every code.

    A straight edit preserves the rest of the image to first order only. The path passes through codes at which the image outside
    changes least for its change inside, found with exact gradients (``resefa/paths/correction.py``).

    Args:
        generator: conditions as in ``resefa.edit``.
        code: one or several codes; None: the codes stored with the direction.
        change: mean squared change inside of strengths +1 and -1.
        largest: the strength at the ends of a path; a path ends before where the region changes no more.
        region: where the image may change; default: the direction's region.
        objective: what may change and what is held; from ``resefa.discovery.vary_hold``, or an Objective; default: the pixels
            inside change, and the features that the direction holds are held.
        max_products: the most JVPs and VJPs for each path.
        session: memory, caches, progress and cancellation.
        progress: True shows a bar; or a function, called with (done, total).

    Returns:
        Paths, which ``resefa.edit``, ``Sweep`` and sheets take in place of a direction, at no cost but that of the images.

    Raises:
        UsageError: a curved direction, no region, or an impossible change.
        LatentError: the direction does not fit the generator or the code.
    """
    check_change(change)
    if not largest > 0 or not change * largest**2 < LARGEST_CHANGE:
        raise UsageError(
            f"{parameter('largest', largest)} is not possible; give a number above 0 whose square times {parameter('change', change)} is below 4."
        )
    fitted = fit(generator, code, checked_straight(checked_direction(direction)), region=region, measured=True)
    (direction,) = fitted.composition.directions
    held = direction.provenance.hold
    wanted = vary_hold(hold=held or ()) if objective is None else objective_of(objective)
    paths = []
    with shown_progress(progress, "path") as shown:
        work = (session or Session()).on(fitted.generator.device)
        work = work if shown is None else work.with_progress(shown)
        for i, one in enumerate(fitted):
            problem = PathProblem(wanted, max_products=max_products, session=work.part(i, len(fitted.code)))
            paths.append(follow_path(one.on_images(), change * largest**2, problem))
    return EditPaths.of(direction, fitted.generator, fitted.code, paths, change)
