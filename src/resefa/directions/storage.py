"""Directions files of resefa and of other tools on disk: recognised by content on reading, by the ending on writing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from resefa.directions.directions import Directions
    from resefa.generators.protocol import Generator

LARGEST_FILE = 2**30
"""Bytes; but for archives of arrays, of which only some are read."""
LARGEST_ARCHIVE = 2**34


@dataclass(frozen=True, eq=False)
class OpenedFile:
    """A directions file, read but not yet interpreted: a model may have to say what a bare array means.

    Attributes:
        name: the file's.
        content: the fields of ``Directions`` from resefa's own format, or another tool's file.
    """

    name: str
    content: dict[str, Any] | ForeignFile

    def fields(
        self, space: str | None, layers: str | None, generator: Generator | None, default: str | None
    ) -> dict[str, Any]:
        """The fields of ``Directions``; see ``Directions.of``.

        Raises:
            DirectionsError: the file leaves the space open, or disagrees with ``space`` and ``layers``.
        """
        if isinstance(self.content, ForeignFile):
            generator = None if generator is None else as_generator(generator)
            return self.content.fields(space, layers, generator, default)
        own = self.content["provenance"]
        if (space or own.space, layers or own.layers) != (own.space, own.layers):
            raise DirectionsError(
                f"{self.name} contains directions of {own.space}{f', layers {own.layers}' if own.layers else ''}, but "
                f"{space or own.space}{f', layers {layers}' if layers else ''} was asked for; leave space and layers out."
            )
        return self.content


def save_directions(
    directions: Directions, path: str | Path, format: str | None = None, generator: Generator | None = None
) -> None:
    """Write ``.safetensors`` with everything, or a file for another tool; completely or not at all.

    Raises:
        DirectionsError: another ending, or a format that cannot represent these directions.
        OutputError: the file cannot be written.
    """
    path = user_path(path)
    generator = None if generator is None else as_generator(generator)
    native = path.suffix.lower() == ENDING and format is None
    write_bytes(path, to_bytes(directions) if native else written(directions, path, format, generator), rescue=True)


def check_output(path: str | Path, format: str | None = None) -> None:
    """Raise what saving to ``path`` would raise for its name or its folder, before a long discovery."""
    path = user_path(path)
    if path.suffix.lower() != ENDING or format is not None:
        format_of(path, format)
    check_writable(path)


def open_directions(path: str | Path) -> OpenedFile:
    """Read a file, before a model says what a bare array means.

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
            return OpenedFile(path.name, read(file, size, path.name))
        return OpenedFile(path.name, foreign(file, size, path))
