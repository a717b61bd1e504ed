"""The figures of a report for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resefa.comparison.experiment import SETTINGS
from resefa.comparison.report.results import Results


def summary(results: Results) -> dict[str, Any]:
    """One entry per setting, region and method, and what does not apply."""
    levels = results.experiment.levels
    found: list[dict[str, Any]] = []
    for setting in SETTINGS:
        for region in results.experiment.regions:
            for method in results.methods:
                case = (setting, region, method)
                outside = {str(level): results.outside(case, level) for level in levels}
                seconds = results.seconds(case)
                found.append({
                    "setting": setting, "region": region, "method": method,
                    "outside": {level: value and asdict(value) for level, value in outside.items()},
                    "not_reached": {str(level): results.not_reached(case, level)[0] for level in levels},
                    "failures": len(results.failures(case)),
                    "distances": {title: value for title, (value, _) in results.distances(case).items()},
                    "measures": {name: (value := results.measured(case, name)[0]) and asdict(value) for name in results.pair_measures},
                    "seconds": seconds and seconds[0], "seconds_without_jacobian": seconds and seconds[1],
                })  # fmt: skip
    return {
        "images": len(results.images),
        "results": found,
        "inapplicable": {one["method"]: one["reason"] for one in results.of("inapplicable")},
    }
