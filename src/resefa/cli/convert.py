"""``resefa convert``: a checkpoint of any format to a safetensors file."""

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
    """Convert a checkpoint's generator to safetensors, which loads without pickle. The source's hash is recorded."""
    from resefa.checkpoints import native
    from resefa.cli.arguments import parse_settings
    from resefa.errors import OutputError
    from resefa.files.output_file import check_writable, write_bytes
    from resefa.generators.inspection import inspect as look
    from resefa.version import VERSION

    if output.suffix != ".safetensors":
        raise OutputError(
            f"{output} does not end in .safetensors, the format of converted checkpoints; write {output.stem}.safetensors."
        )
    check_writable(output)
    found = look(file, allow_global or (), entry, parse_settings(setting or []))
    if found.problem is not None or found.record is None:
        raise found.problem or OutputError(f"{file} cannot be converted.")
    provenance = {"file": file.name, "sha256": found.sha256, "resefa": VERSION}
    if found.licence:
        provenance["licence"] = found.licence
    write_bytes(output, native.to_bytes(found.record, provenance, half), rescue=True)
    written = look(output)
    if written.problem is not None:  # a check of the file on disk
        raise written.problem
    text = f"{output}: {found.record.family}, {written.size:,} bytes, sha256 {written.sha256}"
    report(as_json, quiet, text, {"from": provenance, **written.facts()})
