"""The sums that several images' directions need, made in one call or in many processes and added up.

``A`` and ``B`` of equation 7 over many codes are sums over their images, so parts of the work merge by ``+``: each process takes
some of the seeds and saves its sums, and whoever adds the files solves. Nothing of the images' Jacobians is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import msgspec
import torch

from resefa.area_average import analysis_size
from resefa.directions.directions import Directions
from resefa.discovery.arguments import CHECKS, checked_options, whole_number
from resefa.discovery.grams_of import grams_of
from resefa.discovery.jacobian_of import Announce, image_function
from resefa.discovery.problem import Task
from resefa.errors import ResefaError, SolverError, UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.gram import Gram
from resefa.latents.code import LatentCode
from resefa.latents.seeds import standard_normal
from resefa.regions.as_region import RegionLike, as_region
from resefa.runtime.image_probe import Probe, probe_of
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.progress import Progress
from resefa.runtime.sealed_file import read_sealed, values_of, write_sealed
from resefa.solvers.cholesky import solve_cholesky
from resefa.solvers.ridge import DEFAULT_TAU

_KIND = "resefa region grams"
_PROBED = 64
"""Longer side of the image that tells the generator of one file from that of another."""


class _Facts(msgspec.Struct, frozen=True):
    """What sums must have in common to add up."""

    generator: str
    conditions: tuple[float, int | None, int | None, str]
    region: tuple[str, str | None, str | None]
    region_pixels: str
    """Fingerprint of the region's weights: a mask painted anew under its old name, or a preset that moved, differs."""
    space: str
    layers: str | None
    code_space: str
    analysis_resolution: tuple[int, int]

    @classmethod
    def of(cls, task: Task) -> _Facts:
        region, conditions = task.region, task.generator.conditions
        return cls(
            task.generator.fingerprint,
            (float(conditions.truncation), conditions.cutoff, conditions.label, str(conditions.noise)),
            (region.text, region.protect_text, region.ignore_text), task.weights.fingerprint,
            task.motion.space, task.motion.layers, task.code.space, task.size,
        )  # fmt: skip

    def differences(self, other: _Facts) -> list[str]:
        """Names of the fields that differ, in words."""
        names = self.__struct_fields__
        return [name.replace("_", " ") for name in names if getattr(self, name) != getattr(other, name)]


