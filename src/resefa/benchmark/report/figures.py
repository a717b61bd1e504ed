"""The figures of a benchmark's report, for print: as vector graphics and PNG, readable without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from resefa.benchmark.cases import Case
from resefa.benchmark.report.results import BenchmarkResults, outside_at
from resefa.benchmark.report.tables import TITLES
from resefa.benchmark.settings import PER_IMAGE, SETTINGS, TRANSFERRED
from resefa.comparison.bootstrap import Estimate
from resefa.comparison.report.figures import WIDTH, Drawing, figure_text, save_figures
from resefa.comparison.report.method_styles import style_of

MARKERS = {"Z": "o", "W": "s", "W+": "^", "S": "D"}
"""The marker of each space; the colour is that of the method."""


def draw_benchmark_figures(results: BenchmarkResults, folder: Path) -> dict[str, str]:
    """Write all figures in every format, and return their captions by name (``folder/<name>.png``).

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    return save_figures(_all(results), folder)


def _all(results: BenchmarkResults) -> Iterator[Drawing]:
    yield (
        "clean-hits",
        "Hits (open) and clean hits (filled) as fractions of all edits, with 95% bootstrap intervals over images.",
        lambda make: _hits(make, results),
    )
    yield (
        "outside",
        "Change outside the part's mask against the change inside: medians over edits that reach the change inside, per-image and transferred directions.",
        lambda make: _outside(make, results),
    )
    yield (
        "recall",
        "Recall of the first k per-image directions: parts with a clean hit (left), and kinds of the part that clean pictures show (right).",
        lambda make: _recall(make, results),
    )
    if results.of("distance"):
        yield (
            "distances",
            "Kernel distance of edited pictures to drawn heads on the reader's features, against the change inside at which the steps aim. Dotted: unedited samples.",
            lambda make: _distances(make, results),
        )


def _look(case: Case) -> dict[str, Any]:
    seen = style_of(case.method)
    return {
        "color": seen.colour, "marker": MARKERS.get(case.space, "o"), "linestyle": (0, seen.dashes) if seen.dashes else "-",
        "linewidth": 1.8 if case.ours else 1.0, "zorder": 3 if case.ours else 2,
    }  # fmt: skip


def _hits(make: Any, results: BenchmarkResults) -> Any:
    figure = make(figsize=(WIDTH, 0.7 + 0.27 * len(results.cases)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True, sharex=True)
    for panel, setting in zip(panels, SETTINGS, strict=True):
        for row, case in enumerate(results.cases):
            look = {
                "color": _look(case)["color"],
                "marker": _look(case)["marker"],
                "linestyle": "none",
                "markersize": 4.5,
            }
            for found, shift, fill in (
                (results.hits(setting, case.name), -0.17, "white"),
                (results.clean_hits(setting, case.name), 0.17, look["color"]),
            ):
                if found is not None:
                    panel.errorbar(
                        found.value,
                        row + shift,
                        xerr=_error(found),
                        markerfacecolor=fill,
                        capsize=2,
                        elinewidth=0.9,
                        **look,
                    )
        panel.set_title(TITLES[setting])
        panel.set_xlabel("fraction of edits")
        panel.set_xlim(-0.02, 1.02)
        panel.grid(False, axis="y")
    panels[0].set_yticks(range(len(results.cases)), [figure_text(case.title) for case in results.cases])
    panels[0].invert_yaxis()
    return figure


def _error(found: Estimate) -> list[list[float]] | None:
    if found.low is None or found.high is None:
        return None
    return [[found.value - found.low], [found.high - found.value]]


def _outside(make: Any, results: BenchmarkResults) -> Any:
    figure = make(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, setting in zip(panels, SETTINGS, strict=True):
        for case in results.cases:
            points: list[tuple[float, float]] = []
            for level in results.settings.levels:
                edits = results.edits(setting, case.name)
                found = [value for side in edits if (value := outside_at(side, level)) is not None]
                if found and len(found) * 2 >= len(edits):
                    points.append((level, median(found)))
            if points:
                panel.plot(*zip(*points, strict=True), label=figure_text(case.title), **_look(case))
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_title(TITLES[setting])
        panel.set_xlabel("change inside")
    panels[0].set_ylabel("change outside")
    _legend(figure, panels[0])
    return figure


def _recall(make: Any, results: BenchmarkResults) -> Any:
    figure = make(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(1, 2)
    ks = list(range(1, results.settings.k + 1))
    figures: tuple[tuple[str, Callable[[str, int], Estimate | None]], ...] = (
        ("parts with a clean hit", results.found_within), ("kinds reached", results.kinds_within),
    )  # fmt: skip
    for panel, (title, figure_of) in zip(panels, figures, strict=True):
        for case in results.cases:
            points = [(k, found.value) for k in ks if (found := figure_of(case.name, k)) is not None]
            if points:
                panel.plot(*zip(*points, strict=True), label=figure_text(case.title), **_look(case))
        panel.set_title(title)
        panel.set_xlabel("k")
        panel.set_xticks(ks)
        panel.set_ylim(bottom=0)
    _legend(figure, panels[0])
    return figure


def _distances(make: Any, results: BenchmarkResults) -> Any:
    figure = make(figsize=(WIDTH, 3.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    unedited = results.distance(None, "unedited samples", None)
    for panel, setting in zip(panels, (PER_IMAGE, TRANSFERRED), strict=True):
        for case in results.cases:
            points = [
                (level, one["kernel"])
                for level in results.settings.levels
                if (one := results.distance(setting, case.name, level)) and one["kernel"] is not None
            ]
            if points:
                panel.plot(*zip(*points, strict=True), label=figure_text(case.title), **_look(case))
        if unedited:
            panel.axhline(unedited["kernel"], color="#444444", linestyle=":", linewidth=0.9)
        panel.set_xscale("log")
        panel.set_title(TITLES[setting])
        panel.set_xlabel("change inside")
    panels[0].set_ylabel("kernel distance to drawn heads")
    _legend(figure, panels[0])
    return figure


def _legend(figure: Any, panel: Any) -> None:
    handles, labels = panel.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper center", ncols=4, handlelength=3.6)
