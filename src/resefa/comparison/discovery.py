"""The directions of a comparison: per-image, or found on discovery images and transferred; each with its price."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeVar

from torch import Tensor

from resefa.comparison.experiment import Experiment, Method, file_part
from resefa.comparison.methods import GivenDirections, check_regions, finder_of
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Direction, Directions
from resefa.errors import DirectionsError, LatentError, SolverError, UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import ImageJacobian
from resefa.latents.code import LatentCode
from resefa.methods.method import Finder
from resefa.methods.registry import DEFAULT
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache, JacobianForm
from resefa.runtime.jacobian_file import ColumnFile

FAILURES = (SolverError, DirectionsError)
"""What a method may say of one image or region without the comparison being at an end: counted, and shown."""


@dataclass(frozen=True, eq=False)
class Found:
    """One direction (as a set of one), what it cost, and its rank among those that were tried."""

    directions: Directions
    index: int
    cost: Cost
    candidates: int

    @property
    def direction(self) -> Direction:
        return self.directions[0]

    def facts(self) -> dict[str, Any]:
        """For the results file."""
        direction = self.direction
        return {
            "seconds": self.cost.total,
            "jacobian_seconds": self.cost.jacobian,
            "index": self.index,
            "candidates": self.candidates,
            "eigenvalue": direction.eigenvalue,
            "space": direction.provenance.space,
            "status": direction.provenance.status,
        }


class Discoverer:
    """Finds directions for an experiment; those that are carried over are files in the folder ``directions``.

    Attributes:
        regions: name -> Region.
        weights: name -> its weights on the generator's images.
        inapplicable: method -> why it cannot be used on this generator.
    """

    def __init__(
        self, generator: Generator, experiment: Experiment, folder: FilePath, given: Sequence[GivenDirections] = ()
    ) -> None:
        self.generator, self.experiment, self.folder = generator, experiment, folder
        self.given = {one.name: one for one in given}
        self.regions = {name: Region.parse(name, generator.presets) for name in experiment.regions}
        self.weights: Mapping[str, RegionWeights] = {
            name: region.weights(*generator.resolution) for name, region in self.regions.items()
        }
        self.inapplicable: dict[str, str] = {}
        for method in experiment.methods:
            reason = self._finder(method, TimedCache()).reason_not(generator)
            if reason:
                self.inapplicable[method.name] = reason
        self._methods = {one.name: one for one in experiment.methods if one.name not in self.inapplicable}
        if not self._methods:
            reasons = " ".join(f"{name}: {reason.rstrip('.')}." for name, reason in self.inapplicable.items())
            raise UsageError(f"None of the methods applies to {experiment.model}. {reasons}")
        for one in given:
            check_regions(one, experiment)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Those that apply, in the experiment's order."""
        return tuple(self._methods.values())

    def searches(self, region: str, name: str) -> bool:
        """Whether the method has directions for the region: those that were brought may be for another one."""
        given = self.given.get(name)
        return given is None or given.meant_for(region, self.experiment.regions[region])

    def own(self, code: LatentCode, region: str, name: str, cache: TimedCache) -> Found:
        """On the image of ``code`` itself.

        Raises:
            SolverError, DirectionsError: it finds none there.
        """
        return self._found(code, region, self._methods[name], cache)

    def carried(self, region: str, name: str) -> Found:
        """On the discovery images; written to its file.

        Raises:
            SolverError, DirectionsError: it finds none there.
        """
        code = self.generator.sample(self.experiment.discovery_seeds)
        found = self._found(code, region, self._methods[name], TimedCache())
        found.directions.save(self._file(region, name))
        return found

    def kept(self) -> dict[tuple[str, str], Direction]:
        """(region, method) -> the direction that is carried over, of those that found one."""
        paths = {(region, name): self._file(region, name) for region in self.regions for name in self._methods}
        return {key: Directions.load(path)[0] for key, path in paths.items() if path.exists()}

    def _file(self, region: str, name: str) -> FilePath:
        place = list(self.experiment.regions).index(region)
        return self.folder / "directions" / f"{place}-{file_part(region)}-{file_part(name)}.safetensors"

    def _finder(self, method: Method, cache: TimedCache, seed: int = 0) -> Finder:
        if method.name in self.given:
            return self.given[method.name]
        return finder_of(
            method, self.generator, seed=seed, space=self.experiment.space, layers=self.experiment.layers, cache=cache
        )  # fmt: skip

    def _found(self, code: LatentCode, region: str, method: Method, cache: TimedCache) -> Found:
        finder = self._finder(method, cache, code.seeds[0] if code.seeds else 0)
        try:
            directions, cost = cache.timed(
                lambda: finder.find(self.generator, code, self.regions[region], k=method.candidates)
            )
        except (UsageError, LatentError) as error:
            # A space or layers that one of the peers does not know are its failure; what ours refuses is the person's to mend.
            if method.name == DEFAULT:
                raise
            raise DirectionsError(str(error)) from error
        best = 0 if len(directions) == 1 else self._least_outside(code, region, directions)
        return Found(directions.chosen([best]), best, cost, len(directions))

    def _least_outside(self, code: LatentCode, region: str, directions: Directions) -> int:
        """Which changes least outside at the reference level, both signs, mean over the images."""
        total = [0.0] * len(directions)
        for one in code:
            paths = [Path(direction, self.weights[region], sign) for direction in directions for sign in (1, -1)]
            steps = Paths(self.generator, one, paths).matched([self.experiment.reference])
            for i in range(len(directions)):
                # A direction that does not reach the change is no candidate.
                for (step,) in steps[2 * i : 2 * i + 2]:
                    total[i] += step.outside if step.attained else 4.0
        return min(range(len(total)), key=total.__getitem__)


T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Seconds of one discovery: of the Jacobians that it used, whoever paid for them, and of all the rest."""

    jacobian: float
    rest: float

    @property
    def total(self) -> float:
        return self.jacobian + self.rest


class TimedCache(JacobianCache):
    """Every finder that uses a Jacobian is charged its whole price, the first as well as those who find it kept.

    The Gram matrices of tiles, which all finders share, are taken at once and count as part of the Jacobian.
    """

    def __init__(self, capacity: int = 2**30) -> None:
        super().__init__(capacity)
        self._prices: dict[str, float] = {}
        self._used: set[str] = set()
        self._spent = 0.0

    def get(
        self,
        key: ImageKey,
        wanted: JacobianForm,
        compute: Callable[[ColumnFile | None], T | None],
        build: Callable[[Tensor, tuple[int, int, int], str], T],
        waiting: Callable[[], None] | None = None,
    ) -> T:
        def timed(file: ColumnFile | None) -> T | None:
            start = time.perf_counter()
            found = compute(file)
            if isinstance(found, ImageJacobian):
                _ = found.whole
            self._prices[key.name] = time.perf_counter() - start
            self._spent += self._prices[key.name]
            return found

        found = super().get(key, wanted, timed, build, waiting)
        self._used.add(key.name)
        return found

    def timed(self, work: Callable[[], T]) -> tuple[T, Cost]:
        """The result of ``work`` and what it cost."""
        self._used, self._spent = set(), 0.0
        start = time.perf_counter()
        found = work()
        rest = time.perf_counter() - start - self._spent
        return found, Cost(sum(self._prices.get(key, 0.0) for key in self._used), rest)
