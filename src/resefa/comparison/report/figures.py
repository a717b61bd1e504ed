"""The figures of a report, for print: as vector graphics and PNG, readable without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from resefa.comparison.bootstrap import FEWEST, Estimate
from resefa.comparison.experiment import PER_IMAGE, SETTINGS, TRANSFERRED
from resefa.comparison.report.method_styles import OURS, SETTING_TITLES, style_of
from resefa.comparison.report.results import Results
from resefa.comparison.report.robustness import growths, variants
from resefa.errors import MissingExtraError, printable
from resefa.files.output_file import written_beside
from resefa.presentation.fonts import escaped_character, is_simple
from resefa.regions.text import display_name
from resefa.runtime.external_programs import absolute_programs, outside_the_working_folder

WIDTH = 7.0
"""The width of a figure in inches: two columns of a paper."""
ENDINGS = ("pdf", "svg", "png")
LONGEST_LABEL = 40
"""The largest number of characters in a title or a region's name; longer text is shortened in the middle."""
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.labelsize": 8, "legend.fontsize": 7.5, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7, "axes.grid": True, "grid.color": "#dddddd",
    "grid.linewidth": 0.5, "axes.axisbelow": True, "lines.linewidth": 1.2, "lines.markersize": 4, "legend.frameon": False,
    "pdf.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "resefa", "figure.dpi": 100, "savefig.dpi": 220,
    "font.family": "DejaVu Sans",
}  # fmt: skip


Drawing = tuple[str, str, Callable[[Any], Any]]
"""The name and caption of a figure, and the function that draws it, given matplotlib's class Figure."""


def draw_figures(results: Results, folder: Path) -> dict[str, str]:
    """Write all figures in every format, and return their captions by name (``folder/<name>.png``).

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    return save_figures(_all(results), folder)


def save_figures(drawings: Iterable[Drawing], folder: Path) -> dict[str, str]:
    """Write figures in every format in the report's style, and return their captions by name.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    need_matplotlib()
    import matplotlib
    from matplotlib.figure import Figure

    captions: dict[str, str] = {}
    with absolute_programs(), matplotlib.rc_context():  # matplotlib starts a program to list the fonts
        # A user's matplotlibrc would change the figures; equal data give equal figures everywhere.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        for name, caption, make in drawings:
            figure = make(Figure)
            captions[name] = caption
            for ending in ENDINGS:
                nothing: dict[str, Any] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending, {})
                with written_beside(folder / f"{name}.{ending}") as path:
                    figure.savefig(path, metadata=nothing, bbox_inches="tight", pad_inches=0.03)
    return captions


def need_matplotlib() -> None:
    """Raise MissingExtraError if matplotlib is not installed."""
    try:
        with outside_the_working_folder():  # matplotlib reads ./matplotlibrc when it is imported
            import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            "The report's figures need matplotlib, which is not installed; run pip install 'resefa[report]'."
        ) from error


def figure_text(text: str) -> str:
    """The text for a figure: without formulas between dollar signs, and with escapes for characters that the font lacks."""
    glyphs = _glyphs()
    short = printable(text, LONGEST_LABEL)
    shown = (c if c.isspace() or (ord(c) in glyphs and is_simple(c)) else escaped_character(c) for c in short)
    return "".join(shown).replace("$", r"\$")


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont(STYLE["font.family"])).get_charmap())


def _all(results: Results) -> Iterator[Drawing]:
    reference = results.experiment.reference
    yield (
        "outside-at-matched-inside",
        f"Change outside the region at a change of {reference:g} inside. Small points: single images (mean of both signs); large points: median with 95% bootstrap interval "
        f"({FEWEST} images or more). Filled: per-image directions; open: directions transferred from discovery images.",
        lambda make: _matched(make, results),
    )
    for setting in SETTINGS:
        yield (
            f"curves-{setting}",
            f"Change inside and outside against the strength alpha (medians over images and signs; figure 5 of the paper), and outside against inside at "
            f"matched strength with 95% bootstrap intervals, the only comparable panel. Directions {SETTING_TITLES[setting]}.",
            lambda make, setting=setting: _curves(make, results, setting),
        )
    yield (
        "discovery-time",
        "Discovery time for one region on one image, with the time of the Jacobian (filled) and without (open).",
        lambda make: _times(make, results),
    )
    if any("angle" in one for one in results.of("robust")):
        yield (
            "robustness",
            f"Regions moved (filled), grown and shrunk (open) by 30% of their size: change outside the true region at {reference:g} inside it, divided by that of "
            "the undisturbed direction. Medians and quartiles over images and signs.",
            lambda make: _robustness(make, results),
        )


