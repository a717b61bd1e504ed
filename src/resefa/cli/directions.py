"""``resefa directions``: names, captions and measurements of directions, and the named directions of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.caption import caption
from resefa.cli.commands import Command, Group
from resefa.cli.measure import measure
from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, DirectionsFile, Quiet
from resefa.cli.show import print_directions
from resefa.cli.terminal import report, say

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.directions.library import NamedDirection

directions = typer.Typer(cls=Group, no_args_is_help=True)

Changed = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="File to write; default: the directions file itself is changed."
    ),
]


@directions.callback()
def about() -> None:
    """Name directions, and keep named directions of a model."""


directions.command(cls=Command)(measure)
directions.command(cls=Command)(caption)


@directions.command(cls=Command)
def rename(
    file: DirectionsFile,
    names: Annotated[
        list[str],
        typer.Argument(metavar="INDEX=NAME...", help="New name of a direction: 0=smile. Other names stay."),
    ],
    output: Changed = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Name directions of a file: resefa directions rename mouth.safetensors 0=smile 2="wide mouth"."""
    from resefa.cli.arguments import parse_names

    target = changed_file(file, output)
    found = opened_file(file).renamed(parse_names(names))
    save_changed(found, target, as_json, quiet)


@directions.command(cls=Command)
@takes_model
def add(
    model: ModelOptions,
    file: DirectionsFile,
    names: Annotated[
        list[str],
        typer.Argument(metavar="INDEX=NAME...", help="Direction to store, and its name: 0=smile."),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the named direction of the model, if the name is in use.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Store directions of a file by name, for `resefa edit MODEL --named smile=1`."""
    from resefa.cli.arguments import parse_names
    from resefa.directions.direction_names import name_key
    from resefa.directions.directions import Directions
    from resefa.directions.library import NamedDirections
    from resefa.directions.storage import open_directions
    from resefa.errors import DirectionsError, UsageError

    wanted = parse_names(names)
    if len({name_key(name) for name in wanted.values()}) < len(wanted):
        raise UsageError("Two directions have the same name (capitals make no difference); give each another name.")
    opened = open_directions(file)
    generator = model.opened()
    found = Directions.of(opened, generator=generator)
    chosen = {name: found[index] for index, name in wanted.items()}
    library = NamedDirections(generator)
    if not replace and (taken := [name for name in chosen if library.path_of(name).exists()]):
        raise DirectionsError(
            f"{generator.name} already has a direction named {taken[0]!r}; choose another name, or add --replace."
        )
    paths = {name: library.add(name, direction, replace=replace) for name, direction in chosen.items()}
    text = "\n".join(f"{name}: {path}" for name, path in paths.items())
    report(as_json, quiet, text, {"model": generator.name, "added": {name: str(path) for name, path in paths.items()}})


@directions.command(cls=Command)
@takes_model
def remove(
    model: ModelOptions,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Name of a stored direction.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Delete named directions of a model."""
    from resefa.directions.library import NamedDirections

    generator = model.opened()
    library = NamedDirections(generator)
    for name in names:
        library.remove(name)
    report(as_json, quiet, f"removed {', '.join(names)}", {"model": generator.name, "removed": names})


@directions.command("list", cls=Command)
@takes_model
def listing(
    model: ModelOptions | None = None,
    as_json: AsJson = False,
) -> None:
    """List the named directions of a model; without MODEL, of every model."""
    import json

    from resefa.directions.library import NamedDirections, named_by_model

    if model is not None and model.model:
        library = NamedDirections(model.opened())
        found = library.listed()
        none = f"{model.model} has no named directions; store one with `resefa directions add {model.model} FILE INDEX=NAME`."
    else:
        found = [one for several in named_by_model().values() for one in several]
        none = "No named directions; store one with `resefa directions add MODEL FILE INDEX=NAME`."
    if as_json:
        print(json.dumps([_facts(one) for one in found], indent=2))
    else:
        say(_table(found) if found else none)


def _facts(one: NamedDirection) -> dict[str, str | bool | None]:
    origin = one.direction.provenance
    return {
        "name": one.name,
        "model": origin.model,
        "fingerprint": origin.fingerprint,
        "space": origin.space,
        "layers": origin.layers,
        "region": origin.region,
        "part_of_resefa": one.shipped,
        "file": str(one.path),
    }


def _table(found: list[NamedDirection]) -> str:
    """One line for each direction: name, model, space, region and origin."""
    from resefa.directions.shown import region_name, space_of
    from resefa.errors import printable

    rows = [("name", "model", "space", "region", "origin")]
    for one in found:
        origin = one.direction.provenance
        model = printable(origin.model, 40) or "unknown"
        rows.append(
            (one.name, model, space_of(origin), region_name(origin), "part of resefa" if one.shipped else "yours")
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def changed_file(file: Path, output: Path | None) -> Path:
    """The file to write: ``--output``, or the directions file itself; checked before any work.

    Raises:
        OutputError: a file that is not a directions file of resefa, or that cannot be written.
    """
    from resefa.directions.file_format import ENDING
    from resefa.errors import OutputError
    from resefa.files.input_file import user_path
    from resefa.files.output_file import check_writable

    target = user_path(file if output is None else output)
    if target.suffix.lower() != ENDING:
        raise OutputError(
            f"{target} does not end in {ENDING}, the format of directions files; write {target.stem}{ENDING} with --output."
        )
    check_writable(target)
    return target


def opened_file(file: Path) -> Directions:
    """The directions of a file that states their latent space."""
    from resefa.directions.directions import Directions
    from resefa.directions.storage import open_directions

    return Directions.of(open_directions(file))


def save_changed(found: Directions, target: Path, as_json: bool, quiet: bool) -> None:
    """Write changed directions atomically, and print them."""
    found.save(target)
    if as_json or not quiet:
        print_directions(found, as_json, target)
