"""The summary of a benchmark as plain JSON values, for ``--json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resefa.benchmark.report.results import BenchmarkResults
from resefa.benchmark.settings import PER_IMAGE, SETTINGS
from resefa.comparison.bootstrap import Estimate


def summary(results: BenchmarkResults) -> dict[str, Any]:
    """The main figures of each setting and case."""
    return {
        "model": results.settings.model,
        "images": len(results.images),
        "parts": results.parts,
        "results": [_figures(results, setting, case.name) for setting in SETTINGS for case in results.cases],
    }


def _figures(results: BenchmarkResults, setting: str, case: str) -> dict[str, Any]:
    figures = {
        "hits": results.hits(setting, case),
        "clean_hits": results.clean_hits(setting, case),
        "clean_of_hits": results.clean_of_hits(setting, case),
        "outside": results.outside(setting, case),
    }
    if setting == PER_IMAGE:
        figures["found"] = results.found_within(case, results.settings.k)
        figures["kinds"] = results.kinds_within(case, results.settings.k)
    return {
        "setting": setting,
        "case": case,
        "seconds": results.seconds(setting, case),
        **{name: _plain(found) for name, found in figures.items()},
    }


def _plain(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)