def _matched(make: Any, results: Results) -> Any:
    regions, methods = list(results.experiment.regions), results.methods
    figure = make(figsize=(WIDTH, 0.75 + 0.36 * len(methods)), layout="constrained")
    panels = figure.subplots(1, len(regions), sharey=True, squeeze=False)[0]
    draw = np.random.default_rng(0)
    for panel, region in zip(panels, regions, strict=True):
        for row, method in enumerate(methods):
            seen = style_of(method)
            for setting, shift in ((PER_IMAGE, -0.17), (TRANSFERRED, 0.17)):
                case = (setting, region, method)
                values = list(results.per_image(case, results.experiment.reference).values())
                found = results.outside(case, results.experiment.reference)
                if found is None:
                    continue
                jitter = draw.uniform(-0.09, 0.09, len(values))
                panel.plot(values, row + shift + jitter, ".", color="#999999", markersize=1.6, alpha=0.7, zorder=1)
                panel.errorbar(
                    found.value, row + shift, xerr=_error([found]), fmt="o",
                    color=seen.colour, markerfacecolor=seen.colour if setting == PER_IMAGE else "white", markersize=4.5, capsize=2.5,
                    elinewidth=1.1, zorder=3,
                )  # fmt: skip
        panel.set_xscale("log")
        panel.set_title(figure_text(display_name(region)))
        panel.set_xlabel(f"change outside, at {results.experiment.reference:g} inside")
        panel.grid(True, which="major", axis="x")
        panel.grid(False, axis="y")
    for fill, words in (("black", "per-image"), ("white", "transferred")):
        panels[-1].plot([], [], "o", color="black", markerfacecolor=fill, markersize=4.5, label=words)
    figure.legend(loc="outside upper right", ncols=2)
    panels[0].set_yticks(range(len(methods)), [figure_text(results.title(method)) for method in methods])
    panels[0].invert_yaxis()
    return figure


def _error(found: list[Estimate]) -> list[list[float]] | None:
    """The lengths of the error bars below and above the estimates; None if an estimate has no interval."""
    if any(one.low is None or one.high is None for one in found):
        return None
    return [[one.value - (one.low or 0.0) for one in found], [(one.high or 0.0) - one.value for one in found]]


def _curves(make: Any, results: Results, setting: str) -> Any:
    regions, methods = list(results.experiment.regions), results.methods
    figure = make(figsize=(WIDTH, 2.0 * len(regions) + 0.45), layout="constrained")
    panels = figure.subplots(len(regions), 3, squeeze=False)
    for row, region in zip(panels, regions, strict=True):
        for place, method in enumerate(methods):
            seen, case = style_of(method), (setting, region, method)
            line = {
                "color": seen.colour, "marker": seen.marker, "linestyle": (0, seen.dashes) if seen.dashes else "-",
                "linewidth": 1.8 if method == OURS else 1.1, "zorder": 3 if method == OURS else 2,
            }  # fmt: skip
            if (swept := results.sweep(case)) is not None:
                alphas, inside, outside = swept
                row[0].plot(alphas, inside, label=figure_text(results.title(method)), **line)
                row[1].plot(alphas, outside, **line)
            points = [(level, found) for level in results.experiment.levels if (found := results.outside(case, level))]
            if points:
                values = np.array([found.value for _, found in points])
                error = _error([found for _, found in points])
                # Slightly shifted, so that intervals do not hide each other.
                levels = np.array([level for level, _ in points]) * 1.025 ** (place - (len(methods) - 1) / 2)
                row[2].errorbar(levels, values, yerr=error, capsize=1.5, elinewidth=0.7, **line)
        for panel, (x, y) in zip(
            row,
            (("strength α", "change inside"), ("strength α", "change outside"), ("change inside", "change outside")),
            strict=True,
        ):
            panel.set_xlabel(x)
            panel.set_ylabel(y)
        for panel in row[:2]:
            panel.set_xlim(left=0)
            panel.set_ylim(bottom=0)
        row[2].set_xscale("log")
        row[2].set_yscale("log")
        row[2].set_xticks(results.experiment.levels, [f"{level:g}" for level in results.experiment.levels])
        row[2].set_xticks([], minor=True)
        top = max(row[0].get_ylim()[1], row[1].get_ylim()[1])
        row[0].set_ylim(0, top)
        row[1].set_ylim(0, top)
        row[0].set_title(figure_text(display_name(region)), loc="left", fontweight="bold")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, handlelength=3.6)
    return figure


