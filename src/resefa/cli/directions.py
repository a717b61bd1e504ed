"""``resefa directions``: names, captions and measurements of directions, and the named directions of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.commands import Command, Group
from resefa.cli.options import AsJson, DirectionsFile, Quiet
from resefa.cli.show import print_directions

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

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
