"""The report of a benchmark's folder, from its results alone: ``report.html`` (one file), ``report.md``, figures, and tables as LaTeX and CSV."""

from __future__ import annotations

from pathlib import Path

from resefa.benchmark.report import tables
from resefa.benchmark.report.figures import draw_benchmark_figures
from resefa.benchmark.report.results import BenchmarkResults
from resefa.benchmark.report.sheets import save_benchmark_sheets
from resefa.benchmark.settings import PER_IMAGE, SETTINGS, TRANSFERRED
from resefa.comparison.report.report import FIGURES, Picture, Section, run_facts, write_sections


def write_benchmark_report(folder: Path) -> Path:
    """Write the report, and return the path of its HTML page.

    Raises:
        UsageError: the folder holds no results, or damaged ones.
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    results = BenchmarkResults(folder)
    title = f"{results.settings.model}: edits of parts with known truth, {len(results.cases)} methods and spaces"
    return write_sections(folder, title, _sections(results))


def _sections(results: BenchmarkResults) -> list[Section]:
    captions = draw_benchmark_figures(results, results.folder / FIGURES)

    def figure(name: str) -> list[Picture]:
        return [Picture(f"{FIGURES}/{name}.png", captions[name] + f" ({name}.pdf, .svg)")] if name in captions else []

    settings = results.settings
    pictures = save_benchmark_sheets(results, results.folder / FIGURES)
    sheets = [Picture(f"{FIGURES}/{name}", caption) for name, caption in pictures]
    facts = [
        ["model", f"{settings.model}, fingerprint {settings.fingerprint[:16]}"],
        ["reader, segmenter", f"fingerprints {settings.reader[:16]}, {settings.segmenter[:16]}"],
        ["seeds", ", ".join(map(str, settings.seeds))],
        ["time by part", _times(results)],
    ]
    return [
        Section("What is measured", [_protocol(results), tables.reader(results)]),
        Section("Edits", [
            tables.edits(results, PER_IMAGE), tables.edits(results, TRANSFERRED), *figure("clean-hits"), *figure("outside"),
            *(tables.by_part(results, setting) for setting in SETTINGS), tables.side_effects(results), *sheets,
        ]),
        Section("Found by name", [tables.recall(results), *figure("recall"), tables.factors(results)]),
        Section("Stays real", [
            *figure("distances"), *(tables.distances(results, setting, kind) for kind in ("kernel", "frechet") for setting in SETTINGS),
        ]),
        *([Section("Failures", [failed])] if (failed := tables.failures(results)) is not None else []),
        Section("How it was made", run_facts(results.runs, facts)),
    ]  # fmt: skip


def _protocol(results: BenchmarkResults) -> str:
    settings = results.settings
    beyond = next((record["drawn_beyond"] for record in results.of("look")), 0.0)
    analysed = (
        "the whole image"
        if settings.analysed_at is None
        else f"the network's intermediate image of {settings.analysed_at} px"
    )
    transferred = [
        f"Transferred directions are found on the first {settings.discovery} of the discovery images (seeds 0 to {settings.discovery_seeds[-1]}, none of them held out) that show the part."
    ] if settings.discovery else []  # fmt: skip
    return " ".join([
        f"{len(results.images)} held-out images of {settings.model}, measured at {settings.measured_at} px; directions are found on {analysed}.",
        f"Parts: {', '.join(results.parts)}, where the image shows them. A part's region is its true mask by segmentation of the image, grown by {settings.margin:.1%} of the height but not into other parts.",
        f"Each direction is followed with both signs in up to {len(settings.levels)} steps, until a picture no longer looks drawn, that aim at mean squared changes inside from {settings.levels[0]:g} to {settings.levels[-1]:g} (images in [-1, 1]); no step is longer than the typical distance between two samples.",
        f"Each picture is read by an attribute network. Looks drawn: the Mahalanobis distance of the reader's features to those of unedited samples is at most {results.threshold:.1f}, "
        f"the 99th percentile of unedited samples that did not take part in the fit ({beyond:.0%} of drawn heads lie beyond).",
        f"A kind differs if it is read with a probability of {settings.confidence:g} or more in both pictures and is not the same; a colour or the pose differs beyond {settings.tolerance:g} times the reader's root mean squared error on drawn heads, a colour at least by {settings.colour_change:g} of its range.",
        *transferred,
        "Methods that ignore the region offer 20 candidates, ranked by the region's contrast on the analysed images.",
        "Drawn heads are simpler than photographs: flat colours, a few kinds of each part, and no light, texture or identity, so the figures do not predict those on photographs.",
    ])  # fmt: skip


def _times(results: BenchmarkResults) -> str:
    timing = {record["part"]: record["seconds"] for record in results.of("timing")}
    images = sum(seconds for part, seconds in timing.items() if part.startswith("image:"))
    transferred = sum(seconds for part, seconds in timing.items() if part.startswith(f"{TRANSFERRED}:"))
    rest = {"samples": timing.get("samples", 0.0), "transferred directions": transferred, "images": images}
    return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in rest.items())
