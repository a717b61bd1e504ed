"""The sums that several images' directions need, made in one call or in many processes and added up.

``A`` and ``B`` of equation 7 over many codes are sums over their images, so parts of the work merge by ``+``: each process takes
some of the seeds and saves its sums, and whoever adds the files solves. Nothing of the images' Jacobians is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from resefa.directions.directions import Directions
from resefa.discovery.grams_of import grams_of
from resefa.discovery.jacobian_of import Announce
from resefa.discovery.task import Task
from resefa.errors import SolverError, UsageError
from resefa.files import write_bytes
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.operators.gram import Gram
from resefa.operators.jacobian import Progress
from resefa.operators.jacobian_cache import JacobianCache
from resefa.regions.as_region import RegionLike
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.ridge import DEFAULT_TAU

_KIND = "resefa region grams"


@dataclass(frozen=True, eq=False)
class RegionGrams:
    """Both Gram matrices of a region, summed over the images of some codes.

    Attributes:
        edit, protect: of the region and of what is protected.
        task: whose they are, with all codes; its motion and region are those of the directions.
        mode, why, exact: as in ``GramSums``.
    """

    edit: Gram
    protect: Gram
    task: Task
    mode: str = ""
    why: str = ""
    exact: bool = True

    @classmethod
    def of(
        cls,
        generator: Generator,
        code: LatentCode,
        region: RegionLike,
        *,
        space: str | None = None,
        layers: str | None = None,
        analysis_resolution: int | tuple[int, int] | None = None,
        memory: int | None = None,
        cache: JacobianCache | None = None,
        progress: Progress | None = None,
        stored: torch.dtype | None = None,
        announce: Announce | None = None,
        exact: bool = False,
    ) -> RegionGrams:
        """The sums over these codes; options as those of RegionContrast.

        Args:
            exact: never by reverse products where Jacobians do not fit the memory, as ``directions`` with tau = 0 needs.
        """
        task = _task(generator, code, region, space, layers, analysis_resolution)
        sums = grams_of(
            task, (task.coarse.edit, task.coarse.protect), memory=memory, cache=cache, progress=progress,
            stored=stored, announce=announce, exact=exact,
        )  # fmt: skip
        return cls(*sums.grams, task, sums.mode, sums.why, sums.exact)

    def __add__(self, other: RegionGrams) -> RegionGrams:
        """The sums over the codes of both.

        Raises:
            UsageError: they are of another generator, region, edit or analysis.
        """
        mine, theirs = _facts(self.task), _facts(other.task)
        if mine != theirs:
            differ = [name for name in mine if mine[name] != theirs[name]]
            raise UsageError(
                f"Gram sums that differ in {' and '.join(differ)} came: only those of one generator, region and edit add up."
            )
        one, two = self.task.code, other.task.code
        seeds = None if one.seeds is None or two.seeds is None else (*one.seeds, *two.seeds)
        code = replace(one, values=torch.cat([one.values, two.values]), seeds=seeds)
        return RegionGrams(
            self.edit + other.edit, self.protect + other.protect, replace(self.task, code=code), self.mode or other.mode,
            self.why or other.why, self.exact and other.exact,
        )  # fmt: skip

    def directions(self, *, k: int = 8, tau: float = DEFAULT_TAU) -> Directions:
        """The k best directions of all the images (equations 8 to 10).

        Raises:
            UsageError: k below 1, or no ridge where products rounded the sums.
        """
        if k < 1:
            raise UsageError(f"k = {k} directions were asked for: give 1 or more.")
        if tau == 0 and not self.exact:
            raise UsageError(
                "tau = 0 came for sums that reverse products rounded: give tau > 0, for example 1e-3, or make them with exact=True."
            )
        a, b = (gram.mean.cpu() for gram in (self.edit, self.protect))
        solution = solve_cholesky(a, b, k=k, tau=tau)
        v = solution.vectors
        return self.task.directions(
            v, method="region-contrast", status="; ".join(filter(None, (solution.status, self.why))), eigenvalues=solution.eigenvalues,
            residuals=solution.residuals, inside_rate=((v @ a) * v).sum(1), outside_rate=((v @ b) * v).sum(1).clamp_min(0),
            tau=tau, ridge=solution.ridge, rank=solution.rank, solver=solution.method, jacobian=self.mode,
        )  # fmt: skip

    def save(self, path: str | Path) -> None:
        """A safetensors file with the sums, the codes and what they belong to.

        Raises:
            OutputError: it cannot be written.
        """
        facts = {
            "kind": _KIND, "facts": json.dumps(_facts(self.task)), "mode": self.mode, "why": self.why, "exact": json.dumps(self.exact), "code space": self.task.code.space,
            "seeds": json.dumps(self.task.code.seeds), "weights": json.dumps([self.edit.weight, self.protect.weight]),
        }  # fmt: skip
        tensors = {"edit": self.edit.total, "protect": self.protect.total, "codes": self.task.code.values}
        write_bytes(path, save({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, facts), rescue=True)

    @classmethod
    def load(cls, path: str | Path, generator: Generator, region: RegionLike) -> RegionGrams:
        """What ``save`` wrote for this generator and region; nothing in the file runs.

        Raises:
            SolverError: it is missing, damaged, something else, or of another generator or region.
        """
        try:
            with safe_open(path, framework="pt") as file:
                facts = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in ("edit", "protect", "codes")}
            belongs, weights, seeds = (json.loads(facts[name]) for name in ("facts", "weights", "seeds"))
            kind, mode, space = facts["kind"], facts["mode"], facts["code space"]
            why, exact = facts.get("why", ""), json.loads(facts.get("exact", "true")) is True
            wanted_space, layers, size = belongs["space"], belongs["layers"], tuple(belongs["analysis resolution"])
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
            raise SolverError(f"{path} is no file of RegionGrams.save, or a damaged one: make it anew.") from error
        code = LatentCode(tensors["codes"], space, None if seeds is None else tuple(seeds))
        task = _task(generator, code, region, wanted_space, layers, size)
        n = task.motion.dimensions
        sound = kind == _KIND and all(
            tensors[name].shape == (n, n)
            and tensors[name].dtype == torch.float64
            and bool(torch.isfinite(tensors[name]).all())
            for name in ("edit", "protect")
        )
        found = json.loads(json.dumps(_facts(task)))
        if not sound or found != belongs:
            differ = [name for name in found if found[name] != belongs.get(name)] or ["its sums"]
            raise SolverError(
                f"{path} belongs to other work ({', '.join(differ)} differ): give the generator and region that it was made with."
            )
        edit, protect = (Gram(tensors[name], float(weights[i])) for i, name in enumerate(("edit", "protect")))
        return cls(edit, protect, task, mode, why, exact)


def summed(parts: list[RegionGrams]) -> RegionGrams:
    """All of them added up."""
    return reduce(RegionGrams.__add__, parts)


def _task(
    generator: Generator,
    code: LatentCode,
    region: RegionLike,
    space: str | None,
    layers: str | None,
    analysis_resolution: int | tuple[int, int] | None,
) -> Task:
    return Task.of(
        generator, code, region, k=1, space=space, layers=layers, analysis_resolution=analysis_resolution
    )  # fmt: skip


def _facts(task: Task) -> dict[str, object]:
    """What sums must have in common, in words."""
    region = task.region
    conditions = task.generator.conditions
    return {
        "generator": task.generator.fingerprint,
        "conditions": [conditions.truncation, conditions.cutoff, conditions.label, str(conditions.noise)],
        "region": [region.text, region.protect_text, region.ignore_text],
        "space": task.motion.space,
        "layers": task.motion.layers,
        "code space": task.code.space,
        "analysis resolution": list(task.size),
    }
