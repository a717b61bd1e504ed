"""``resefa show``: what a directions file holds."""

from __future__ import annotations

import json
from pathlib import Path

from resefa.cli.options import AsJson, DirectionsFile

_NAMES = ("eigenvalues", "inside_rate", "outside_rate", "residuals")


def show(directions: DirectionsFile, as_json: AsJson = False) -> None:
    """Print what a directions file holds."""
    import resefa

    print_directions(resefa.Directions.load(directions), as_json, directions)


def print_directions(found, as_json: bool, path: Path) -> None:  # type: ignore[no-untyped-def]
    """Facts and a row of figures per direction."""
    from dataclasses import asdict

    table = {name: getattr(found, name).tolist() for name in _NAMES if getattr(found, name) is not None}
    own = found.provenance
    facts = {
        key: value for key, value in asdict(own).items() if value not in (None, "") and key not in ("names", "steps")
    }
    if own.steps is not None:
        table["step"] = list(own.steps)
    if own.names is not None:
        facts["names"] = (
            list(own.names) if as_json else ", ".join(own.names[:12]) + (", ..." if len(own.names) > 12 else "")
        )
    if as_json:
        head = {"file": str(path), "count": len(found), "dimensions": found.dimensions}
        print(json.dumps({**head, "provenance": facts, **table}, indent=2))
        return
    print(f"{path}: {len(found)} directions of {found.dimensions} dimensions")
    for key, value in facts.items():
        print(f"  {key:20} {value}")
    if table:
        print("  #   " + "  ".join(f"{name:>12}" for name in table))
        for i in range(len(found)):
            print(f"  {i:<3} " + "  ".join(f"{values[i]:12.4g}" for values in table.values()))
