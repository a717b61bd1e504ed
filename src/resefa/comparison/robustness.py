"""Robustness of directions to errors in the region: the rotation of the directions and the growth of the change outside.

The paper claims that a rough box suffices. Each method, with several values of its parameters, gets the region as given and then moved,
grown and shrunk. Both directions are judged by the true region: the exact mask if given, else the region as given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from resefa.area_average import area_average_weights
from resefa.comparison.discovery import FAILURES, Discoverer, TimedCache
from resefa.comparison.experiment import Method
from resefa.comparison.methods import set_up
from resefa.comparison.records import Record
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace
from resefa.generators.image_regions import regions_on
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.runtime.session import Session
from resefa.types import PixelWeights

TOP = 3
"""The number of directions whose span is compared."""
ROUGH = "rough as given"
IGNORES_THE_REGION = frozenset({"random"})
_FINE = 8
"""The number of sub-pixels per pixel and axis, which lets a shift by a fraction of a pixel have an effect."""


@dataclass(frozen=True)
class Variants:
    """The tests of one method: values of its parameters, number of images, and sizes of the disturbances."""

    values: tuple[Mapping[str, Any], ...] = ({},)
    images: int = 4
    amounts: tuple[float, ...] = (0.15, 0.3)


VARIANTS = {
    "resefa": Variants(({"tau": 1e-4}, {"tau": 1e-3}, {"tau": 1e-2}), images=8),
    # Seconds each, so the largest disturbance on few images; lambda in units of its default 1 / sqrt(n).
    "lowrankgan": Variants(({}, {"lambda": 2.0}, {"relaxation": 10}), images=2, amounts=(0.3,)),
}


@dataclass(frozen=True)
class Disturbance:
    """A shift of the region by fractions of its height (``rows``) and width (``columns``), or a scaling about its centre."""

    name: str
    amount: float
    rows: float = 0.0
    columns: float = 0.0
    scale: float = 1.0

    def of(self, weights: PixelWeights) -> PixelWeights:
        """The disturbed weights (h, w), without the part outside the image."""
        height, width = weights.shape
        fine = weights.numpy().repeat(_FINE, 0).repeat(_FINE, 1)
        marked = np.argwhere(fine > 0.5) if (fine > 0.5).any() else np.argwhere(fine > 0)
        first, last = marked.min(0), marked.max(0) + 1
        middle, extent = (first + last) / 2, last - first
        places = []
        for axis, shift in enumerate((self.rows, self.columns)):
            there = np.arange(fine.shape[axis]) + 0.5
            source = (there - middle[axis] - shift * extent[axis]) / self.scale + middle[axis]
            places.append(np.floor(source).astype(int))
        inside = [(place >= 0) & (place < size) for place, size in zip(places, fine.shape, strict=True)]
        found = fine[np.ix_(*(place.clip(0, size - 1) for place, size in zip(places, fine.shape, strict=True)))]
        found = found * inside[0][:, None] * inside[1][None, :]
        return area_average_weights(torch.from_numpy(found), height, width)


def disturbances(amounts: tuple[float, ...]) -> Iterator[Disturbance]:
    """The disturbances: shifts in four directions, growth and shrinkage, each by every amount."""
    for amount in amounts:
        yield Disturbance("moved up", amount, rows=-amount)
        yield Disturbance("moved down", amount, rows=amount)
        yield Disturbance("moved left", amount, columns=-amount)
        yield Disturbance("moved right", amount, columns=amount)
        yield Disturbance("grown", amount, scale=1 + amount)
        yield Disturbance("shrunk", amount, scale=1 - amount)


def disturbed(region: Region, disturbance: Disturbance, height: int, width: int) -> Region:
    """The disturbed region at this image size; the protected and ignored parts do not change."""
    weights = disturbance.of(region.weights(height, width).edit)
    mask = Region.mask(weights.float().numpy())
    return Region(mask.edited, region.protected, region.ignored)


@dataclass(frozen=True)
class _Test:
    """A block of the robustness test: a method with one value of its parameters, on one region of one image."""

    region: str
    method: Method
    value: Mapping[str, Any]
    seed: int
    amounts: tuple[float, ...]


class Robustness:
    """The robustness test, which computes the blocks ``robust:...`` of a results file.

    Args:
        exact: region -> its exact mask, for regions that have one.
    """

    def __init__(self, discoverer: Discoverer, exact: Mapping[str, Region]) -> None:
        self.discoverer, self.exact = discoverer, exact
        self.generator, self.experiment = discoverer.generator, discoverer.experiment

    def blocks(self) -> dict[str, Callable[[], list[Record]]]:
        """The blocks for all regions, methods, parameter values and images, by name."""
        found: dict[str, Callable[[], list[Record]]] = {}
        for region in self.experiment.regions:
            mark = f":{self.exact[region].text}" if region in self.exact else ""
            for method in self.discoverer.methods:
                if method.name in IGNORES_THE_REGION or method.name in self.discoverer.given:
                    continue
                variants = VARIANTS.get(method.name, Variants())
                for value in variants.values:
                    for seed in self.experiment.held_out_seeds[: variants.images]:
                        test = _Test(region, method, value, seed, variants.amounts)
                        name = f"robust:{region}{mark}:{method.name}:{json.dumps(value)}:{seed}"
                        found[name] = lambda test=test: list(self._records(test))
        return found

    def _records(self, test: _Test) -> Iterator[Record]:
        code = self.generator.sample(test.seed)
        about = {
            "kind": "robust", "region": test.region, "method": test.method.name, "value": dict(test.value), "image": test.seed,
        }  # fmt: skip
        cache = TimedCache()
        try:
            given, true = self._regions(test.region, code)
            base = self._discover(test, code, true, cache)
        except FAILURES as error:
            yield {**about, "variant": None, "amount": None, "reason": str(error)}
            return
        regions = {(ROUGH, 0.0): given} if test.region in self.exact else {}
        for each in disturbances(test.amounts):
            regions[each.name, each.amount] = disturbed(given, each, *self.generator.resolution)
        found: dict[tuple[str, float], Directions] = {}
        for key, region in regions.items():
            try:
                found[key] = self._discover(test, code, region, cache)
            except FAILURES as error:
                yield {**about, "variant": key[0], "amount": key[1], "reason": str(error)}
        (base_outside, base_attained), *changes = self._changes(code, true, [base, *found.values()])
        for ((variant, amount), directions), (outside, attained) in zip(found.items(), changes, strict=True):
            angles = principal_angles(base.vectors[:TOP], directions.vectors[:TOP])
            yield {
                **about, "variant": variant, "amount": amount,
                "angle": float(principal_angles(base.vectors[:1], directions.vectors[:1])[0]),
                "principal": angles.tolist(), "outside": outside, "base_outside": base_outside,
                "attained": attained and base_attained,
            }  # fmt: skip

    def _regions(self, name: str, code: LatentCode) -> tuple[Region, Region]:
        """The region as given and the true region, on the image of one code."""
        given = self.discoverer.regions[name]
        (found,), (true,) = (regions_on(self.generator, code, each) for each in (given, self.exact.get(name, given)))
        return found, true

    def _discover(self, test: _Test, code: LatentCode, region: Region, cache: TimedCache) -> Directions:
        experiment = self.experiment
        options = {**test.method.options, **test.value}
        if "lambda" in options:
            motion = self.generator.motion(experiment.space or code.space, experiment.layers, code.space)
            options["sparsity"] = options.pop("lambda") / motion.dimensions**0.5
        method = Method(test.method.name, options)
        edit = EditSpace(experiment.space, experiment.layers)
        ready = set_up(method, self.generator, test.seed, edit, Session(cache=cache))
        return ready.find(self.generator, code, region, k=TOP)

    def _changes(self, code: LatentCode, true: Region, every: list[Directions]) -> list[tuple[float, bool]]:
        """The change outside the true region at the reference level (mean of both signs), and whether both signs reach the level."""
        weights = true.weights(*self.generator.resolution)
        paths = [Path(directions[0], weights, sign) for directions in every for sign in (1, -1)]
        steps = [step for (step,) in Paths(self.generator, code, paths).matched([self.experiment.reference])]
        pairs = [steps[2 * i : 2 * i + 2] for i in range(len(every))]
        return [
            (float(np.mean([step.change.outside for step in pair])), all(step.attained for step in pair))
            for pair in pairs
        ]


def principal_angles(a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    """The min(j, k) principal angles in degrees, smallest first, between the row spans of matrices (j, n) and (k, n).

    Bjorck and Golub, "Numerical methods for computing angles between linear subspaces" (1973): arccosines of the singular values; small
    angles by the sine, which keeps them exact.
    """
    q1, q2 = (torch.linalg.qr(rows.double().T).Q for rows in (a, b))
    if q1.shape[1] > q2.shape[1]:
        q1, q2 = q2, q1
    cosines = torch.linalg.svdvals(q2.T @ q1).clamp(0, 1)
    sines = torch.linalg.svdvals(q1 - q2 @ (q2.T @ q1)).clamp(0, 1).flip(0)
    return torch.where(cosines**2 < 0.5, cosines.acos(), sines.asin()).rad2deg().numpy()
