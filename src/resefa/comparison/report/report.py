"""The report of a folder, from its results alone: ``report.html`` (one file), ``report.md``, and beside them the figures, the
sheets, and every table for LaTeX and as CSV."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from string import Template

from resefa.comparison.bootstrap import FEWEST
from resefa.comparison.experiment import CARRIED, OWN
from resefa.comparison.report import tables
from resefa.comparison.report.figures import draw_figures
from resefa.comparison.report.method_styles import SETTING_TITLES, short
from resefa.comparison.report.results import Results
from resefa.comparison.report.robustness import robust_table
from resefa.comparison.report.sheets import save_sheets
from resefa.comparison.report.table_formats import Table, as_markdown
from resefa.comparison.report.tables import paper_table
from resefa.files.output_file import write_bytes
from resefa.files.picture_file import converted, open_picture
from resefa.presentation.html import escape

FIGURES, TABLES = "figures", "tables"


@dataclass(frozen=True)
class Picture:
    """A figure (``.png`` of several endings) or a sheet, by its path within the folder."""

    path: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, in order."""

    title: str
    content: list[str | Table | Picture] = field(default_factory=list)


def write_report(folder: Path) -> Path:
    """Write the report; returns the page's path.

    Raises:
        UsageError: the folder holds no results.
        MissingExtraError: matplotlib is not there.
    """
    results = Results(folder)
    sections = _sections(results)
    title = f"{results.experiment.model}: local edits by {len(results.methods)} methods"
    tables_in_it = [
        item for section in sections for item in section.content if isinstance(item, Table) and item.header[0]
    ]
    for number, table in enumerate(tables_in_it, 1):
        write_bytes(folder / TABLES / f"{number:02}-{table.name}.tex", table.latex().encode())
        write_bytes(folder / TABLES / f"{number:02}-{table.name}.csv", table.csv().encode())
    text = f"# {as_markdown(title)}\n\n" + "\n".join(_markdown(section) for section in sections)
    write_bytes(folder / "report.md", text.encode())
    page = Template(_read("report.html")).substitute(
        title=escape(title),
        style=_read("report.css"),
        sections="\n".join(_html(section, folder) for section in sections),
    )
    write_bytes(folder / "report.html", page.encode())
    return folder / "report.html"


def _sections(results: Results) -> list[Section]:
    experiment = results.experiment
    captions = draw_figures(results, results.folder / FIGURES)
    sheets = save_sheets(results, results.folder / FIGURES)

    def figure(name: str) -> Picture:
        return Picture(f"{FIGURES}/{name}.png", captions[name] + f" ({name}.pdf, .svg)")

    regions = list(experiment.regions)
    found: list[Section] = [Section("What was compared", [_protocol(results)])]
    found.append(Section("The result", [figure("outside-at-matched-inside")]))
    for setting in (OWN, CARRIED):
        content: list[str | Table | Picture] = [tables.paper_layout(results, setting)]
        content += [tables.matched(results, setting, region) for region in regions]
        content.append(figure(f"curves-{setting}"))
        if (more := tables.distances(results, setting)) is not None:
            content.append(more)
        content += [
            Picture(f"{FIGURES}/{name}", caption)
            for name, caption in sheets.items()
            if name.endswith(f"-{setting}.png")
        ]
        found.append(Section(f"Directions {SETTING_TITLES[setting]}", content))
    found.append(Section("Discovery time", [tables.timing(results), figure("discovery-time")]))
    if (robust := robust_table(results)) is not None:
        found.append(Section("Robustness to the region", [robust, figure("robustness")]))
    if (out := tables.inapplicable(results)) is not None:
        found.append(Section("What does not apply", [out]))
    found.append(Section("Beside the paper", [paper_table(experiment.model, _resolution(results))]))
    found.append(Section("How it was made", _made(results)))
    return found


def _protocol(results: Results) -> str:
    experiment = results.experiment
    first, last = experiment.held_out_seeds[0], experiment.held_out_seeds[-1]
    regions = "; ".join(
        short(name) if name == text else f"{short(name)} ({text})" for name, text in experiment.regions.items()
    )
    done = len(results.images)
    text = (
        f"{done} held-out images of {experiment.model} (seeds {first} to {last}"
        + (f", of which {experiment.images - done} are still missing" if done < experiment.images else "")
        + f"), regions: {regions}. Each direction is followed to both sides until the mean squared change inside the region is "
        f"{', '.join(f'{level:g}' for level in experiment.levels)} (images in [-1, 1]), on each image for itself; what is compared is the "
        f"change outside. A direction is found on the image that is edited (per-image), or on {experiment.discovery} discovery images (seeds "
        f"{experiment.discovery_seeds[0]} to {experiment.discovery_seeds[-1]}, none of them held out) and transferred."
        " Methods that do not know the region offer their first candidates, and the region's contrast on the analysed images chooses among them."
    )
    for method in experiment.methods:
        if method.name in results.methods and method.images == 0:
            text += (
                f" The directions of {results.title(method.name)} were given as a file, so they are transferred only."
            )
        elif method.name in results.methods and method.images is not None and method.images < experiment.images:
            text += (
                f" {results.title(method.name)} is slow and looked for per-image directions on the first {method.images} images only"
                + (
                    f", too few for intervals ({FEWEST} or more)."
                    if method.images < FEWEST
                    else "; its intervals are the wider for it."
                )
            )
    return text


def _made(results: Results) -> list[str | Table | Picture]:
    if not results.sessions:
        return ["The runs were not noted."]
    last = results.sessions[-1]
    seconds = sum(one.get("seconds", 0) for one in results.sessions)
    made_in = len(results.sessions)
    facts = [
        ["command", last.get("command", "")],
        ["time", f"{seconds / 60:.1f} minutes" + (f" in {made_in} runs" if made_in > 1 else "")],
        ["processor", f"{last.get('processor', '')}, {last.get('threads', '')} threads"],
        ["software", ", ".join(f"{name} {last[name]}" for name in ("resefa", "python", "torch", "numpy") if name in last)],
        ["system", last.get("system", "")],
        ["model", f"{results.experiment.model}, fingerprint {results.experiment.fingerprint[:16]}" + (f", {results.experiment.conditions}" if results.experiment.conditions else "")],
        ["seed", str(results.experiment.seed)],
    ]  # fmt: skip
    return [
        Table("Command and environment", ["", ""], facts),
        "All figures come from results.jsonl in this folder; times apart, the same command gives the same file.",
    ]


def _resolution(results: Results) -> tuple[int, int]:
    return tuple(results.experiment.resolution)  # type: ignore[return-value]


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


def _html(section: Section, folder: Path) -> str:
    parts = [f"<section><h2>{escape(section.title)}</h2>"]
    for item in section.content:
        if isinstance(item, Table):
            parts.append(item.html())
        elif isinstance(item, Picture):
            parts.append(
                f'<figure><img src="{_data(folder / item.path)}" alt="{escape(item.caption)}"><figcaption>{escape(item.caption)}</figcaption></figure>'
            )
        else:
            parts.append(f"<p>{escape(item)}</p>")
    return "\n".join([*parts, "</section>"])


def _data(path: Path) -> str:
    # Lossless: a lossy picture would itself change what is compared.
    buffer = io.BytesIO()
    converted(open_picture(path), "RGB").save(buffer, "WEBP", lossless=True, quality=60, method=3)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _read(name: str) -> str:
    return (resources.files("resefa.comparison.report") / "templates" / name).read_text(encoding="utf-8")
