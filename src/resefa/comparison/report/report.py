"""The report of a folder, from its results alone: ``report.html`` (one file), ``report.md``, and separate files of the figures, the
sheets, and every table as LaTeX and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from resefa.comparison.bootstrap import FEWEST
from resefa.comparison.experiment import SETTINGS
from resefa.comparison.report import tables
from resefa.comparison.report.figures import draw_figures
from resefa.comparison.report.method_styles import SETTING_TITLES
from resefa.comparison.report.results import Results
from resefa.comparison.report.robustness import robust_table
from resefa.comparison.report.sheets import save_sheets
from resefa.comparison.report.table_formats import Table, as_markdown
from resefa.comparison.run_log import RunRecord
from resefa.files.output_file import write_bytes
from resefa.files.picture_file import converted, open_picture
from resefa.presentation.html import data_uri, render
from resefa.regions.text import display_name

FIGURES, TABLES = "figures", "tables"


@dataclass(frozen=True)
class Picture:
    """A figure or sheet, given by the path of its PNG file within the folder, with its caption."""

    path: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A section of the report: a heading, then texts, tables and pictures in order."""

    title: str
    content: list[str | Table | Picture] = field(default_factory=list)


def write_report(folder: Path) -> Path:
    """Write the report, and return the path of its HTML page.

    Raises:
        UsageError: the folder holds no results, or damaged ones.
        MissingExtraError: matplotlib is not installed.
        OutputError: a file cannot be written.
    """
    results = Results(folder)
    title = f"{results.experiment.model}: local edits by {len(results.methods)} methods"
    return write_sections(folder, title, _sections(results))


def write_sections(folder: Path, title: str, sections: Sequence[Section]) -> Path:
    """Write a report's sections as HTML and Markdown, and its tables as LaTeX and CSV; return the path of the HTML page.

    Raises:
        OutputError: a file cannot be written.
    """
    content = [item for section in sections for item in section.content]
    for number, table in enumerate((item for item in content if isinstance(item, Table) and item.header[0]), 1):
        write_bytes(folder / TABLES / f"{number:02}-{table.name}.tex", table.latex().encode())
        write_bytes(folder / TABLES / f"{number:02}-{table.name}.csv", table.csv().encode())
    text = f"# {as_markdown(title)}\n\n" + "\n".join(_markdown(section) for section in sections)
    write_bytes(folder / "report.md", text.encode())
    sources = {item.path: _source(folder / item.path) for item in content if isinstance(item, Picture)}
    page = render("resefa.comparison.report", "report.html", title=title, sections=sections, sources=sources)
    write_bytes(folder / "report.html", page.encode())
    return folder / "report.html"


def _sections(results: Results) -> list[Section]:
    experiment = results.experiment
    captions = draw_figures(results, results.folder / FIGURES)
    sheets = save_sheets(results, results.folder / FIGURES)

    def figure(name: str) -> Picture:
        return Picture(f"{FIGURES}/{name}.png", captions[name] + f" ({name}.pdf, .svg)")

    found = [Section("What was compared", [_protocol(results)])]
    found.append(Section("The result", [figure("outside-at-matched-inside")]))
    for setting in SETTINGS:
        content: list[str | Table | Picture] = [tables.paper_layout(results, setting)]
        content += [tables.matched(results, setting, region) for region in experiment.regions]
        content.append(figure(f"curves-{setting}"))
        if (more := tables.distances(results, setting)) is not None:
            content.append(more)
        content += [Picture(f"{FIGURES}/{one.name}", one.caption) for one in sheets if one.setting == setting]
        found.append(Section(f"Directions {SETTING_TITLES[setting]}", content))
    found.append(Section("Discovery time", [tables.timing(results), figure("discovery-time")]))
    if (robust := robust_table(results)) is not None:
        found.append(Section("Robustness to the region", [robust, figure("robustness")]))
    if (out := tables.inapplicable(results)) is not None:
        found.append(Section("Methods that do not apply", [out]))
    found.append(Section("The paper's figures", [tables.paper_table(experiment.model, tuple(experiment.resolution))]))
    found.append(Section("How it was made", _provenance(results)))
    return found


