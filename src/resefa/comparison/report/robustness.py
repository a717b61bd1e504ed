"""How much directions depend on how the region was drawn: the table and what the figure shows."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

import numpy as np

from resefa.comparison.records import Record
from resefa.comparison.report.method_styles import figure_text, look, short
from resefa.comparison.report.results import Results
from resefa.comparison.report.table_formats import Table
from resefa.comparison.robustness import ROUGH

Variant = tuple[str, str]
"""Method, and the value of its parameter in words."""


def variants(results: Results) -> dict[Variant, list[Record]]:
    """All that was found, by method and value, in the experiment's order."""
    found: dict[Variant, list[Record]] = defaultdict(list)
    for one in results.of("robust"):
        found[one["method"], value_text(one["value"])].append(one)
    return dict(found)


def value_text(value: dict[str, Any]) -> str:
    """``tau 0.001``; ``as it is`` for the method's own settings."""
    if not value:
        return "as it is"
    return ", ".join("lambda x 2" if (k, v) == ("lambda", 2.0) else f"{k} {v:g}" for k, v in value.items())


def robust_table(results: Results) -> Table | None:
    """Per method and value: turn of the best direction, of the span of three, and growth of the change outside."""
    rows = []
    for (method, value), records in variants(results).items():
        known = [one for one in records if one.get("angle") is not None and one["variant"] != ROUGH]
        if not known:
            continue
        amounts = sorted({one["amount"] for one in results.of("robust") if one.get("amount")})
        row = [f"{results.title(method)}, {value}"]
        for amount in amounts:
            those = [one for one in known if one["amount"] == amount]
            if not those:
                row += ["–"] * 2
                continue
            row += [
                f"{median(one['angle'] for one in those):.0f}° / {median(max(one['principal']) for one in those):.0f}°",
                _growth(those),
            ]
        before = {(one["region"], one["image"]): one["base_outside"] for one in known}
        row += [f"{median(before.values()):.4f}", str(len({one["image"] for one in known}))]
        rows.append(row)
    if not rows:
        return None
    header = ["method, value"]
    for amount in amounts:
        header += [f"turn at {amount:.0%}", f"outside grows, {amount:.0%}"]
    notes = [
        "Regions moved up, down, left and right, grown and shrunk by a share of their own height and width. Turn: angle between the best direction of the "
        "true region and that of the disturbed one, and the largest principal angle between the spans of the best three; medians. Outside grows: the "
        f"change outside the true region at {results.experiment.reference:g} inside it, over that of the undisturbed direction: median, and the share of edits "
        "in which it more than doubles. Angles say little of methods whose candidates are few: their direction stays or jumps to another one."
    ]  # fmt: skip
    rough = [one for one in results.of("robust") if one["variant"] == ROUGH and one.get("angle") is not None]
    if rough:
        parts = []
        for method in dict.fromkeys(one["method"] for one in rough):
            those = [one for one in rough if one["method"] == method]
            parts.append(
                f"{results.title(method)} turns {median(one['angle'] for one in those):.0f}° and grows {_growth(those)}"
            )
        notes.append("The region as given against the exact mask: " + "; ".join(parts) + ".")
    lost = sum(one.get("reason") is not None for one in results.of("robust"))
    if lost:
        notes.append(f"{lost} searches found no direction and take no part.")
    return Table("Robustness to the region", [*header, "outside before", "images"], rows, notes)


def growths(records: list[Record]) -> list[float]:
    """Change outside of the disturbed over the undisturbed direction, of the edits that reached the level."""
    return [one["outside"] / one["base_outside"] for one in records if one.get("attained") and one["base_outside"] > 0]


def _growth(records: list[Record]) -> str:
    found = np.array(growths(records))
    return f"{np.median(found):.2f} x ({np.mean(found > 2):.0%})" if len(found) else "–"


def draw_robustness(make: Any, results: Results, width: float) -> Any:
    """Growth of the change outside by kind of disturbance, a panel per region."""
    regions, rows = list(results.experiment.regions), list(variants(results).items())
    figure = make(figsize=(width, 0.7 + 0.27 * len(rows)), layout="constrained")
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
                    middle, place + shift, xerr=[[middle - low], [high - middle]], fmt=marker, color=look(method).colour, markersize=3.5,
                    markerfacecolor="white" if kind != "moved" else None, elinewidth=0.9, capsize=1.5, label=kind if place == 0 else None,
                )  # fmt: skip
        panel.axvline(1, color="#444444", linewidth=0.7)
        panel.set_xscale("log")
        low, high = panel.get_xlim()
        ticks = [tick for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64) if low / 1.3 <= tick <= high * 1.3]
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
        panel.set_title(figure_text(short(region)))
        panel.set_xlabel("change outside, over the undisturbed direction's")
        panel.grid(False, axis="y")
    panels[0].set_yticks(
        range(len(rows)), [figure_text(f"{results.title(method)}, {value}") for (method, value), _ in rows]
    )
    panels[0].invert_yaxis()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    return figure