def _times(make: Any, results: Results) -> Any:
    times = {method: results.slowest_region(PER_IMAGE, method) for method in results.methods}
    methods = [method for method, time in times.items() if time is not None]
    figure = make(figsize=(WIDTH / 2, 0.5 + 0.22 * len(methods)), layout="constrained")
    panel = figure.subplots()
    for row, method in enumerate(methods):
        whole, rest = (max(seconds, 1e-4) for seconds in times[method] or (0.0, 0.0))
        panel.plot([rest, whole], [row, row], color=style_of(method).colour, linewidth=0.9)
        panel.plot(rest, row, "o", color=style_of(method).colour, markerfacecolor="white", markersize=4.5)
        panel.plot(whole, row, "o", color=style_of(method).colour, markersize=4.5 if whole > rest * 1.01 else 3)
    panel.set_xscale("log")
    panel.set_xlabel("seconds")
    panel.set_yticks(range(len(methods)), [figure_text(results.title(method)) for method in methods])
    panel.grid(False, axis="y")
    panel.invert_yaxis()
    return figure


def _robustness(make: Any, results: Results) -> Any:
    """Draw the growth of the change outside by kind of disturbance, in one panel per region."""
    regions, rows = list(results.experiment.regions), list(variants(results).items())
    figure = make(figsize=(WIDTH, 0.7 + 0.27 * len(rows)), layout="constrained")
    panels = figure.subplots(1, len(regions), sharey=True, squeeze=False)[0]
    kinds = {"moved": "o", "grown": "^", "shrunk": "v"}
    for panel, region in zip(panels, regions, strict=True):
        for place, ((method, _), records) in enumerate(rows):
            for shift, (kind, marker) in zip((-0.2, 0, 0.2), kinds.items(), strict=True):
                those = [
                    one
                    for one in records
                    if one["region"] == region and (one["variant"] or "").startswith(kind) and one["amount"] == 0.3
                ]
                found = growths(those)
                if not found:
                    continue
                low, middle, high = np.quantile(found, [0.25, 0.5, 0.75])
                panel.errorbar(
                    middle, place + shift, xerr=[[middle - low], [high - middle]], fmt=marker, color=style_of(method).colour, markersize=3.5,
                    markerfacecolor="white" if kind != "moved" else None, elinewidth=0.9, capsize=1.5, label=kind if place == 0 else None,
                )  # fmt: skip
        panel.axvline(1, color="#444444", linewidth=0.7)
        panel.set_xscale("log")
        low, high = panel.get_xlim()
        ticks = [tick for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64) if low / 1.3 <= tick <= high * 1.3]
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
        panel.set_title(figure_text(display_name(region)))
        panel.set_xlabel("change outside / that of the undisturbed direction")
        panel.grid(False, axis="y")
    panels[0].set_yticks(
        range(len(rows)), [figure_text(f"{results.title(method)}, {value}") for (method, value), _ in rows]
    )
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    return figure
