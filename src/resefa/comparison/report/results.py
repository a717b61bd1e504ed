"""The results in a folder, arranged for tables and figures, and their summary in machine-readable form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from resefa.comparison.bootstrap import Estimate, estimate
from resefa.comparison.experiment import SETTINGS, Experiment
from resefa.comparison.journal import FILE as RESULTS
from resefa.comparison.journal import read_records
from resefa.comparison.records import Record, check
from resefa.comparison.report.method_styles import OURS, read_titles, style_of
from resefa.comparison.run_log import read_runs

Case = tuple[str, str, str]
"""The setting, region and method of a direction."""


class Results:
    """The results in the folder of a comparison.

    Attributes:
        folder, experiment, records, runs: as read.

    Raises:
        UsageError: the folder holds no results, or damaged ones.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.experiment = Experiment.load(folder)
        self.records = read_records(folder)
        check(self.records, self.experiment, str(folder / RESULTS))
        self._titles = read_titles(folder)
        self.runs = read_runs(folder)

    def title(self, method: str) -> str:
        """The title of a method in the report: the user's title, or the default."""
        return self._titles.get(method, style_of(method).title)

    def of(self, kind: str) -> list[Record]:
        """All records of one kind."""
        return self._kinds.get(kind, [])

    @cached_property
    def _kinds(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            found[record["kind"]].append(record)
        return found

    @cached_property
    def images(self) -> list[int]:
        """The seeds of the held-out images that are measured."""
        return sorted({one["image"] for one in self.of("edit")})

    @property
    def methods(self) -> list[str]:
        """The methods that apply, in the experiment's order."""
        out = {one["method"] for one in self.of("inapplicable")}
        return [method.name for method in self.experiment.methods if method.name not in out]

    @cached_property
    def _edits(self) -> dict[tuple[Case, float], dict[int, list[Record]]]:
        found: dict[tuple[Case, float], dict[int, list[Record]]] = defaultdict(lambda: defaultdict(list))
        for one in self.of("edit"):
            found[_case(one), one["level"]][one["image"]].append(one)
        return found

    def per_image(self, case: Case, level: float, figure: str = "outside") -> dict[int, float]:
        """For each image, by seed, the change outside the region: the mean over the edits (+ and -) that reach the level."""
        edits = self._edits.get((case, level), {})
        reached = {image: [one[figure] for one in both if one["attained"]] for image, both in edits.items()}
        return {image: float(np.mean(values)) for image, values in reached.items() if values}

    def not_reached(self, case: Case, level: float) -> tuple[int, int]:
        """The number of edits that do not reach the level, and the number of all edits."""
        every = [one for both in self._edits.get((case, level), {}).values() for one in both]
        return sum(not one["attained"] for one in every), len(every)

    def outside(self, case: Case, level: float) -> Estimate | None:
        """The median over images of the change outside, at this level of change inside."""
        return self._estimate(self.per_image(case, level).values())

    def against_ours(self, case: Case, level: float) -> Estimate | None:
        """The median over shared images of the change outside, divided by that of ReSeFa."""
        other, ours = self.per_image(case, level), self.per_image((*case[:2], OURS), level)
        return self._estimate(value / ours[image] for image, value in other.items() if ours.get(image, 0) > 0)

    def measured(self, case: Case, measure: str) -> tuple[Estimate | None, int]:
        """The median of a pair measure at the reference level (mean of both signs), and the number of edits without a value."""
        edits = self._edits.get((case, self.experiment.reference), {})
        missing, values = 0, []
        for both in edits.values():
            found = [one.get("measures", {}).get(measure) for one in both]
            known = [value for value in found if value is not None]
            missing += len(found) - len(known)
            if known:
                values.append(float(np.mean(known)))
        return self._estimate(values), missing

    @cached_property
    def pair_measures(self) -> list[str]:
        """The names of the pair measures."""
        return list(dict.fromkeys(name for one in self.of("edit") for name in one.get("measures", {})))

    def distances(self, case: Case) -> dict[str, tuple[float, int]]:
        """The distances between the edited images and their reference set by title, each with the number of images."""
        return {
            title: (value, one["images"])
            for one in self.of("distance")
            if _case(one) == case
            for title, value in one["distances"].items()
        }

    @cached_property
    def distance_titles(self) -> list[str]:
        """The titles of all distances between sets."""
        return list(dict.fromkeys(title for one in self.of("distance") for title in one["distances"]))

    def floor(self, title: str) -> float | None:
        """The distance between two sets of unedited images with the same number of images."""
        found = [one["distances"].get(title) for one in self.of("distance") if one["setting"] is None]
        return found[0] if found else None

    def unrelated(self, measure: str) -> float | None:
        """The median of a pair measure on pairs of unrelated images."""
        found = [
            value for one in self.of("unrelated") for value in one["measures"].get(measure, []) if value is not None
        ]
        return median(found) if found else None

    def seconds(self, case: Case) -> tuple[float, float] | None:
        """The median discovery time in seconds, with the time of the Jacobian and without."""
        found = [one for one in self.of("discovery") if _case(one) == case]
        if not found:
            return None
        return (
            median(one["seconds"] for one in found),
            median(one["seconds"] - one["jacobian_seconds"] for one in found),
        )

    def slowest_region(self, setting: str, method: str) -> tuple[float, float] | None:
        """The largest ``seconds`` over the regions, with and without the Jacobian; None if the method found no direction."""
        times = [time for region in self.experiment.regions if (time := self.seconds((setting, region, method)))]
        return (max(time[0] for time in times), max(time[1] for time in times)) if times else None

    def failures(self, case: Case) -> list[Record]:
        """The records of images on which the method found no direction."""
        return [one for one in self.of("failure") if _case(one) == case]

    def sweep(self, case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """The steps of a sweep, starting at 0, with the medians over images and signs of the change inside and outside."""
        found = [one for one in self.of("sweep") if _case(one) == case]
        if not found:
            return None
        inside, outside = (np.median([one[part] for one in found], axis=0) for part in ("inside", "outside"))
        alphas, inside, outside = (np.concatenate([[0.0], part]) for part in (found[0]["alphas"], inside, outside))
        return alphas, inside, outside

    def _estimate(self, values: Iterable[float]) -> Estimate | None:
        values = list(values)
        return estimate(values, seed=self.experiment.seed) if values else None


def summary(results: Results) -> dict[str, Any]:
    """The report's figures as plain data: one entry per setting, region and method, and the inapplicable methods."""
    levels = results.experiment.levels
    found: list[dict[str, Any]] = []
    for setting in SETTINGS:
        for region in results.experiment.regions:
            for method in results.methods:
                case = (setting, region, method)
                outside = {str(level): results.outside(case, level) for level in levels}
                measures = {name: results.measured(case, name)[0] for name in results.pair_measures}
                seconds = results.seconds(case)
                found.append({
                    "setting": setting, "region": region, "method": method,
                    "outside": {level: value and asdict(value) for level, value in outside.items()},
                    "not_reached": {str(level): results.not_reached(case, level)[0] for level in levels},
                    "failures": len(results.failures(case)),
                    "distances": {title: value for title, (value, _) in results.distances(case).items()},
                    "measures": {name: value and asdict(value) for name, value in measures.items()},
                    "seconds": seconds and seconds[0], "seconds_without_jacobian": seconds and seconds[1],
                })  # fmt: skip
    return {
        "images": len(results.images),
        "results": found,
        "inapplicable": {one["method"]: one["reason"] for one in results.of("inapplicable")},
    }


def count_of(images: int) -> str:
    """The number of images as text, for example ``1 image`` or ``6 images``."""
    return f"{images} image" + ("" if images == 1 else "s")


def _case(record: Record) -> Case:
    return record["setting"], record["region"], record["method"]