class _Contents(msgspec.Struct):
    """What a file says beside its sums."""

    facts: _Facts
    mode: str
    why: str
    exact: bool
    seeds: tuple[int, ...] | None
    weights: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class RegionGrams:
    """Both Gram matrices of a region, summed over the images of some codes.

    Attributes:
        edit, protect: of the region and of what is protected.
        task: whose they are, with all codes; its motion and region are those of the directions.
        mode, why, exact: as in ``GramSums``.
        probe: what tells the generator from another one, whatever in it differs.
    """

    edit: Gram
    protect: Gram
    task: Task
    mode: str = ""
    why: str = ""
    exact: bool = True
    probe: Probe | None = None

    def __repr__(self) -> str:
        task, images = self.task, len(self.task.code)
        return f"RegionGrams({task.region.label}, {images} {'image' if images == 1 else 'images'} of {task.generator.name})"

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
        given = checked_options({
            "space": space, "layers": layers, "analysis_resolution": analysis_resolution, "memory": memory, "cache": cache,
            "stored": stored,
        })  # fmt: skip
        task = _task(generator, code, region, given["space"], given["layers"], given["analysis_resolution"])
        memory, cache, stored = given["memory"], given["cache"], given["stored"]
        sums = grams_of(
            task, (task.coarse.edit, task.coarse.protect), memory=memory, cache=cache, progress=progress,
            stored=stored, announce=announce, exact=exact,
        )  # fmt: skip
        return cls(*sums.grams, task, sums.mode, sums.why, sums.exact, _probe(task))

    def __add__(self, other: RegionGrams) -> RegionGrams:
        """The sums over the codes of both.

        Raises:
            UsageError: they are of another generator, region, edit or analysis.
        """
        differ = _Facts.of(self.task).differences(_Facts.of(other.task))
        if not differ and not _agree(self.probe, other.probe):
            differ = ["the generator's images"]
        if differ:
            raise UsageError(
                f"Gram sums differ in {' and '.join(differ)}: only sums of one generator, region and edit can be added."
            )
        one, two = self.task.code, other.task.code
        seeds = None if one.seeds is None or two.seeds is None else (*one.seeds, *two.seeds)
        code = replace(one, values=torch.cat([one.values, two.values]), seeds=seeds)
        return RegionGrams(
            self.edit + other.edit, self.protect + other.protect, replace(self.task, code=code), self.mode or other.mode,
            self.why or other.why, self.exact and other.exact, self.probe,
        )  # fmt: skip

    def directions(self, *, k: int = 8, tau: float = DEFAULT_TAU) -> Directions:
        """The k best directions of all the images (equations 8 to 10).

        Raises:
            UsageError: k below 1, or no ridge where products rounded the sums.
        """
        k, tau = whole_number("k", k), CHECKS["tau"](tau)
        if tau == 0 and not self.exact:
            raise UsageError(
                "tau = 0 is not possible for sums that VJPs have rounded: give tau > 0, for example 1e-3, or make them with exact=True."
            )
        a, b = (gram.mean.cpu() for gram in (self.edit, self.protect))
        solution = solve_cholesky(a, b, k=k, tau=tau)
        certificate = solution.certificate
        return replace(self.task, k=k).directions(
            solution.vectors, method="region-contrast", status="; ".join(filter(None, (certificate.sentence(), self.why))), eigenvalues=solution.eigenvalues,
            residuals=torch.tensor(certificate.residuals, dtype=torch.float64), inside_rate=solution.inside_rate,
            outside_rate=solution.outside_rate, tau=tau, ridge=certificate.ridge, rank=certificate.rank,
            solver=certificate.solver, jacobian=self.mode,
        )  # fmt: skip

    def save(self, path: str | Path) -> None:
        """A safetensors file with the sums, the codes and what they belong to.

        Raises:
            OutputError: it cannot be written.
        """
        task = self.task
        contents = _Contents(
            _Facts.of(task), self.mode, self.why, self.exact, task.code.seeds, (self.edit.weight, self.protect.weight)
        )  # fmt: skip
        tensors = {"edit": self.edit.total, "protect": self.protect.total, "codes": task.code.values}
        write_sealed(path, _KIND, tensors, msgspec.to_builtins(contents), self.probe or _probe(task), rescue=True)

    @classmethod
    def load(cls, path: str | Path, generator: Generator, region: RegionLike) -> RegionGrams:
        """What ``save`` wrote for this generator and region; nothing in the file runs.

        Raises:
            SolverError: it is missing, damaged, something else, or of another generator or region.
        """
        if (found := read_sealed(path, _KIND)) is None:
            raise SolverError(
                f"{path} is not a file of RegionGrams.save of this version, or is damaged: make it again."
            )
        tensors, text, probe = found
        where = as_region(region, generator.presets, generator.resolution)
        try:
            contents = msgspec.json.decode(text, type=_Contents)
            facts = contents.facts
            code = LatentCode(tensors["codes"], facts.code_space, contents.seeds)
            task = _task(generator, code, where, facts.space, facts.layers, facts.analysis_resolution)
            n = task.motion.dimensions
            sums = [tensors[name] for name in ("edit", "protect")]
        except (msgspec.MsgspecError, RecursionError, KeyError) as error:
            raise SolverError(f"{path} is damaged: make it again with RegionGrams.save.") from error
        except ResefaError as error:  # a space, layers or a resolution that this generator does not have
            raise SolverError(_of_other_work(path, str(error))) from error
        differ = _Facts.of(task).differences(facts)
        if not differ and not _agree(_probe(task), probe):
            differ = ["the generator's images"]
        if differ:
            raise SolverError(_of_other_work(path, f"{', '.join(differ)} differ"))
        if not all(values_of(total, (n, n), torch.float64) for total in sums) or min(contents.weights) < 0:
            raise SolverError(f"{path} holds no sums over {n} dimensions: make it again with RegionGrams.save.")
        edit, protect = (Gram(total, weight) for total, weight in zip(sums, contents.weights, strict=True))
        return cls(edit, protect, task, contents.mode, contents.why, contents.exact, probe)


def _of_other_work(path: str | Path, reason: str) -> str:
    return f"{path} belongs to other work ({reason.rstrip('.')}): give the generator and region that it was made with."


def _agree(one: Probe | None, other: Probe | None) -> bool:
    return one is other or (one is not None and other is not None and one.agrees(other))


def _probe(task: Task) -> Probe:
    """Of one code that is the same in every part of the work."""
    generator = task.generator
    values, _ = standard_normal(0, generator.space(task.code.space).dimensions)
    size = analysis_size(generator.resolution, min(_PROBED, max(generator.resolution)))
    return probe_of(*image_function(generator, LatentCode(values, task.code.space), size, task.motion))


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
