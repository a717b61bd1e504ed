"""The results of a benchmark in a folder, arranged for tables and figures: the definitions of hit, clean hit and recall."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, median

import numpy as np

from resefa.benchmark.cases import Case
from resefa.benchmark.records import Record, parse_record
from resefa.benchmark.settings import PER_IMAGE, Settings
from resefa.comparison.bootstrap import Estimate, estimate
from resefa.comparison.journal import read_records
from resefa.comparison.run_log import read_runs

SideFigure = Callable[[Record], float | None]
"""A figure of one side of a direction; None if it has none."""


@dataclass(frozen=True)
class Outcome:
    """The changes that the pictures of one side show while they look drawn.

    Attributes:
        hit: rung of the first picture in which an attribute of the part differs from the original; None: no picture.
        clean: whether no other attribute differs in that picture.
        kinds: the kinds of the part that clean pictures show.
        drawn: number of pictures before the first that does not look drawn.
    """

    hit: int | None
    clean: bool
    kinds: frozenset[str]
    drawn: int


def outcome(side: Record, threshold: float) -> Outcome:
    """The outcome of a side; pictures from the first that does not look drawn do not count."""
    hit: int | None = None
    kinds: set[str] = set()
    drawn = 0
    pictures = zip(side["distance"], side["read"], side["own"], side["others"], strict=True)
    for rung, (distance, kind, own, others) in enumerate(pictures):
        if distance > threshold:
            break
        drawn += 1
        hit = rung if own and hit is None else hit
        if kind is not None and kind != side["original"] and not others:
            kinds.add(kind)
    return Outcome(hit, hit is not None and not side["others"][hit], frozenset(kinds), drawn)


def outside_at(side: Record, inside: float) -> float | None:
    """The change outside at a change inside, interpolated on the logarithmic scale; None if the side does not reach it."""
    before: tuple[float, float] | None = None
    for here in zip(side["inside"], side["outside"], strict=True):
        if here[0] >= inside:
            if before is None or before[0] <= 0 or min(before[1], here[1]) <= 0 or here[0] <= before[0]:
                return here[1] * inside / here[0]
            part = math.log(inside / before[0]) / math.log(here[0] / before[0])
            return before[1] * (here[1] / before[1]) ** part
        before = here
    return None


class BenchmarkResults:
    """The results in the folder of a benchmark.

    Attributes:
        folder, settings, records, runs: as read.

    Raises:
        UsageError: the folder holds no results, or damaged ones.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings.load(folder)
        self.records = read_records(folder, parse_record, "benchmark")
        self.runs = read_runs(folder)

    def of(self, kind: str) -> list[Record]:
        """All records of one kind."""
        return [record for record in self.records if record["kind"] == kind]

    @property
    def cases(self) -> tuple[Case, ...]:
        """The measured cases."""
        return self.settings.cases

    @cached_property
    def threshold(self) -> float:
        """The largest distance at which a picture looks drawn."""
        return next((record["threshold"] for record in self.of("look")), math.inf)

    @cached_property
    def images(self) -> list[int]:
        """The seeds of the measured images."""
        return sorted({side["image"] for side in self._sides})

    @cached_property
    def parts(self) -> list[str]:
        """The parts of which edits were measured."""
        found = {side["region"] for side in self._sides}
        return [part for part in self.settings.regions if part in found]

    @cached_property
    def _sides(self) -> list[Record]:
        return self.of("side")

    @cached_property
    def _by_case(self) -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for side in self._sides:
            found[side["setting"], side["case"]].append(side)
        return found

    @cached_property
    def _outcomes(self) -> dict[int, Outcome]:
        return {id(side): outcome(side, self.threshold) for side in self._sides}

    def outcome(self, side: Record) -> Outcome:
        """The outcome of a side."""
        return self._outcomes[id(side)]

    def edits(self, setting: str, case: str, part: str | None = None) -> list[Record]:
        """The sides of the first direction of a case: the edits."""
        sides = self._by_case.get((setting, case), [])
        return [side for side in sides if side["direction"] == 0 and part in (None, side["region"])]

    def rate(self, setting: str, case: str, figure: SideFigure, part: str | None = None) -> Estimate | None:
        """The mean of a figure over edits, with its interval over images; an image's value is the mean of its edits."""
        return _estimated(self._per_image(self.edits(setting, case, part), figure).values(), np.mean)

    def hits(self, setting: str, case: str, part: str | None = None) -> Estimate | None:
        """The fraction of edits that hit."""
        return self.rate(setting, case, lambda side: float(self.outcome(side).hit is not None), part)

    def clean_hits(self, setting: str, case: str, part: str | None = None) -> Estimate | None:
        """The fraction of edits whose hit is clean."""
        return self.rate(setting, case, lambda side: float(self.outcome(side).clean), part)

    def clean_of_hits(self, setting: str, case: str) -> Estimate | None:
        """The fraction of hits that are clean."""

        def clean(side: Record) -> float | None:
            found = self.outcome(side)
            return None if found.hit is None else float(found.clean)

        return self.rate(setting, case, clean)

    def outside(self, setting: str, case: str) -> Estimate | None:
        """The median over images of the change outside at the reference change inside; an image's value is the geometric mean."""

        def logarithm(side: Record) -> float | None:
            value = outside_at(side, self.settings.reference)
            return math.log(value) if value else None

        values = self._per_image(self.edits(setting, case), logarithm).values()
        return _estimated([math.exp(value) for value in values], np.median)

    def not_reached(self, setting: str, case: str) -> tuple[int, int]:
        """The number of edits that do not reach the reference change inside, and the number of all edits."""
        edits = self.edits(setting, case)
        return sum(outside_at(side, self.settings.reference) is None for side in edits), len(edits)

    def found_within(self, case: str, k: int) -> Estimate | None:
        """The fraction of parts for which one of the first k per-image directions, with either sign, gives a clean hit."""
        return self._recall(case, k, lambda outcomes, _: float(any(one.clean for one in outcomes)))

    def kinds_within(self, case: str, k: int) -> Estimate | None:
        """The fraction of a part's other kinds that clean pictures of the first k per-image directions show."""

        def reached(outcomes: Sequence[Outcome], part: str) -> float:
            return len(frozenset().union(*(one.kinds for one in outcomes))) / max(1, self._kinds[part] - 1)

        return self._recall(case, k, reached)

    @cached_property
    def _kinds(self) -> dict[str, int]:
        """The number of kinds of each attribute."""
        return {record["attribute"]: len(record["kinds"]) for record in self.of("reader")}

    def _recall(self, case: str, k: int, figure: Callable[[Sequence[Outcome], str], float]) -> Estimate | None:
        images = set(self.settings.seeds[: self.settings.recall_images])
        parts: dict[tuple[int, str], list[Outcome]] = defaultdict(list)
        for side in self._by_case.get((PER_IMAGE, case), []):
            if side["image"] in images and side["direction"] < k:
                parts[side["image"], side["region"]].append(self.outcome(side))
        values: dict[int, list[float]] = defaultdict(list)
        for (image, part), outcomes in parts.items():
            values[image].append(figure(outcomes, part))
        return _estimated([fmean(each) for each in values.values()], np.mean)

    def side_effects(self, setting: str, case: str) -> dict[str, int]:
        """How many hits of a case change each other attribute, the most frequent first."""
        counts: dict[str, int] = defaultdict(int)
        for side in self.edits(setting, case):
            if (rung := self.outcome(side).hit) is not None:
                for name in side["others"][rung]:
                    counts[name] += 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    def distance(self, setting: str | None, case: str, level: float | None) -> Record | None:
        """The record of the distances of a case's pictures at a level to drawn heads."""
        keys = {"setting": setting, "case": case, "level": level}
        return next((one for one in self.of("distance") if all(one[key] == value for key, value in keys.items())), None)

    def factors(self, case: str) -> Record | None:
        """The record of DCI and SAP of a case."""
        return next((one for one in self.of("factors") if one["case"] == case), None)

    def seconds(self, setting: str, case: str) -> float | None:
        """The median time of a discovery for one part, and of the curve on one image."""
        medians = [
            median(found)
            for kind in ("discovery", "path")
            if (found := [one["seconds"] for one in self.of(kind) if (one["setting"], one["case"]) == (setting, case)])
        ]
        return sum(medians) if medians else None

    def level_near_reference(self) -> float:
        """The level of the ladder that is nearest to the reference."""
        return min(self.settings.levels, key=lambda level: abs(math.log(level / self.settings.reference)))

    @staticmethod
    def _per_image(sides: Iterable[Record], figure: SideFigure) -> dict[int, float]:
        values: dict[int, list[float]] = defaultdict(list)
        for side in sides:
            if (value := figure(side)) is not None:
                values[side["image"]].append(value)
        return {image: fmean(each) for image, each in values.items()}


def _estimated(values: Iterable[float], statistic: Callable[..., np.ndarray]) -> Estimate | None:
    found = list(values)
    return estimate(found, statistic=statistic) if found else None
