"""Directions to and from disk, by content on reading and by the file's ending on writing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from resefa.directions.directions import Directions
from resefa.directions.file_format import ENDING, read, to_bytes
from resefa.directions.formats.reading import ForeignFile, foreign
from resefa.directions.formats.writing import format_of, written
from resefa.errors import DirectionsError
from resefa.files.input_file import opened_input, user_path
from resefa.files.output_file import check_writable, write_bytes
from resefa.files.tensor_file import begins_as_tensor_file
from resefa.generators.completed import as_generator
from resefa.zoo.cards import card_in_place_of_a_file

if TYPE_CHECKING:
    from resefa.generators.protocol import Generator

LARGEST_FILE = 2**30
"""Bytes; but for archives of arrays, of which some only are read."""
LARGEST_ARCHIVE = 2**34


def save_directions(
    directions: Directions, path: str | Path, format: str | None = None, generator: Generator | None = None
) -> None:
    """Write ``.safetensors`` (all), or a file for another tool, whole or not at all.

    Raises:
        DirectionsError: another ending, or a format that cannot carry these directions.
        OutputError: the file cannot be written.
    """
    path = user_path(path)
    generator = None if generator is None else as_generator(generator)
    own = path.suffix.lower() == ENDING and format is None
    write_bytes(path, to_bytes(directions) if own else written(directions, path, format, generator), rescue=True)


def check_output(path: str | Path, format: str | None = None) -> None:
    """Raise what saving to ``path`` would raise for its name or its folder, before directions are looked for."""
    path = user_path(path)
    if path.suffix.lower() != ENDING or format is not None:
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
    path = user_path(path)
    if not os.path.exists(path) and (hint := card_in_place_of_a_file(str(path))):
        raise DirectionsError(hint)
    with opened_input(path, LARGEST_ARCHIVE, raises=DirectionsError) as (file, size):
        start = file.read(16)
        file.seek(0)
        if size > LARGEST_FILE and not start.startswith(b"PK"):
            raise DirectionsError(f"{path.name} has {size:,} bytes; a directions file has at most {LARGEST_FILE:,}.")
        if begins_as_tensor_file(start, size):
            return read(file, size, path.name)
        return foreign(file, size, path)


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
        generator = None if generator is None else as_generator(generator)
        return found.directions(space, layers, generator, default)
    if (space or found.provenance.space, layers or found.provenance.layers) != (
        found.provenance.space,
        found.provenance.layers,
    ):
        own = f"{found.provenance.space}{f', layers {found.provenance.layers}' if found.provenance.layers else ''}"
        raise DirectionsError(
            f"The file states that its directions are in {own}, but another space or other layers were given: leave them out."
        )
    return found
