"""Options that several commands share, and what they open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from resefa.cli.saying import say

DirectionsFile = Annotated[Path, typer.Argument(help="A directions file: resefa's (.safetensors) or another tool's.")]
DirectionsName = Annotated[
    str | None,
    typer.Option("--name", help="Name of the directions on sheets and pages: smile gives smile #0, smile #1."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
Entry = Annotated[
    str | None,
    typer.Option(help="Network to open in a file that holds several, as `resefa inspect` names it."),
]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        help="Settings that a weights file does not hold: strides=1,2,2,1 or conv_clamp=256. May be repeated.",
        metavar="NAME=VALUE",
    ),
]
Space = Annotated[str | None, typer.Option(help="Latent space: Z, W, W+ or S, as the model has them.")]
Layers = Annotated[str | None, typer.Option(help="Only these layers: 4-7, 0,3,8-11 or by resolution 16-64px.")]
AllowGlobal = Annotated[
    list[str] | None,
    typer.Option(help="A further name that a pickle may contain; it stays inert. May be repeated."),
]
Plain = Annotated[
    bool, typer.Option("--plain", help="Pictures only, pixel for pixel: no captions, margins or figures.")
]
Size = Annotated[
    int | None,
    typer.Option(help="Longer side of each picture in pixels; default its own with --plain, otherwise at least 128."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report for machines, on standard output.")]


def report(as_json: bool, quiet: bool, text: str, facts: dict[str, Any]) -> None:
    """Say what was done: in words, as JSON, or not at all."""
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        say(text)
