"""A directions file of any tool, told apart by content, in two steps: its bytes first, its meaning once the model is known."""

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
from resefa.directions.formats.asked import Asked, Fields
from resefa.errors import DirectionsError, ResefaError, printable
from resefa.files.numpy_file import MAGIC, npz_keys, read_npy, read_npz

if TYPE_CHECKING:
    from resefa.generators.protocol import Generator

LARGEST_TEXT = 2**20
TREES = (ganspace_edit, rosinality, e4e_pca, ganspace, tensor)
"""What a pickle or a torch file may be, the most particular first."""


@dataclass(frozen=True, eq=False)
class ForeignFile:
    """A file of another tool, read and not yet interpreted.

    Attributes:
        content: array, mapping or text.
        kind: the modules one of which knows it.
        name: the file's.
    """

    content: Any
    kind: tuple[ModuleType, ...]
    name: str

    def fields(
        self,
        space: str | None = None,
        layers: str | None = None,
        generator: Generator | None = None,
        default: str | None = None,
    ) -> Fields:
        """What it holds, for a model where one is given; see ``Asked``.

        Raises:
            DirectionsError: it holds no directions, they do not fit, or something must be said first.
        """
        asked = Asked(self.name, space, layers, generator, default)
        not_directions.refuse_codes(self.content, asked)
        for module in self.kind:
            if module is arrays or len(self.kind) == 1 or module.recognises(self.content, asked):
                return module.read(self.content, asked)
        held = (
            ", ".join(printable(key, 40) for key in list(self.content)[:5])
            if isinstance(self.content, Mapping)
            else "no tensors"
        )
        raise DirectionsError(
            f"{self.name} holds {held or 'nothing'}, which is no supported layout of directions; docs/other_tools.md lists the supported layouts."
        )


def foreign(file: BinaryIO, size: int, path: Path) -> ForeignFile:
    """The content of an open file that is not a safetensors file.

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
            # GANSpace's activations may be hundreds of megabytes that nobody needs here.
            only = ganspace.WANTED if "lat_comp" in members else members
            content = read_npz(file, size, name, raises=DirectionsError, wanted=lambda key: key in only)
            return ForeignFile(content, (ganspace, stylespace, tensor), name)
        not_directions.refuse_program(path)
        return ForeignFile(_tree(path), TREES, name)
    if size <= LARGEST_TEXT and (text := _text(file.read(size))) is not None:
        as_list = ForeignFile(text, (stylespace,), name)
        if path.suffix.lower() in (".json", ".txt", ".csv") or stylespace.recognises(text, Asked(name)):
            return as_list
    # Protocol 2 and later begin with \x80; 0 and 1 with an opening or a mapping, and are text in part.
    if start[:1] == b"\x80" or (start[:1] in (b"(", b"}", b"]", b"c") and _last_byte(file, size) == b"."):
        return ForeignFile(_tree(path), TREES, name)
    raise not_directions.unknown_file(path)


def _last_byte(file: BinaryIO, size: int) -> bytes:
    """The last one that is no white space, near the end."""
    file.seek(max(size - 64, 0))
    return file.read().rstrip()[-1:]


def _tree(path: Path) -> Any:
    """The pickle's or torch file's plain values; nothing in it is run."""
    from resefa.pickles import read_tree

    try:
        content = read_tree(path)
    except DirectionsError:
        raise
    except ResefaError as error:
        raise DirectionsError(str(error)) from error
    not_directions.refuse_checkpoint(content, path.name)
    return content


def _text(data: bytes) -> str | None:
    if not data.strip() or b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
