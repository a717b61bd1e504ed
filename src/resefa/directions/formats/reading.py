"""Directions files from other tools, detected by content and read in two steps: the bytes, then their meaning for a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from resefa.directions.formats import (
    arrays,
    e4e_pca,
    ganspace,
    ganspace_edit,
    interfacegan,
    not_directions,
    rosinality,
    stylespace,
    tensor,
)
from resefa.directions.formats.import_options import Fields, ImportOptions
from resefa.errors import DirectionsError, ResefaError, printable
from resefa.files.numpy_file import MAGIC, npz_keys, read_npy, read_npz

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator

LARGEST_TEXT = 2**20
TREES = (ganspace_edit, rosinality, e4e_pca, ganspace, tensor)
"""Layouts of pickles and torch files, most specific first."""


@dataclass(frozen=True, eq=False)
class ForeignFile:
    """A file from another tool, read but not yet interpreted.

    Attributes:
        content: array, mapping or text.
        kind: the candidate layouts.
        name: the file's.
    """

    content: Any
    kind: tuple[ModuleType, ...]
    name: str

    def fields(
        self,
        space: str | None = None,
        layers: str | None = None,
        generator: BaseGenerator | None = None,
        default: str | None = None,
    ) -> Fields:
        """The fields of ``Directions``, interpreted with the user's options (``ImportOptions``).

        Raises:
            DirectionsError: no directions, directions of another model, or an open question.
        """
        options = ImportOptions(self.name, space, layers, generator, default)
        not_directions.refuse_codes(self.content, options)
        for module in self.kind:
            if module is arrays or len(self.kind) == 1 or module.recognises(self.content, options):
                return module.read(self.content, options)
        held = (
            ", ".join(printable(key, 40) for key in list(self.content)[:5])
            if isinstance(self.content, Mapping)
            else "no tensors"
        )
        raise DirectionsError(
            f"{self.name} contains {held or 'nothing'}, which is not a supported layout of directions; docs/how-to/other_tools.md lists the layouts."
        )


def foreign(file: BinaryIO, size: int, path: Path) -> ForeignFile:
    """Read an open file in any format except safetensors.

    Raises:
        DirectionsError: damaged, or no directions.
    """
    name = path.name
    start = file.read(64)
    file.seek(0)
    if start.startswith(MAGIC):
        return ForeignFile(read_npy(file.read(size), name, raises=DirectionsError), (interfacegan, arrays), name)
    if start.startswith(b"PK"):
        members = npz_keys(file, name, raises=DirectionsError)
        if members is not None:
            # GANSpace's activations may take hundreds of megabytes and are not needed.
            only = ganspace.WANTED if "lat_comp" in members else members
            content = read_npz(file, size, name, raises=DirectionsError, wanted=lambda key: key in only)
            return ForeignFile(content, (ganspace, stylespace, tensor), name)
        not_directions.refuse_program(path)
        return ForeignFile(_tree(path), TREES, name)
    if size <= LARGEST_TEXT and (text := _text(file.read(size))) is not None:
        as_list = ForeignFile(text, (stylespace,), name)
        if path.suffix.lower() in (".json", ".txt", ".csv") or stylespace.recognises(text, ImportOptions(name)):
            return as_list
    # Protocol 2 and later begin with \x80; 0 and 1 with an opening or a mapping, and are text in part.
    if start[:1] == b"\x80" or (start[:1] in (b"(", b"}", b"]", b"c") and _last_byte(file, size) == b"."):
        return ForeignFile(_tree(path), TREES, name)
    raise not_directions.unknown_file(path)


def _last_byte(file: BinaryIO, size: int) -> bytes:
    """The last byte near the end of the file that is not white space."""
    file.seek(max(size - 64, 0))
    return file.read().rstrip()[-1:]


def _tree(path: Path) -> Any:
    """The plain values in a pickle or torch file, read without running code from the file."""
    from resefa.pickles import read_tree

    try:
        content = read_tree(path)
    except DirectionsError:
        raise
    except ResefaError as error:
        raise DirectionsError(error) from error
    not_directions.refuse_checkpoint(content, path.name)
    return content


def _text(data: bytes) -> str | None:
    if not data.strip() or b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
