"""Tables of the docs from ``benchmarks/results/*.json``: the figures are written down once, as data.

A results file is one measurement::

    {"title": ..., "kind": "speed" | "accuracy" | "robustness" | "benchmark", "order": 1, "benchmark": "jacobian --rounds 9" or null,
     "about": "what was measured", "machine": {"cpu": ..., "cores": 2, "threads": 2, "torch": "2.13", "load": ..., "date": ...},
     "tables": [{"id": "jacobian-svd", "caption": ..., "columns": [{"name": "time", "unit": "ms", "format": ".1f"}],
                 "rows": [["ours", 131]]}],
     "notes": ["..."]}

A cell is text, a number, a range ``[low, high]``, null (nothing measured), or ``{"value": x, "interval": [low, high], "best": true}``.
Each kind is a page of ``docs/measurements/``, made whole. A guide shows a single table between the lines ``<!-- table: ID -->``
and ``<!-- end of table -->``; ``<!-- table: ID without intervals -->`` leaves the intervals out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

KINDS = {
    "speed": ("Speed and memory", "Time and memory of Jacobians, networks and solvers."),
    "accuracy": (
        "Accuracy",
        "Agreement with independent code and with the reference implementations, and how local the edits are.",
    ),
    "robustness": ("Robustness", "Damaged files, hostile files and interrupted processes."),
    "benchmark": ("Benchmark with known truth", "Edits of drawn heads, whose attributes and masks can be read."),
}
_MARKED = re.compile(r"(<!-- table: ([\w-]+)( without intervals)? -->\n).*?(<!-- end of table -->)", re.DOTALL)
_UNKNOWN = "not recorded"
_NAMES = {"cpu": "processor", "torch": "PyTorch version"}


def results(root: Path) -> list[dict[str, Any]]:
    """Every results file, in the order of the pages."""
    files = sorted((root / "benchmarks" / "results").glob("*.json"))
    found = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    return sorted(found, key=lambda result: (list(KINDS).index(result["kind"]), result["order"]))


def number(value: float, form: str | None) -> str:
    """A number as its column shows it; ``form`` is a format specification, or none for the shortest exact digits."""
    text = format(value, form) if form else repr(value)
    return re.sub(r"e([+-])0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", text)


def cell(value: Any, form: str | None, intervals: bool = True) -> str:
    """A cell as Markdown."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"{number(value[0], form)} to {number(value[1], form)}"
    if isinstance(value, dict):
        text = number(value["value"], form)
        text = f"**{text}**" if value.get("best") else text
        interval = value.get("interval")
        return f"{text} [{number(interval[0], form)}, {number(interval[1], form)}]" if interval and intervals else text
    return number(value, form)


def table(data: dict[str, Any], intervals: bool = True) -> str:
    """A table as Markdown. A unit stands in the column's heading."""
    columns = data["columns"]
    heads = [f"{column['name']} ({column['unit']})" if column.get("unit") else column["name"] for column in columns]
    lines = [heads, ["---"] * len(heads)]
    for row in data["rows"]:
        if len(row) != len(columns):
            raise ValueError(f"table {data['id']}: the row {row} has {len(row)} cells for {len(columns)} columns")
        lines.append([cell(value, column.get("format"), intervals) for value, column in zip(row, columns, strict=True)])
    return "\n".join(f"| {' | '.join(line)} |".replace("  ", " ") for line in lines)


def machine_line(machine: dict[str, Any]) -> str:
    """The machine of a measurement as one line: the recorded facts, then the names of the others."""
    known = {name: value for name, value in machine.items() if value != _UNKNOWN}
    forms = {
        "cpu": "{}",
        "gpu": "{}",
        "cores": "cores: {}",
        "threads": "threads: {}",
        "torch": "PyTorch {}",
        "load": "load: {}",
        "date": "{}",
    }
    facts = [form.format(known[name]) for name, form in forms.items() if name in known]
    unknown = [_NAMES.get(name, name) for name, value in machine.items() if value == _UNKNOWN]
    return "; ".join([*facts, *([f"{_UNKNOWN}: {', '.join(unknown)}"] if unknown else [])])


def section(result: dict[str, Any]) -> str:
    """One measurement as a section of its page."""
    parts = [f"## {result['title']}", result["about"]]
    parts.append(f"*Machine.* {machine_line(result['machine'])}.")
    if result.get("benchmark"):
        parts.append(f"*Repeat.* `python benchmarks/run.py run {result['benchmark']}`")
    for data in result["tables"]:
        parts += [f"**{data['caption']}**"] if data.get("caption") else []
        parts.append(table(data))
    if result.get("notes"):
        parts.append("\n".join(f"- {note}" for note in result["notes"]))
    return "\n\n".join(parts)


def page(kind: str, found: list[dict[str, Any]]) -> str:
    """The page of one kind of measurement."""
    title, about = KINDS[kind]
    parts = [
        f"# {title}",
        f"<!-- Made by `python benchmarks/run.py tables` from benchmarks/results/*.json. Edit the data, not this page. -->\n\n{about} "
        f'"{_UNKNOWN[0].upper()}{_UNKNOWN[1:]}" means that nobody wrote the fact down when the figure was measured.',
        *(section(result) for result in found if result["kind"] == kind),
    ]
    return "\n\n".join(parts) + "\n"


def update(root: Path, write: bool = True) -> list[Path]:
    """Bring the measurement pages and every marked table up to date; the files that differed are returned."""
    found = results(root)
    tables = {data["id"]: data for result in found for data in result["tables"]}
    if len(tables) != sum(len(result["tables"]) for result in found):
        raise ValueError("two tables of benchmarks/results have the same id")
    pages = {root / "docs" / "measurements" / f"{kind}.md": page(kind, found) for kind in KINDS}
    for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))]:
        if path not in pages:
            text = path.read_text(encoding="utf-8")
            pages[path] = _MARKED.sub(lambda mark: f"{mark[1]}{table(tables[mark[2]], not mark[3])}\n{mark[4]}", text)
    changed = [path for path, text in pages.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in changed if write else []:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path], encoding="utf-8")
    return changed
