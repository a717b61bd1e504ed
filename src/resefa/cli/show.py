"""``resefa show``: prints the content of a directions file or of a paths file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.options import AsJson, DirectionsFile
from resefa.cli.terminal import say

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.paths.edit_paths import EditPaths

_NO_SPACE = "not stated in the file; use `resefa import` with --space or --model"


def show(
    directions: DirectionsFile,
    as_json: AsJson = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing; exit non-zero if the file cannot be read.")
    ] = False,
) -> None:
    """Print a directions file or a file of paths: origin, settings, certificate, and figures for each direction or path."""
    from resefa.directions.directions import Directions
    from resefa.directions.formats.import_options import UnknownSpace
    from resefa.directions.storage import open_directions
    from resefa.paths.edit_paths import EditPaths
    from resefa.paths.file_format import is_paths_file

    if is_paths_file(directions):
        paths = EditPaths.load(directions)
        if as_json or not quiet:
            _print_paths(paths, as_json, directions)
        return
    opened = open_directions(directions)
    try:
        found, stated = Directions.of(opened), True
    except UnknownSpace:
        found, stated = Directions.of(opened, default="Z"), False
    if as_json or not quiet:
        print_directions(found, as_json, directions, stated)


def _print_paths(paths: EditPaths, as_json: bool, path: Path) -> None:
    from resefa.errors import printable
    from resefa.paths import shown

    if as_json:
        print(json.dumps({"file": str(path), **shown.facts(paths)}, indent=2))
        return
    count = len(paths.paths)
    head = f"{printable(path, 300)}: {count} path{'s' * (count != 1)} along {printable(paths.straight.name, 200)}"
    say("\n".join([head, *shown.lines(paths)]))


def print_directions(found: Directions, as_json: bool, path: Path, space_stated: bool = True) -> None:
    """Print facts and a row of figures per direction; ``space_stated``: whether the file states the latent space."""
    from resefa.directions import shown
    from resefa.errors import printable

    if as_json:
        facts = shown.facts(found) | ({} if space_stated else {"space": None})
        names = found.provenance.names
        head = {"file": str(path), "count": len(found), "dimensions": found.dimensions}
        named = {} if names is None else {"names": list(names)}
        proof = {} if found.certificate is None else {"certificate": shown.certified(found)}
        said = {"provenance": facts | named, "status": found.status, **proof}
        measured = {} if found.facts is None else {"facts": [one.as_dict() for one in found.facts]}
        print(json.dumps({**head, **said, **shown.table(found), **measured}, indent=2))
        return
    lines = shown.lines(found, None if space_stated else _NO_SPACE)
    say("\n".join([f"{printable(path, 300)}: {shown.count_of(found)}", *lines]))
