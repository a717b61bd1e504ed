"""Directions to and from disk, by content on reading and by the file's ending on writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resefa.directions.directions import Directions
from resefa.directions.file_format import from_bytes, to_bytes
from resefa.directions.formats.reading import ForeignFile, foreign
from resefa.directions.formats.writing import format_of, written
from resefa.errors import DirectionsError
from resefa.files import check_writable, write_bytes

if TYPE_CHECKING:
    from resefa.generators.protocol import Generator

LARGEST_FILE = 4 * 2**30


def save_directions(
    directions: Directions, path: str | Path, format: str | None = None, generator: Generator | None = None
) -> None:
    """Write ``.safetensors`` (all), or a file for another tool, whole or not at all.

    Raises:
        DirectionsError: another ending, or a format that cannot carry these directions.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    own = path.suffix == ".safetensors" and format is None
    write_bytes(path, to_bytes(directions) if own else written(directions, path, format, generator), rescue=True)


def check_output(path: str | Path, format: str | None = None) -> None:
    """Raise what saving to ``path`` would raise for its name or its folder, before directions are looked for."""
    path = Path(path)
    if path.suffix != ".safetensors" or format is not None:
        format_of(path, format)
    check_writable(path)


def load_directions(
    path: str | Path, space: str | None = None, layers: str | None = None, generator: Generator | None = None
) -> Directions:
    """Read any kind, told apart by content. A bare array of which nothing else is known is taken for Z.

    Raises:
        DirectionsError: missing, damaged, or of another layout.
    """
    return interpreted(open_directions(path), space, layers, generator, default="Z")


def open_directions(path: str | Path) -> Directions | ForeignFile:
    """The file's content, before a model says what a bare array means.

    Raises:
        DirectionsError: missing, damaged, or of another layout.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DirectionsError(f"{path.name} has {path.stat().st_size:,} bytes: no directions file is that large.")
        data = path.read_bytes()
    except OSError as error:
        raise DirectionsError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    found = foreign(data, path)
    return from_bytes(data, path.name) if found is None else found


def interpreted(
    found: Directions | ForeignFile,
    space: str | None = None,
    layers: str | None = None,
    generator: Generator | None = None,
    default: str | None = None,
) -> Directions:
    """The directions of an opened file.

    Args:
        default: the space of a bare array of which nothing is known; None to ask for it.

    Raises:
        DirectionsError: something must be said first, or what is said does not fit.
    """
    if isinstance(found, ForeignFile):
        return found.directions(space, layers, generator, default)
    if (space or found.provenance.space, layers or found.provenance.layers) != (
        found.provenance.space,
        found.provenance.layers,
    ):
        own = f"{found.provenance.space}{f', layers {found.provenance.layers}' if found.provenance.layers else ''}"
        raise DirectionsError(f"Another space or layers came for directions that say theirs, {own}: leave them out.")
    return found
