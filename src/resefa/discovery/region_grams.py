"""Gram matrices of a region, summed over the images of many codes, in one call or in several processes whose sums are added.

``A`` and ``B`` of equation 7 over many codes are sums over their images, so parts of the work merge by ``+``: each process takes
some of the seeds and saves its sums, and whoever adds the files solves. Nothing of the images' Jacobians is stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from resefa.area_average import analysis_size
from resefa.directions.directions import Directions
from resefa.discovery.arguments import checked_options
from resefa.discovery.edited_images import EditedImages
from resefa.discovery.gram_sums import GramSums
from resefa.discovery.objectives.objective import Objective
from resefa.discovery.objectives.vary_hold import VaryHold, terms_of, vary_hold
from resefa.discovery.problem import EditSpace, RegionProblem, Weighting
from resefa.discovery.solve import solved_sums
from resefa.errors import ResefaError, SolverError, UsageError
from resefa.generators.completed import as_generator
from resefa.generators.image_regions import fingerprint_of
from resefa.generators.protocol import Generator
from resefa.jacobian.gram_matrices import Gram
from resefa.latents.code import LatentCode
from resefa.latents.seeds import standard_normal
from resefa.regions.as_region import RegionLike, as_region
from resefa.runtime.image_probe import Probe, probe_of
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.progress import Progress
from resefa.runtime.sealed_file import read_sealed, values_of, write_sealed
from resefa.runtime.session import Announce, Session
from resefa.solvers.ridge import DEFAULT_TAU

_KIND = "resefa region grams"
_PROBED = 64
"""Longer side, in pixels, of the probe image that detects sums of a different generator."""


class _Facts(msgspec.Struct, frozen=True):
    """The facts that must agree before two sums can be added."""

    generator: str
    conditions: tuple[float, int | None, int | None, str]
    region: tuple[str, str | None, str | None]
    region_pixels: str
    """The fingerprint of the region's weights, which changes with the content of a mask or the place of a preset; of a region that
    follows the image that of the segmenter."""
    space: str
    layers: str | None
    code_space: str
    analysis_resolution: tuple[int, int]
    objective: str = "pixels"
    weighting: Weighting = "plain"
    """Of the images in the sums; version 0.3 and earlier had plain sums alone."""
    vary: tuple[str, ...] | None = None
    hold: tuple[str, ...] | None = None

    @classmethod
    def of(cls, problem: RegionProblem) -> _Facts:
        region, conditions = problem.region, problem.generator.conditions
        return cls(
            problem.generator.fingerprint,
            (float(conditions.truncation), conditions.cutoff, conditions.label, str(conditions.noise)),
            (region.text, region.protect_text, region.ignore_text),
            fingerprint_of(problem.generator, region),
            problem.motion.space, problem.motion.layers, problem.code.space, problem.size, weighting=problem.edit.weighting, **terms_of(problem.objective),
        )  # fmt: skip

    def differences(self, other: _Facts) -> list[str]:
        """Names of the fields that differ."""
        names = self.__struct_fields__
        return [name.replace("_", " ") for name in names if getattr(self, name) != getattr(other, name)]


class _Contents(msgspec.Struct):
    """The metadata of a file of sums."""

    facts: _Facts
    mode: str
    why: str
    exact: bool
    seeds: tuple[int, ...] | None
    weights: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class RegionGrams:
    """Both Gram matrices of a region, summed over the images of some codes.

    The matrices of each of several images are divided by their traces before they are added, unless ``weighting`` is ``"plain"``.

    Attributes:
        problem: the question, with all codes; its edit and region are those of the directions.
        sums: the two sums, wanted and unwanted, and how they were made.
        probe: tells the generator from another, whatever in it differs.
    """

    problem: RegionProblem
    sums: GramSums
    probe: Probe

    def __repr__(self) -> str:
        problem, images = self.problem, len(self.problem.code)
        count = f"{images} {'image' if images == 1 else 'images'}"
        return f"RegionGrams({problem.region.label}, {count} of {problem.generator.name})"

    @property
    def edit(self) -> Gram:
        """The Gram matrix summed over the values inside the region."""
        return self.sums.grams[0]

    @property
    def protect(self) -> Gram:
        """The Gram matrix summed over the protected values outside the region."""
        return self.sums.grams[1]

    @classmethod
    def of(
        cls,
        generator: Generator,
        code: LatentCode | Tensor,
        region: RegionLike,
        *,
        space: str | None = None,
        layers: str | None = None,
        analysis_resolution: int | tuple[int, int] | None = None,
        objective: Objective | VaryHold | str = "pixels",
        weighting: Weighting = "normalised",
        memory: int | str | None = None,
        cache: JacobianCache | str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
        stored: torch.dtype | str | None = None,
        announce: Announce | None = None,
        session: Session | None = None,
        exact: bool = False,
    ) -> RegionGrams:
        """Gram matrices summed over the images of these codes; the options are those of ``resefa.discover``.

        Args:
            session: in place of ``memory``, ``cache``, ``progress``, ``stored`` and ``announce``.
            exact: never by VJPs where Jacobians do not fit the memory, as ``directions`` with tau = 0 needs.
        """
        given = checked_options({"space": space, "layers": layers, "analysis_resolution": analysis_resolution})
        edit = EditSpace(**given, objective=objective, weighting=weighting)
        work = session or Session(memory=memory, cache=cache, stored=stored, progress=progress, announce=announce)
        return cls.of_problem(RegionProblem(generator, code, region, edit, work), exact=exact)

    @classmethod
    def of_problem(cls, problem: RegionProblem, *, exact: bool = False) -> RegionGrams:
        """Gram matrices of the region problem, summed over its images."""
        return cls(problem, problem.gram_sums(exact), _probe(problem))

    def __add__(self, other: RegionGrams) -> RegionGrams:
        """Gram matrices summed over the codes of both operands.

        Raises:
            UsageError: they are of another generator, region, edit or analysis.
        """
        differ = _Facts.of(self.problem).differences(_Facts.of(other.problem))
        if not differ and not self.probe.agrees(other.probe):
            differ = ["the generator's images"]
        if differ:
            raise UsageError(
                f"These Gram matrices cannot be added, because they differ in {' and '.join(differ)}; add only sums for the same generator, region and edit."
            )
        one, two = self.problem.code, other.problem.code
        seeds = None if one.seeds is None or two.seeds is None else (*one.seeds, *two.seeds)
        code = replace(one, values=torch.cat([one.values, two.values]), seeds=seeds)
        return RegionGrams(self.problem.with_codes(code), self._weighted() + other._weighted(), self.probe)

    def _weighted(self) -> GramSums:
        """The sums for addition: those of a single image are normalised when others join."""
        alone = len(self.problem.code) == 1 and self.problem.edit.weighting == "normalised"
        return self.sums.scaled() if alone else self.sums

    def directions(self, *, k: int = 8, tau: float = DEFAULT_TAU) -> Directions:
        """The k best directions over all images (equations 8 to 10).

        Raises:
            UsageError: k below 1, or no ridge where VJPs rounded the sums.
        """
        k, given = self.problem.checked_k(k), checked_options({"tau": tau})
        if given["tau"] == 0 and not self.sums.exact:
            raise UsageError(
                "tau is 0, but these Gram matrices were rounded by VJPs; give tau above 0, for example 1e-3, or compute them with exact=True."
            )
        return solved_sums(self.problem, self.sums, given["tau"], k).directions(self.problem, k)

    def save(self, path: str | Path) -> None:
        """Write a safetensors file with the sums, the codes, and the facts that identify generator, region and edit.

        Raises:
            OutputError: it cannot be written.
        """
        sums, code = self.sums, self.problem.code
        weights = (self.edit.weight, self.protect.weight)
        contents = _Contents(_Facts.of(self.problem), sums.mode, sums.note, sums.exact, code.seeds, weights)
        tensors = {"edit": self.edit.total, "protect": self.protect.total, "codes": code.values}
        write_sealed(path, _KIND, tensors, msgspec.to_builtins(contents), self.probe, rescue=True)

    @classmethod
    def load(cls, path: str | Path, generator: Generator, region: RegionLike) -> RegionGrams:
        """Read sums that ``save`` wrote for this generator and region; no code in the file runs.

        Raises:
            SolverError: it is missing, damaged, something else, or of another generator or region.
        """
        if (found := read_sealed(path, _KIND)) is None:
            raise SolverError(
                f"{path} was not written by RegionGrams.save in this version, or is damaged; compute and save the sums again."
            )
        tensors, text, probe = found
        generator = as_generator(generator)
        where = as_region(region, generator.presets, generator.resolution)
        try:
            contents = msgspec.json.decode(text, type=_Contents)
            facts = contents.facts
            code = LatentCode(tensors["codes"], facts.code_space, contents.seeds)
            objective = facts.objective if facts.vary is None else vary_hold(facts.vary, facts.hold)
            edit = EditSpace(
                facts.space, facts.layers, facts.analysis_resolution, objective=objective, weighting=facts.weighting
            )
            problem = RegionProblem(generator, code, where, edit)
            n = problem.dimensions
            sums = [tensors[name] for name in ("edit", "protect")]
        except (msgspec.MsgspecError, RecursionError, KeyError) as error:
            raise SolverError(
                f"{path} is damaged; compute the sums again and write them with RegionGrams.save."
            ) from error
        except ResefaError as error:  # a space, layers or a resolution that this generator does not have
            raise SolverError(_made_for_another(path, error.message.marked)) from error
        differ = _Facts.of(problem).differences(facts)
        if not differ and not _probe(problem).agrees(probe):
            differ = ["the generator's images"]
        if differ:
            raise SolverError(_made_for_another(path, f"these differ: {', '.join(differ)}"))
        if not all(values_of(total, (n, n), torch.float64) for total in sums) or min(contents.weights) < 0:
            raise SolverError(
                f"{path} does not hold Gram matrices over {n} dimensions; compute the sums again and write them with RegionGrams.save."
            )
        grams = [Gram(total, weight) for total, weight in zip(sums, contents.weights, strict=True)]
        return cls(problem, GramSums(grams, contents.mode, contents.why, contents.exact), probe)


def _made_for_another(path: str | Path, reason: str) -> str:
    return f"{path} was made with a different generator or region ({reason.rstrip('.')}); give the generator and region of the file."


def _probe(problem: RegionProblem) -> Probe:
    """The image of a fixed latent code, which identifies the generator in every process."""
    generator = problem.generator
    values, _ = standard_normal(0, generator.spaces[problem.code.space].dimensions)
    size = analysis_size(generator.resolution, min(_PROBED, max(generator.resolution)))
    code = LatentCode(values, problem.code.space)
    return probe_of(*EditedImages(generator, code, problem.motion, size).function())


def summed(parts: Iterable[RegionGrams]) -> RegionGrams:
    """The sum of all parts."""
    return reduce(RegionGrams.__add__, parts)
