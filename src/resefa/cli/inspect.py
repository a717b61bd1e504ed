"""``resefa inspect``: what a checkpoint is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from resefa.cli.options import AllowGlobal, AsJson

Checkpoint = Annotated[Path, typer.Argument(help="A checkpoint of any kind.")]
_MOST_LAYERS = 40


def inspect(file: Checkpoint, allow_global: AllowGlobal = None, as_json: AsJson = False) -> None:
    """Say what a checkpoint is, without running anything in it. Leaves with an error code where it would not open."""
    from resefa.generators.inspection import inspect as look

    found = look(file, allow_global or ())
    facts = found.facts()
    if as_json:
        print(json.dumps(facts, indent=2))
    else:
        for line in _lines(facts):
            print(line)
    if found.problem is not None:
        raise typer.Exit(found.problem.exit_code)


def _lines(facts: dict[str, Any]) -> list[str]:
    names = facts.pop("globals", [])
    configuration = facts.pop("configuration", {})
    problem = facts.pop("problem", "")
    facts["opens"] = "yes" if facts["opens"] else "no"
    facts["size"] = f"{facts['size']:,} bytes"
    if "parameters" in facts:
        facts["parameters"] = f"{facts['parameters']:,}"
    if "resolution" in facts:
        facts["resolution"] = "{} x {}".format(*facts["resolution"])
    if "spaces" in facts:
        facts["spaces"] = ", ".join(f"{key} {' x '.join(map(str, shape))}" for key, shape in facts["spaces"].items())
    if "layers" in facts:
        sizes = facts["layers"]
        facts["layers"] = f"{len(sizes)}, of {' '.join(map(str, sizes[:_MOST_LAYERS]))} pixels"
    facts["notes"] = "; ".join(facts.get("notes", ()))
    lines = [f"{key:14} {value}" for key, value in facts.items() if value not in ("", None)]
    for key in ("widths", "architecture", "conv_clamp", "lr_multiplier", "noise"):
        if configuration.get(key) is not None:
            lines.append(f"  {key:12} {configuration[key]}")
    if problem:
        lines.append(f"problem        {problem}")
    if names:
        unknown = [each for each in names if not each["harmless"]]
        lines.append(
            f"globals        {len(names)} named, {len(unknown) or 'none'} beyond what weights need; none is ever imported"
        )
        lines += [
            f"  {' ' if each['harmless'] else '!'} {each['name']} (byte {each['byte']})"
            + (f": {each['remark']}" if each["remark"] else "")
            for each in sorted(names, key=lambda each: each["harmless"])
        ]
    return lines
