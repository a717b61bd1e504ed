"""How much the directions depend on how the region was drawn: how far they turn, and how much more changes outside.

The paper claims that a rough box does. Each method, with some values of its own parameters, gets the region as given and then moved, grown
and shrunk. Both directions are judged by the true region: the exact mask where one is given, else the region as given.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from resefa.comparison.discovery import FAILURES, Discoverer, TimedCache
from resefa.comparison.experiment import Experiment, Method
from resefa.comparison.methods import finder_of
from resefa.comparison.records import Record
from resefa.comparison.strength_matching import Path, Paths
from resefa.directions.directions import Directions
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region
from resefa.regions.weights import area_averaged
from resefa.types import PixelWeights

TOP = 3
"""Directions whose span is followed."""
ROUGH, ALONE = "rough as given", {"random": "it does not look at the region"}


@dataclass(frozen=True)
class Plan:
    """For one method: values of its own parameters, on how many images, and how far regions are disturbed."""

    values: tuple[Mapping[str, Any], ...] = ({},)
    images: int = 4
    amounts: tuple[float, ...] = (0.15, 0.3)


PLANS = {
    "region-contrast": Plan(({"tau": 1e-4}, {"tau": 1e-3}, {"tau": 1e-2}), images=8),
    # Seconds each, so the largest disturbance on few images; lambda in units of its usual 1 / sqrt(n).
    "low-rank": Plan(({}, {"lambda": 2.0}, {"relaxation": 10}), images=2, amounts=(0.3,)),
}


class Robustness:
    """The blocks ``robust:...`` of a results file.

    Args:
        exact: region -> its exact mask, where there is one.
    """

    def __init__(
        self,
        generator: Generator,
        experiment: Experiment,
        discoverer: Discoverer,
        exact: Mapping[str, Region],
    ) -> None:
        self.generator, self.experiment, self.discoverer = generator, experiment, discoverer
        self.exact = exact

    def blocks(self) -> dict[str, Callable[[], list[Record]]]:
        """One per region, method, value and image."""
        found: dict[str, Callable[[], list[Record]]] = {}
        for region in self.experiment.regions:
            mark = f":{self.exact[region].text}" if region in self.exact else ""
            for method in self.discoverer.methods:
                if method.name in ALONE or method.name in self.discoverer.given:
                    continue
                plan = PLANS.get(method.name, Plan())
                for value in plan.values:
                    for seed in self.experiment.held_out_seeds[: plan.images]:
                        name = f"robust:{region}{mark}:{method.name}:{json.dumps(value)}:{seed}"
                        found[name] = lambda r=region, m=method, p=plan, v=value, s=seed: list(
                            self._image(r, m, p, v, s)
                        )
        return found

    def _image(self, name: str, method: Method, plan: Plan, value: Mapping[str, Any], seed: int) -> Iterator[Record]:
        code = self.generator.sample(seed)
        given = self.discoverer.regions[name]
        true = self.exact.get(name, given)
        weights = true.weights(*self.generator.resolution)
        cache = TimedCache()
        about = {"kind": "robust", "region": name, "method": method.name, "value": dict(value), "image": seed}

        def find(region: Region) -> Directions:
            finder = finder_of(
                self._with(method, value, code), self.generator, seed=seed, space=self.experiment.space,
                layers=self.experiment.layers, cache=cache,
            )  # fmt: skip
            return finder.find(self.generator, code, region, k=TOP)

        regions = {(ROUGH, 0.0): given} if name in self.exact else {}
        for each in disturbances(plan.amounts):
            regions[each.name, each.amount] = disturbed(given, each, *self.generator.resolution)
        try:
            base = find(true)
        except FAILURES as error:
            yield {**about, "variant": None, "amount": None, "reason": str(error)}
            return
        found: dict[tuple[str, float], Directions] = {}
        for key, region in regions.items():
            try:
                found[key] = find(region)
            except FAILURES as error:
                yield {**about, "variant": key[0], "amount": key[1], "reason": str(error)}
        every = [base, *found.values()]
        paths = [Path(directions[0], weights, sign) for directions in every for sign in (1, -1)]
        steps = Paths(self.generator, code, paths).matched([self.experiment.reference])
        outside = [float(np.mean([step.outside for (step,) in steps[2 * i : 2 * i + 2]])) for i in range(len(every))]
        attained = [all(step.attained for (step,) in steps[2 * i : 2 * i + 2]) for i in range(len(every))]
        for i, ((variant, amount), directions) in enumerate(found.items(), 1):
            angles = principal_angles(base.vectors[:TOP], directions.vectors[:TOP])
            yield {
                **about, "variant": variant, "amount": amount,
                "angle": float(principal_angles(base.vectors[:1], directions.vectors[:1])[0]),
                "principal": angles.tolist(), "outside": outside[i], "base_outside": outside[0],
                "attained": attained[i] and attained[0],
            }  # fmt: skip

    def _with(self, method: Method, value: Mapping[str, Any], code: LatentCode) -> Method:
        options = {**method.options, **value}
        if "lambda" in options:
            n = self.generator.motion(
                self.experiment.space or code.space, self.experiment.layers, code.space
            ).dimensions
            options["sparsity"] = options.pop("lambda") / n**0.5
        return Method(method.name, options)


def principal_angles(a: torch.Tensor, b: torch.Tensor) -> np.ndarray:
    """Angles in degrees, the least first, between the spans of rows (j, n) and (k, n): as many as the smaller span has.

    Bjorck and Golub, "Numerical methods for computing angles between linear subspaces" (1973): arccosines of the singular values; small
    ones by the sine, which keeps them exact.
    """
    q1, q2 = (torch.linalg.qr(rows.double().T).Q for rows in (a, b))
    if q1.shape[1] > q2.shape[1]:
        q1, q2 = q2, q1
    cosines = torch.linalg.svdvals(q2.T @ q1).clamp(0, 1)
    sines = torch.linalg.svdvals(q1 - q2 @ (q2.T @ q1)).clamp(0, 1).flip(0)
    return torch.where(cosines**2 < 0.5, cosines.acos(), sines.asin()).rad2deg().numpy()


_FINE = 8
"""Sub-pixels per pixel and axis, so that a shift by part of a pixel is one."""


@dataclass(frozen=True)
class Disturbance:
    """``rows`` and ``columns``: shift in heights and widths of the region; ``scale``: of both sides, about its middle."""

    name: str
    amount: float
    rows: float = 0.0
    columns: float = 0.0
    scale: float = 1.0

    def of(self, weights: PixelWeights) -> PixelWeights:
        """(h, w) weights disturbed; what leaves the image is lost."""
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
        return area_averaged(torch.from_numpy(found), height, width)


def disturbances(amounts: tuple[float, ...]) -> Iterator[Disturbance]:
    """Moved to four sides, grown, and shrunk, by each of the amounts."""
    for amount in amounts:
        yield Disturbance("moved up", amount, rows=-amount)
        yield Disturbance("moved down", amount, rows=amount)
        yield Disturbance("moved left", amount, columns=-amount)
        yield Disturbance("moved right", amount, columns=amount)
        yield Disturbance("grown", amount, scale=1 + amount)
        yield Disturbance("shrunk", amount, scale=1 - amount)


def disturbed(region: Region, disturbance: Disturbance, height: int, width: int) -> Region:
    """The region disturbed on images of this size; what it protects or ignores by name stays where it is."""
    weights = disturbance.of(region.weights(height, width).edit)
    mask = Region.mask(weights.float().numpy())
    return Region(mask.edited, region.protected, region.ignored)
