"""``resefa inspect``: describes the content of a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from resefa.cli.commands import worded
from resefa.cli.options import AllowGlobal, AsJson, Entry, Setting
from resefa.cli.terminal import say
from resefa.errors import printable

Checkpoint = Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint in any format.")]
_MOST_LAYERS = 40
_SETTINGS = ("architecture", "conv_clamp", "lr_multiplier", "noise")


def inspect(
    file: Checkpoint,
    entry: Entry = None,
    setting: Setting = None,
    allow_global: AllowGlobal = None,
    as_json: AsJson = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; exit non-zero if the file cannot be loaded.")
    ] = False,
) -> None:
    """Describe a checkpoint without running code in it: architecture, layers, pickled names.

    Exits non-zero if the file cannot be loaded.
    """
    from resefa.cli.arguments import parse_settings
    from resefa.generators.inspection import inspect as look

    found = look(file, allow_global or (), entry, parse_settings(setting or []))
    facts = found.facts()
    if found.problem is not None:
        facts["problem"] = worded(found.problem.message)
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        for line in _lines(facts):
            say(line)
    if found.problem is not None:
        raise typer.Exit(found.problem.exit_code)


def _shape(configuration: dict[str, Any]) -> dict[str, Any]:
    """The most important settings of a configuration, widths first."""
    found = {key: configuration.get(key) for key in ("widths", *_SETTINGS)}
    layers, blocks = configuration.get("layers"), configuration.get("blocks")
    if not found["widths"] and isinstance(layers, list):  # StyleGAN3
        found["widths"] = [layer["outputs"] for layer in layers]
    elif not found["widths"] and isinstance(blocks, list):  # BigGAN-deep: (enlarges, inputs, outputs)
        found["widths"] = [block[-1] for block in blocks]
    return {key: value for key, value in found.items() if value is not None}


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
        facts["layers"] = f"{len(sizes)}, with {' '.join(map(str, sizes[:_MOST_LAYERS]))} pixels"
    if "classes" in facts:
        facts["classes"] = facts["classes"] or "none (unconditional)"
    if origin := facts.pop("converted from", {}):
        facts["converted from"] = ", ".join([origin.get("file", ""), f"sha256 {origin.get('sha256', 'unknown')}"])
    facts["other entries"] = ", ".join(facts.get("other entries", ()))
    facts["notes"] = "; ".join(facts.get("notes", ()))
    # Text in an untrusted file may contain control characters.
    lines = [f"{key:14} {printable(value, 2000)}" for key, value in facts.items() if value not in ("", None)]
    for key, value in _shape(configuration).items():
        lines.append(f"  {key:12} {printable(value, 400)}")
    if problem:
        lines.append(f"problem        {problem}")
    if names:
        unknown = [each for each in names if not each["harmless"]]
        lines.append(f"globals {len(names)} names, {len(unknown) or 'none'} not needed for weights; none is imported")
        lines += [
            f"  {' ' if each['harmless'] else '!'} {each['name']} (byte {each['byte']})"
            + (f": {each['remark']}" if each["remark"] else "")
            for each in sorted(names, key=lambda each: each["harmless"])
        ]
    return lines
