"""Paths as plain data and as lines of text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from resefa.errors import printable
from resefa.paths.edit_paths import EditPaths

_MOST_LINES = 50


def facts(paths: EditPaths) -> dict[str, Any]:
    """Origin and figures of paths, as plain data."""
    origin = {key: value for key, value in asdict(paths.provenance).items() if value not in (None, "")}
    code = paths.code
    each = [{"image": code.label(i), **paths.chosen([i]).curve_facts()} for i in range(len(paths.paths))]
    return {
        "direction": paths.straight.name,
        "change": paths.change,
        "count": len(paths.paths),
        "dimensions": len(paths.vector),
        "provenance": origin,
        "paths": each,
    }


def lines(paths: EditPaths) -> list[str]:
    """The lines that ``resefa show`` prints: origin, then the ends and the certificate of each path."""
    own, code = paths.provenance, paths.code
    where = f"{own.space}, layers {printable(own.layers, 60)}" if own.layers else own.space
    found = [
        f"  {'direction':20} {printable(paths.straight.name, 200)}",
        f"  {'region':20} {printable(own.region, 200)}",
        f"  {'model':20} {printable(own.model, 200)}",
        f"  {'space':20} {len(paths.vector)} dimensions in {printable(where, 100)}",
        f"  {'strength 1':20} a mean squared change of {paths.change:g} inside the region",
    ]
    for i, one in enumerate(paths.paths[:_MOST_LINES]):
        ends = ", ".join(
            f"{sign}{(one.end(side) / paths.change) ** 0.5:.2f}{_because(one.reason(side))}"
            for sign, side in (("-", -1), ("+", 1))
        )
        found.append(f"  {code.label(i):20} {len(one)} nodes, strengths {ends}; {one.certificate.sentence()}")
    if len(paths.paths) > _MOST_LINES:
        found.append(f"  and {len(paths.paths) - _MOST_LINES} more")
    return found


def _because(reason: str) -> str:
    return f" ({printable(reason, 200)})" if reason else ""
