"""ReSeFa, the method: directions that change a region most and the rest least (paper, equations 6 to 12).

A and B are the Gram matrices of the Jacobian's rows inside and outside the region, as means over output values; the
directions maximise ``d^T A d / d^T (B + tau trace(B) I) d``. Codes of several images are analysed by the sums of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.directions.directions import Directions
from resefa.discovery.grams_of import grams_of
from resefa.discovery.jacobian_of import Announce
from resefa.discovery.matrix_free_of import matrix_free_solution
from resefa.discovery.planner import AUTO, MATRIX_FREE, PREPARED, WOODBURY, Route, choose
from resefa.discovery.prepared_of import prepared_solution
from resefa.discovery.problem import Task
from resefa.errors import UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import ImageJacobian
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget
from resefa.runtime.progress import Progress
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.matrix_free import least_products
from resefa.solvers.ridge import DEFAULT_TAU, check_tau
from resefa.solvers.solution import QuadraticForm, Solution
from resefa.solvers.woodbury import solve_woodbury

TOLERANCE = 0.01
"""Relative: by how much the matrix-free route may miss the Rayleigh quotients."""


@dataclass(frozen=True, eq=False)
class _Outcome:
    """A solution, how derivatives were taken, and words for its status."""

    solution: Solution
    mode: str
    why: str = ""


@dataclass(frozen=True, eq=False)
class RegionContrast:
    """The finder. ``solver="auto"`` chooses from the sizes (see ``route.py``) and the result's status says what and why.

    Attributes:
        space, layers: which edit is optimised, the one that will be applied; default: the code's own space, whole.
        tau: the ridge as a fraction of trace(B).
        solver: ``cholesky`` or ``woodbury`` from the whole Jacobian, ``matrix-free`` from products alone,
            ``prepared`` from products that serve every further region of the image too, or ``auto``.
        analysis_resolution: longer side of the image that is analysed.
        intermediate: analyse the generator's own image at the analysis resolution (``skip`` generators), which is cheaper than
            the area average of its last one.
        memory: budget in bytes; None: half of what is free. A whole Jacobian that does not fit is not kept, unless the cache has
            a folder: ``cholesky`` then sums its Gram matrices in more products (``operators/streaming_plan.py``).
        cache: keeps Jacobians; None: for the life of the process.
        progress: called with what is done and what there is to do.
        stored: precision in which a whole Jacobian is kept, None: the generator's; float16 takes half the room.
        announce: told in a sentence what it will take, before it starts.
        tolerance, products: of the solver matrix-free: relative gap of the quotients, by default TOLERANCE, and the most products
            to spend.
    """

    space: str | None = None
    layers: str | None = None
    tau: float = DEFAULT_TAU
    solver: str = "auto"
    analysis_resolution: int | tuple[int, int] | None = None
    intermediate: bool = False
    memory: int | None = None
    cache: JacobianCache | None = None
    progress: Progress | None = None
    tolerance: float | None = None
    products: int | None = None
    stored: torch.dtype | None = None
    announce: Announce | None = None
    name: str = "region-contrast"

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """The k best directions of the region on the images of these codes."""
        check_tau(self.tau)
        task = Task.of(
            generator,
            code,
            region,
            k=k,
            space=self.space,
            layers=self.layers,
            analysis_resolution=self.analysis_resolution,
        )
        generator, motion, size, coarse = task.generator, task.motion, task.size, task.coarse
        if self.intermediate and size == generator.resolution:
            raise UsageError(
                f"intermediate=True (--intermediate) needs an analysis_resolution below the image's {size[0]} x {size[1]}: without "
                "it nothing changes, so leave it out."
            )
        # The region, the result and its edits stay the whole generator's: only derivatives are the view's.
        source = generator.at_resolution(size[0]) if self.intermediate else generator
        channels, n = generator.channels, motion.dimensions
        route = choose(
            self.solver, n=n, protected=int(coarse.protect.count_nonzero()) * channels * len(task.code),
            needed=channels * size[0] * size[1] * n * (self.stored or generator.dtype).itemsize,
            budget=memory_budget(self.memory, generator.device), tau=self.tau,
            products=None if self.products is None else self.products // len(task.code), least=least_products(k),
        )  # fmt: skip
        satisfied = self._unused(route, generator.dtype)
        if route.solver == MATRIX_FREE:
            outcome = _Outcome(*matrix_free_solution(
                task, source, k=k, tau=self.tau, tolerance=self.tolerance or TOLERANCE,
                products=self.products, memory=self.memory, cache=self.cache, progress=self.progress, announce=self.announce,
            ))  # fmt: skip
        elif route.solver == PREPARED:
            outcome = _Outcome(*prepared_solution(
                task, source, k=k, tau=self.tau, memory=self.memory, cache=self.cache,
                progress=self.progress, announce=self.announce,
            ))  # fmt: skip
        else:
            outcome = self._dense(task, source, k, route.solver == WOODBURY)
        solution, certificate, mode = outcome.solution, outcome.solution.certificate, outcome.mode
        status = "; ".join(text for text in (certificate.sentence(), route.why, satisfied, outcome.why) if text)
        return task.directions(
            solution.vectors,
            method=self.name,
            status=status,
            eigenvalues=solution.eigenvalues,
            residuals=torch.tensor(certificate.residuals, dtype=torch.float64),
            inside_rate=solution.inside_rate,
            outside_rate=solution.outside_rate,
            coarsened="as the generator's own intermediate image" if self.intermediate else "by area averaging",
            tau=self.tau,
            ridge=certificate.ridge,
            rank=certificate.rank,
            solver=certificate.solver,
            jacobian=mode,
        )

    def reason_not(self, generator: Generator) -> str | None:
        """It applies to every generator."""
        return None

    def _unused(self, route: Route, source_dtype: torch.dtype) -> str:
        """Refuse options that the chosen solver has no use for; in words, those that it satisfies in any case.

        Raises:
            UsageError: an option would have no effect.
        """
        if route.solver in (MATRIX_FREE, PREPARED) and self.stored is not None:
            raise UsageError(
                f"stored={str(self.stored)[6:]} (--stored) is the precision of a whole Jacobian, but the solver {route.solver} stores "
                "none: leave it out, or choose solver='cholesky'."
            )
        if self.stored is not None and self.stored.itemsize > source_dtype.itemsize:
            raise UsageError(
                f"stored={str(self.stored)[6:]} (--stored) is wider than the {str(source_dtype)[6:]} of the derivatives, so it adds no "
                "precision: leave it out."
            )
        given = [name for name in ("tolerance", "products") if getattr(self, name) is not None]
        if route.solver == MATRIX_FREE or not given:
            return ""
        if self.solver != AUTO:
            raise UsageError(
                f"{given[0]} (--{given[0]}) belongs to the solver matrix-free; the solver {route.solver} does not use it: leave it out."
            )
        return "solved exactly, so within any tolerance" if self.tolerance is not None else ""

    def _dense(self, task: Task, source: Generator, k: int, woodbury: bool) -> _Outcome:
        """The eigenproblem of the summed Gram matrices."""
        parts = (task.coarse.edit, task.coarse.protect)
        factors: list[list[Tensor]] = [[], []]

        def keep_rows(jacobian: ImageJacobian) -> None:
            for rows, part in zip(factors, parts, strict=True):
                rows.append(jacobian.rows(part) / (len(task.code) * source.channels * float(part.sum())) ** 0.5)

        sums = grams_of(
            task, parts, memory=self.memory, cache=self.cache, progress=self.progress, source=source,
            each=keep_rows if woodbury else None, stored=self.stored, announce=self.announce, exact=self.tau == 0,
        )  # fmt: skip
        a, b = sums.grams
        if woodbury:
            solution = solve_woodbury(*(torch.cat(rows) for rows in factors), k=k, tau=self.tau)
            inside, outside = (QuadraticForm.of(gram.mean.cpu()).rates(solution.vectors) for gram in (a, b))
            solution = replace(solution, inside_rate=inside, outside_rate=outside)
        else:
            solution = solve_cholesky(a.mean, b.mean, k=k, tau=self.tau)
        return _Outcome(solution, sums.mode, sums.why)
