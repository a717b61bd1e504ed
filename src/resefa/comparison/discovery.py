"""Discovery of the per-image and transferred directions of a comparison, with the time of each discovery."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TypeVar

from torch import Tensor

from resefa.comparison.earlier_folders import existing_file
from resefa.comparison.experiment import Experiment, Method, file_part
from resefa.comparison.methods import GivenDirections, ReadyMethod, set_up
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Direction, Directions
from resefa.discovery.problem import EditSpace
from resefa.errors import DirectionsError, LatentError, RegionError, SolverError, UsageError
from resefa.generators.base import BaseGenerator
from resefa.generators.image_regions import check_region, fingerprint_of, weights_on
from resefa.jacobian.dense import ImageJacobian
from resefa.latents.code import LatentCode
from resefa.methods.registry import DEFAULT
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache, JacobianForm, Kept
from resefa.runtime.jacobian_file import ColumnFile
from resefa.runtime.session import Session

FAILURES = (SolverError, DirectionsError, RegionError)
"""Errors of a method on one image or region: they are counted and reported, and the comparison continues."""
UNREACHED = 4.0
"""The change outside assigned to a candidate that does not reach the reference level: the largest possible change."""
T = TypeVar("T")
J = TypeVar("J", bound=Kept)


@dataclass(frozen=True)
class Cost:
    """The time of one discovery in seconds: for the Jacobians that it used, computed or cached, and for the rest."""

    jacobian: float
    rest: float

    @property
    def total(self) -> float:
        return self.jacobian + self.rest


@dataclass(frozen=True, eq=False)
class Discovery:
    """The direction that a method discovered, with its cost and its index among the candidates."""

    directions: Directions
    index: int
    cost: Cost
    candidates: int

    @property
    def direction(self) -> Direction:
        return self.directions[0]

    def record(self) -> dict[str, Any]:
        """The fields of the discovery in the results file."""
        direction = self.direction
        return {
            "seconds": self.cost.total,
            "jacobian_seconds": self.cost.jacobian,
            "index": self.index,
            "candidates": self.candidates,
            "eigenvalue": direction.eigenvalue,
            "space": direction.provenance.space,
            "status": direction.status,
        }


class TimedCache(JacobianCache):
    """A Jacobian cache that charges every method the full time of each Jacobian it uses, whether computed or cached.

    The Gram matrices of tiles, which all methods share, are taken at once and count as part of the Jacobian.
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
        compute: Callable[[ColumnFile | None], J | None],
        build: Callable[[Tensor, tuple[int, int, int], str], J],
        waiting: Callable[[], None] | None = None,
    ) -> J:
        def timed(file: ColumnFile | None) -> J | None:
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

    def taken(self, name: str) -> None:
        """None, because subspaces are not shared: each search is charged for its own products."""

    def put(self, name: str, value: Any) -> None:
        """Store nothing, see ``taken``."""

    def timed(self, work: Callable[[], T]) -> tuple[T, Cost]:
        """Call ``work``, and return its result and its cost."""
        self._used, self._spent = set(), 0.0
        start = time.perf_counter()
        found = work()
        rest = time.perf_counter() - start - self._spent
        return found, Cost(sum(self._prices.get(key, 0.0) for key in self._used), rest)


