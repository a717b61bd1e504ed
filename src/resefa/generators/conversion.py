"""Conversion of a checkpoint of any format to a native safetensors file, which loads without pickle."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from resefa.checkpoints import native
from resefa.errors import OutputError
from resefa.files.input_file import user_path
from resefa.files.output_file import check_writable, write_bytes
from resefa.generators.inspection import Inspection, inspect
from resefa.version import VERSION


def convert(
    path: str | Path,
    output: str | Path,
    *,
    half: bool = False,
    allow_globals: Collection[str] = (),
    entry: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Inspection:
    """Write a checkpoint's generator to ``output``, with the name, SHA-256 and licence of the original.

    Args:
        half: store the weights in float16.
        allow_globals, entry, settings: as in ``resefa.load``.

    Returns:
        The inspection of the written file, which was read again.

    Raises:
        OutputError: another ending than .safetensors, or a file that cannot be written.
        ModelError, WeightsError: the checkpoint cannot be loaded.
    """
    path, output = user_path(path), user_path(output)
    if output.suffix != ".safetensors":
        raise OutputError(
            f"{output} does not end in .safetensors, the format of converted checkpoints; write {output.stem}.safetensors."
        )
    check_writable(output)
    found = inspect(path, allow_globals, entry, settings)
    if found.problem is not None or found.record is None:
        raise found.problem or OutputError(f"{path} cannot be converted.")
    provenance = {"file": path.name, "sha256": found.sha256, "resefa": VERSION}
    if found.licence:
        provenance["licence"] = found.licence
    write_bytes(output, native.to_bytes(found.record, provenance, half), rescue=True)
    written = inspect(output)
    if written.problem is not None:
        raise written.problem
    return written
