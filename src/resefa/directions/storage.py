"""Reading and writing of directions files: the format is detected by content, and chosen by the ending."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resefa.directions.file_format import ENDING, read, to_bytes
from resefa.directions.formats.reading import ForeignFile, foreign
from resefa.directions.formats.writing import format_of, written
from resefa.errors import DirectionsError, parameter
from resefa.files.input_file import opened_input, user_path
from resefa.files.output_file import check_writable, write_bytes
from resefa.files.tensor_file import begins_as_tensor_file
from resefa.generators.completed import as_generator
from resefa.zoo.cards import card_in_place_of_a_file

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.protocol import Generator

LARGEST_FILE = 2**30
"""Largest file in bytes, except for archives of arrays, which are read in part."""
LARGEST_ARCHIVE = 2**34


@dataclass(frozen=True, eq=False)
class OpenedFile:
    """A directions file, read but not yet interpreted: the meaning of a bare array may depend on the model.

    Attributes:
        name: the file's.
        content: the fields of ``Directions`` from resefa's own format, or another tool's file.
    """

    name: str
    content: dict[str, Any] | ForeignFile

    def fields(
        self, space: str | None, layers: str | None, generator: Generator | None, default: str | None
    ) -> dict[str, Any]:
        """The fields of ``Directions``, interpreted for a model and space; see ``Directions.of``.

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
                f"{space or own.space}{f', layers {layers}' if layers else ''} was requested; omit {parameter('space')} and {parameter('layers')}."
            )
        return self.content


def save_directions(
    directions: Directions, path: str | Path, format: str | None = None, generator: Generator | None = None
) -> None:
    """Write ``.safetensors`` with all data, or a file for another tool; an error leaves no incomplete file.

    Raises:
        DirectionsError: another ending, or a format that cannot represent these directions.
        OutputError: the file cannot be written.
    """
    path = user_path(path)
    generator = None if generator is None else as_generator(generator)
    native = path.suffix.lower() == ENDING and format is None
    write_bytes(path, to_bytes(directions) if native else written(directions, path, format, generator), rescue=True)


def check_output(path: str | Path, format: str | None = None) -> None:
    """Check the name and the folder of ``path`` before a long discovery; raise the errors of saving."""
    path = user_path(path)
    if path.suffix.lower() != ENDING or format is not None:
        format_of(path, format)
    check_writable(path)


def open_directions(path: str | Path) -> OpenedFile:
    """Read a file without interpreting bare arrays, which may need a model.

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


def directions_from_bytes(data: bytes, name: str) -> Directions:
    """Directions from the bytes of resefa's own directions file, which may come from anyone; other formats are refused.

    Args:
        name: of the data, for messages.

    Raises:
        DirectionsError: damaged, or of another format.
    """
    from resefa.directions.directions import Directions

    return Directions.of(OpenedFile(name, read(io.BytesIO(data), len(data), name)))
