"""``resefa.discover``: finds the directions of a region with any method, in one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.arguments import checked_code, checked_options, whole_number
from resefa.discovery.objectives.objective import Objective
from resefa.discovery.objectives.vary_hold import TermsLike, VaryHold, vary_hold
from resefa.discovery.problem import EditSpace, RegionProblem, Weighting
from resefa.errors import UsageError, parameter
from resefa.generators.completed import as_generator
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.methods.protocol import Method
from resefa.methods.registry import (
    DEFAULT,
    EDIT_OPTIONS,
    OBJECTIVE_OPTIONS,
    SESSION_OPTIONS,
    check_options,
    method_name,
    method_options,
)
from resefa.methods.registry import method as method_of
from resefa.methods.resefa import ReSeFa
from resefa.refinement.distinct import MOST_CORRELATED, checked_limit, deflated, merged
from resefa.refinement.orientation import oriented
from resefa.regions.as_region import RegionLike
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.out_of_memory import memory_errors_said
from resefa.runtime.progress import Progress, shown_progress
from resefa.runtime.session import Announce, Session
from resefa.solvers.protocol import Solver
from resefa.types import Image

if TYPE_CHECKING:
    from collections.abc import Sequence


class ProblemOptions(TypedDict, total=False):
    """Options of every method: those of the edit (see ``EditSpace``) and of the session (see ``Session``)."""

    space: str | None
    layers: str | None
    analysis_resolution: int | tuple[int, int] | None
    intermediate: bool
    vary: TermsLike
    hold: TermsLike
    objective: Objective | VaryHold | str
    weighting: Weighting
    memory: int | str | None
    distinct: bool | float


class CachedOptions(ProblemOptions, total=False):
    """Additional options of the methods that compute whole Jacobians."""

    cache: JacobianCache | str | os.PathLike[str] | None
    stored: torch.dtype | str | None
    announce: Announce | None


class ReSeFaOptions(CachedOptions, total=False):
    """Options of ``method="resefa"``: the solver and its options (see ``resefa.solvers``)."""

    solver: Literal["auto", "cholesky", "woodbury", "matrix-free", "prepared"] | Solver
    tau: float
    tolerance: float | None
    max_products: int | None


class LowRankGANOptions(CachedOptions, total=False):
    """Options of ``method="lowrankgan"``."""

    sparsity: float | None
    relaxation: int
    tolerance: float
    iterations: int


class RankedOptions(ProblemOptions, total=False):
    """Options of the methods that do not use the region to propose directions."""

    candidates: int | None
    ranked: bool
    floor: float


class StyleSpaceOptions(RankedOptions, total=False):
    """Options of ``method="stylespace"``."""

    probes: int


class SeFaOptions(RankedOptions, total=False):
    """Options of ``method="sefa"``."""

    normalised: bool


class GANSpaceOptions(RankedOptions, total=False):
    """Options of ``method="ganspace"``."""

    samples: int


class InterFaceGANOptions(RankedOptions, total=False):
    """Options of ``method="interfacegan"``."""

    labels: Tensor | Sequence[float] | None
    label_codes: LatentCode | None
    scorer: Callable[[Image], Tensor] | None
    samples: int | None
    share: float | None
    loss: Literal["hinge", "logistic"]
    penalty: float


class JacobianSVDOptions(RankedOptions, CachedOptions, total=False):
    """Options of ``method="jacobian-svd"``."""

    tolerance: float | None


class RandomOptions(RankedOptions, total=False):
    """Options of ``method="random"``."""

    seed: int


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["resefa"] = "resefa", session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[ReSeFaOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["lowrankgan"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[LowRankGANOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["stylespace"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[StyleSpaceOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["sefa"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[SeFaOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["ganspace"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[GANSpaceOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["interfacegan"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[InterFaceGANOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["jacobian-svd"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[JacobianSVDOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Literal["random"], session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[RandomOptions],
) -> Directions: ...  # fmt: skip


@overload
def discover(
    generator: Generator, code: LatentCode | Tensor, region: RegionLike | Sequence[RegionLike], *, k: int = 8,
    method: Method, session: Session | None = None, progress: Progress | bool | None = None,
    **options: Unpack[CachedOptions],
) -> Directions: ...  # fmt: skip


@memory_errors_said("the search for directions")
def discover(
    generator: Generator,
    code: LatentCode | Tensor,
    region: RegionLike | Sequence[RegionLike],
    *,
    k: int = 8,
    method: str | Method = DEFAULT,
    session: Session | None = None,
    progress: Progress | bool | None = None,
    distinct: bool | float = False,
    **options: Any,
) -> Directions:
    """Find the ``k`` latent directions that change ``region`` most and the rest of the image least, best first.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``.
        code: from ``generator.sample``; several codes give directions that suit all of their images.
        region: a Region, or what stands for one: its text, whose names are looked up among the generator's presets, the path
            of a mask, a picture, or an array (height, width) of the image's size; or a list with a region for each code.
        method: a name (``resefa.methods.METHODS``; the default is the paper's), whose options follow as keywords, or an object of
            ``resefa.methods`` that carries its options, such as ``ReSeFa(solver=solvers.MatrixFree(tolerance=0.02))``.
        session: memory, caches, progress and cancellation as one object; else the keywords ``memory``, ``cache``, ``stored`` and
            ``announce``.
        progress: True shows a bar, also in a notebook; or a function, called with (done, total).
        distinct: True finds directions that give different edits: no two change the image inside the region alike, with a correlation
            of at most 0.7, or the given number. Of a method other than ReSeFa near-duplicates are dropped. See
            ``resefa/refinement/distinct.py``.
        options: of the edit, ``space``, ``layers``, ``analysis_resolution``, ``intermediate``; what the edit changes and leaves unchanged,
            ``vary`` and ``hold`` (terms such as ``"chroma"`` or ``"features:toon-attributes=2"``, see ``resefa.discovery.vary_hold``), or
            ``objective`` (an Objective); ``weighting`` (of several images); of the session, unless an object is given, ``memory`` (bytes, or text such as ``"2GiB"``), ``cache`` (a folder), ``stored``, ``announce``; of a method by
            name, the fields of its class; of ReSeFa ``solver`` (a name, or an object of ``resefa.solvers``), ``tau``,
            ``tolerance`` and ``max_products``.

    Raises:
        RegionError, LatentError, GeneratorError, SolverError, UsageError: each says what to do next.
    """
    k = whole_number("k", k)
    most = _largest_correlation(distinct)
    search, own = _method(method, options)
    given = {key: value for key, value in checked_options(own).items() if value is not None}
    edit = EditSpace(**_with_objective({key: value for key, value in given.items() if key in EDIT_OPTIONS}, given))
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise UsageError(
            f"{parameter('progress', progress)} is not a function; give True for a progress bar, or a function of (done, total)."
        )
    with shown_progress(progress, "directions") as shown:
        work = _session(session, {key: value for key, value in given.items() if key in SESSION_OPTIONS})
        complete = as_generator(generator)
        codes = checked_code(code, complete)
        edit = search.edit_for(complete, codes, edit)
        problem = RegionProblem(complete, codes, region, edit, work if shown is None else work.with_progress(shown))
        found = search.find(problem, k)
        if most is not None:
            found = deflated(problem, found, k, most) if isinstance(search, ReSeFa) else merged(problem, found, most)
        return oriented(problem, found, getattr(search, "orientation", ""))


def _largest_correlation(distinct: bool | float) -> float | None:
    """The largest correlation between the changes of two directions; None: no limit."""
    if distinct is True or distinct is False:
        return MOST_CORRELATED if distinct else None
    return checked_limit(distinct)


def _with_objective(edit: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options of the edit, with the objective of ``vary`` and ``hold``.

    Raises:
        UsageError: an impossible term, or an objective given both ways.
    """
    terms = {name: options[name] for name in OBJECTIVE_OPTIONS if name in options}
    if not terms:
        return edit
    if "objective" in edit:
        raise UsageError(
            f"{parameter('objective')} and {parameter(next(iter(terms)))} cannot be used together; give {parameter('vary')} and {parameter('hold')} alone."
        )
    return {**edit, "objective": vary_hold(**terms)}


def _method(method: str | Method, options: dict[str, Any]) -> tuple[Method, dict[str, Any]]:
    """The method object, and the options that belong to the edit or the session.

    Raises:
        UsageError: no method has this name, or an option that nobody takes.
    """
    if isinstance(method, str):
        name = method_name(method)
        check_options(name, options)
        own = method_options(name)
        return method_of(name, **{key: value for key, value in options.items() if key in own}), {
            key: value for key, value in options.items() if key not in own
        }
    if not isinstance(method, Method):
        raise UsageError(
            f"method is a {type(method).__name__}; expected a name such as 'resefa', or an object such as resefa.methods.ReSeFa()."
        )
    for option in options:
        if option not in (*EDIT_OPTIONS, *OBJECTIVE_OPTIONS, *SESSION_OPTIONS):
            raise UsageError(
                f"discover takes the method's options only if the method is given by name; pass {option} to {type(method).__name__}(...) instead."
            )
    return method, options


def _session(session: Session | None, options: dict[str, Any]) -> Session:
    if session is None:
        return Session(**options)
    if options:
        raise UsageError(
            f"{next(iter(options))} and session cannot be used together; pass {next(iter(options))} to resefa.Session(...) instead."
        )
    return session