class Discoverer:
    """Discovery of all directions of an experiment; transferred directions are saved in the folder ``directions``.

    Attributes:
        regions: name -> Region.
        inapplicable: method -> reason why it does not apply to this generator.

    Raises:
        UsageError: no method applies, or directions were given for a region that is not compared.
        RegionError: a region does not fit the images.
    """

    def __init__(
        self, generator: BaseGenerator, experiment: Experiment, folder: FilePath, given: Sequence[GivenDirections] = ()
    ) -> None:
        self.generator, self.experiment, self.folder = generator, experiment, folder
        self.given = {one.name: one for one in given}
        self.regions = {name: Region.parse(name, generator.presets) for name in experiment.regions}
        for region in self.regions.values():
            check_region(generator, region)
        self.inapplicable: dict[str, str] = {}
        for method in experiment.methods:
            reason = self._set_up(method, TimedCache()).reason_not(generator)
            if reason:
                self.inapplicable[method.name] = reason
        self._methods = {one.name: one for one in experiment.methods if one.name not in self.inapplicable}
        if not self._methods:
            reasons = " ".join(f"{name}: {reason.rstrip('.')}." for name, reason in self.inapplicable.items())
            raise UsageError(f"None of the methods applies to {experiment.model}. {reasons}")
        for one in given:
            one.check_regions(experiment)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods that apply, in the experiment's order."""
        return tuple(self._methods.values())

    def covers(self, region: str, name: str) -> bool:
        """Whether the method has directions for the region; a directions file may belong to a different region."""
        given = self.given.get(name)
        return given is None or given.meant_for(region, self.experiment.regions[region])

    def weights(self, region: str, code: LatentCode) -> RegionWeights:
        """The weights of the region on the image of one code.

        Raises:
            RegionError: the image lacks the parts of a region that follows it.
        """
        return weights_on(self.generator, code, self.regions[region])

    def pixels(self) -> dict[str, str]:
        """Region -> fingerprint of its weights; of a region that follows the image that of the segmenter."""
        return {name: fingerprint_of(self.generator, region) for name, region in self.regions.items()}

    def per_image(self, code: LatentCode, region: str, name: str, cache: TimedCache) -> Discovery:
        """The per-image direction, discovered on the image of ``code``.

        Raises:
            SolverError, DirectionsError: the method has no direction there.
        """
        return self._discover(code, region, self._methods[name], cache)

    def transferred(self, region: str, name: str) -> Discovery:
        """The transferred direction, discovered on the discovery images and written to its file.

        Raises:
            SolverError, DirectionsError: the method has no direction there.
        """
        found = self._discover(self.images_of(region), region, self._methods[name], TimedCache())
        found.directions.save(self._file(region, name))
        return found

    def images_of(self, region: str) -> LatentCode:
        """The codes of the discovery images, without images that lack the parts of a region that follows them.

        Raises:
            RegionError: no discovery image has the parts.
        """
        code = self.generator.sample(self.experiment.discovery_seeds)
        if not self.regions[region].follows_image:
            return code
        seeds, refused = list[int](), RegionError("The experiment has no discovery image.")
        for seed in self.experiment.discovery_seeds:
            try:
                self.weights(region, self.generator.sample(seed))
                seeds.append(seed)
            except RegionError as error:
                refused = error
        if not seeds:
            raise refused
        return self.generator.sample(seeds)

    def saved(self) -> dict[tuple[str, str], Direction]:
        """The transferred directions read from their files, by region and method, without those whose discovery failed."""
        keys = [(region, name) for region in self.regions for name in self._methods]
        paths = {key: existing_file(self._file(*key), None, key[1]) for key in keys}
        return {key: Directions.load(path)[0] for key, path in paths.items() if path.exists()}

    def _file(self, region: str, name: str) -> FilePath:
        place = list(self.experiment.regions).index(region)
        return self.folder / "directions" / f"{place}-{file_part(region)}-{file_part(name)}.safetensors"

    def _set_up(self, method: Method, cache: TimedCache, seed: int = 0) -> ReadyMethod | GivenDirections:
        if method.name in self.given:
            return self.given[method.name]
        edit = EditSpace(self.experiment.space, self.experiment.layers)
        return set_up(method, self.generator, seed, edit, Session(cache=cache))

    def _discover(self, code: LatentCode, region: str, method: Method, cache: TimedCache) -> Discovery:
        ready = self._set_up(method, cache, code.seeds[0] if code.seeds else 0)
        try:
            directions, cost = cache.timed(
                lambda: ready.find(self.generator, code, self.regions[region], k=method.candidates)
            )
        except (UsageError, LatentError) as error:
            # A space or layers that another method lacks are a failure of that method; what ours refuses, the user must change.
            if method.name == DEFAULT:
                raise
            raise DirectionsError(error) from error
        best = 0 if len(directions) == 1 else self._most_local(code, region, directions)
        return Discovery(directions.chosen([best]), best, cost, len(directions))

    def _most_local(self, code: LatentCode, region: str, directions: Directions) -> int:
        """The index of the direction with the least change outside at the reference level, as a mean over images and both signs."""
        total = [0.0] * len(directions)
        for one in code:
            weights = self.weights(region, one)
            paths = [Path(direction, weights, sign) for direction in directions for sign in (1, -1)]
            steps = Paths(self.generator, one, paths).matched([self.experiment.reference])
            for i in range(len(directions)):
                for (step,) in steps[2 * i : 2 * i + 2]:
                    total[i] += step.change.outside if step.attained else UNREACHED
        return min(range(len(total)), key=total.__getitem__)