def _protocol(results: Results) -> str:
    experiment = results.experiment
    first, last = experiment.held_out_seeds[0], experiment.held_out_seeds[-1]
    regions = "; ".join(
        display_name(name) if name == text else f"{display_name(name)} ({text})"
        for name, text in experiment.regions.items()
    )
    done = len(results.images)
    missing = f", of which {experiment.images - done} are still missing" if done < experiment.images else ""
    sentences = [
        f"{done} held-out images of {experiment.model} (seeds {first} to {last}{missing}), regions: {regions}.",
        "The strength of each edit, with both signs, grows until the mean squared change inside the region is "
        f"{', '.join(f'{level:g}' for level in experiment.levels)} (images in [-1, 1]), for each image separately; the methods are compared by "
        "the change outside the region.",
        f"A direction is found on the edited image (per-image), or on {experiment.discovery} discovery images (seeds "
        f"{experiment.discovery_seeds[0]} to {experiment.discovery_seeds[-1]}, none of them held out) and transferred.",
        "Methods that do not use the region propose candidates; the candidate with the greatest contrast for the region on the analysed images is used.",
    ]
    for method in experiment.methods:
        if method.name not in results.methods or method.images is None or method.images >= experiment.images:
            continue
        title = results.title(method.name)
        if method.images == 0:
            sentences.append(f"The directions of {title} were given as a file, so there are no per-image directions.")
            continue
        few = (
            f"too few for confidence intervals, which need {FEWEST}"
            if method.images < FEWEST
            else "so the confidence intervals are wider"
        )
        first = "the first image" if method.images == 1 else f"the first {method.images} images"
        sentences.append(f"{title} is slow: per-image directions were found on {first} only, {few}.")
    return " ".join(sentences)


def _provenance(results: Results) -> list[str | Table | Picture]:
    experiment = results.experiment
    model = [experiment.model, f"fingerprint {experiment.fingerprint[:16]}", experiment.conditions]
    facts = [["model", ", ".join(filter(None, model))], ["seed", str(experiment.seed)]]
    return run_facts(results.runs, facts)


def run_facts(runs: Sequence[RunRecord], facts: Sequence[Sequence[str]]) -> list[str | Table | Picture]:
    """The section's content with the command and environment of a folder's runs, followed by further facts, (name, value)."""
    if not runs:
        return ["The folder does not contain a log of its runs."]
    last, count = runs[-1], len(runs)
    minutes = sum(run.seconds for run in runs) / 60
    software = {"resefa": last.resefa, "python": last.python, "torch": last.torch, "numpy": last.numpy}
    rows = [
        ["command", last.command],
        ["time", f"{minutes:.1f} minutes" + (f" in {count} runs" if count > 1 else "")],
        ["processor", f"{last.processor}, {last.threads} threads"],
        ["software", ", ".join(f"{name} {version}" for name, version in software.items())],
        ["system", last.system],
        *facts,
    ]
    return [
        Table("Command and environment", ["", ""], rows),
        "All figures come from results.jsonl in this folder. The same command writes the same file, except for the times.",
    ]


def _markdown(section: Section) -> str:
    parts = [f"## {as_markdown(section.title)}", ""]
    for item in section.content:
        if isinstance(item, Table):
            parts.append(item.markdown())
        elif isinstance(item, Picture):
            parts += [f"![{as_markdown(item.caption)}]({item.path})", "", f"*{as_markdown(item.caption)}*", ""]
        else:
            parts += [as_markdown(item), ""]
    return "\n".join(parts)


def _source(path: Path) -> str:
    return data_uri(converted(open_picture(path), "RGB"))
