"""The robustness section of a report: records by method and parameter value, and their table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

import numpy as np

from resefa.comparison.records import Record
from resefa.comparison.report.results import Results
from resefa.comparison.report.table_formats import Table
from resefa.comparison.robustness import ROUGH

Variant = tuple[str, str]
"""The method, and the value of its parameter as text."""


def variants(results: Results) -> dict[Variant, list[Record]]:
    """The records by method and parameter value, in the experiment's order."""
    found: dict[Variant, list[Record]] = defaultdict(list)
    for one in results.of("robust"):
        found[one["method"], value_text(one["value"])].append(one)
    return dict(found)


def value_text(value: dict[str, Any]) -> str:
    """The value of a parameter as text, for example ``tau 0.001``; ``default`` for the default settings."""
    if not value:
        return "default"
    return ", ".join("lambda x 2" if (k, v) == ("lambda", 2.0) else f"{k} {v:g}" for k, v in value.items())


def growths(records: Sequence[Record]) -> list[float]:
    """The change outside with the disturbed direction, divided by that with the undisturbed direction, if edits reach the level."""
    return [one["outside"] / one["base_outside"] for one in records if one.get("attained") and one["base_outside"] > 0]


def robust_table(results: Results) -> Table | None:
    """The table of rotations (best direction, span of the best three) and growths of the change outside; None without records."""
    every = results.of("robust")
    amounts = sorted({one["amount"] for one in every if one.get("amount")})
    rows = []
    for (method, value), records in variants(results).items():
        known = [one for one in records if one.get("angle") is not None and one["variant"] != ROUGH]
        if known:
            rows.append([f"{results.title(method)}, {value}", *_cells(known, amounts)])
    if not rows:
        return None
    header = ["method, value"]
    for amount in amounts:
        header += [f"rotation at {amount:.0%}", f"outside grows at {amount:.0%}"]
    return Table("Robustness to the region", [*header, "outside before", "images"], rows, _notes(results))


def _cells(records: Sequence[Record], amounts: Sequence[float]) -> list[str]:
    cells = []
    for amount in amounts:
        those = [one for one in records if one["amount"] == amount]
        if not those:
            cells += ["–"] * 2
            continue
        best, span = median(one["angle"] for one in those), median(max(one["principal"]) for one in those)
        cells += [f"{best:.0f}° / {span:.0f}°", _growth(those)]
    before = {(one["region"], one["image"]): one["base_outside"] for one in records}
    return [*cells, f"{median(before.values()):.4f}", str(len({one["image"] for one in records}))]


def _notes(results: Results) -> list[str]:
    notes = [
        "The regions are moved up, down, left and right, grown and shrunk by a fraction of their height and width. Rotation: angle between the best direction for the "
        "true region and for the disturbed region, and the largest principal angle between the spans of the best three; medians. Outside grows: change "
        f"outside the true region at {results.experiment.reference:g} inside, divided by that with the undisturbed direction: median, and the fraction of edits "
        "in which the change more than doubles. Angles say little about methods with few candidates: their direction stays the same or jumps to a different candidate."
    ]  # fmt: skip
    rough = [one for one in results.of("robust") if one["variant"] == ROUGH and one.get("angle") is not None]
    if rough:
        parts = []
        for method in dict.fromkeys(one["method"] for one in rough):
            those = [one for one in rough if one["method"] == method]
            angle = median(one["angle"] for one in those)
            parts.append(
                f"{results.title(method)} rotates by {angle:.0f}° and its change outside grows by {_growth(those)}"
            )
        notes.append("Comparison of the given region with the exact mask: " + "; ".join(parts) + ".")
    lost = sum(one.get("reason") is not None for one in results.of("robust"))
    if lost:
        notes.append(f"{lost} searches found no direction and are excluded.")
    return notes


def _growth(records: Sequence[Record]) -> str:
    found = np.array(growths(records))
    return f"{np.median(found):.2f} x ({np.mean(found > 2):.0%})" if len(found) else "–"
