"""``resefa convert``: converts a checkpoint in any format to a safetensors file."""

from __future__ import annotations

from typing import Annotated

import typer

from resefa.cli.inspect import Checkpoint
from resefa.cli.options import AllowGlobal, AsJson, Entry, Output, Quiet, Setting
from resefa.cli.terminal import report


def convert(
    file: Checkpoint,
    output: Output,
    half: Annotated[
        bool, typer.Option("--half", help="Store weights in float16: half the size, slightly different images.")
    ] = False,
    entry: Entry = None,
    setting: Setting = None,
    allow_global: AllowGlobal = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Convert a checkpoint's generator to safetensors, which loads without pickle, and record the source's hash."""
    from resefa.cli.arguments import parse_settings
    from resefa.generators.conversion import convert as converted

    settings = parse_settings(setting or [])
    written = converted(file, output, half=half, allow_globals=allow_global or (), entry=entry, settings=settings)
    facts = written.facts()
    text = f"{output}: {facts['family']}, {written.size:,} bytes, sha256 {written.sha256}"
    report(as_json, quiet, text, {"from": facts["converted from"], **facts})
