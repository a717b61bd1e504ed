"""A directions file of any tool, told apart by content, in two steps: its bytes first, its meaning once the model is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from resefa.directions.directions import Directions
from resefa.directions.formats import (
    arrays,
    e4e_pca,
    ganspace,
    ganspace_edit,
    interfacegan,
    rosinality,
    stylespace,
    tensor,
)
from resefa.directions.formats.asked import Asked
from resefa.directions.formats.numpy_files import MAGIC, archive_names, keys, read_archive, read_array
from resefa.errors import DirectionsError, ResefaError

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

    def directions(
        self,
        space: str | None = None,
        layers: str | None = None,
        generator: Generator | None = None,
        default: str | None = None,
    ) -> Directions:
        """What it holds, for a model where one is given; see ``Asked``.

        Raises:
            DirectionsError: it holds no directions, they do not fit, or something must be said first.
        """
        asked = Asked(self.name, space, layers, generator, default)
        for module in self.kind:
            if module is arrays or len(self.kind) == 1 or module.recognises(self.content, asked):
                return module.read(self.content, asked)
        held = ", ".join(map(str, list(self.content)[:5])) if isinstance(self.content, Mapping) else "no tensors"
        raise DirectionsError(
            f"{self.name} holds {held or 'nothing'}, which is no layout of directions that resefa knows: docs/other_tools.md lists "
            "them."
        )


def foreign(data: bytes, path: Path) -> ForeignFile | None:
    """The file's content, or None where it can only be a safetensors file.

    Raises:
        DirectionsError: damaged.
    """
    name = path.name
    # Before anything else: the length that a safetensors file begins with may have the first bytes of a pickle or an archive.
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8:
        return None
    if data.startswith(MAGIC):
        return ForeignFile(read_array(data, name), (interfacegan, arrays), name)
    if data.startswith(b"PK"):
        members = archive_names(data, name)
        if all(one.endswith(".npy") for one in members):
            # GANSpace's activations may be hundreds of megabytes that nobody needs here.
            wanted = ganspace.WANTED if "lat_comp" in keys(members) else None
            return ForeignFile(read_archive(data, name, wanted), (ganspace, stylespace, tensor), name)
        return ForeignFile(_tree(path), TREES, name)
    if (text := _text(data)) is not None:
        file = ForeignFile(text, (stylespace,), name)
        if path.suffix.lower() in (".json", ".txt", ".csv") or stylespace.recognises(text, Asked(name)):
            return file
    # Protocol 2 and later begin with \x80; 0 and 1 with an opening or a mapping, and are text in part.
    if data[:1] == b"\x80" or (data[:1] in (b"(", b"}", b"]", b"c") and data.rstrip()[-1:] == b"."):
        return ForeignFile(_tree(path), TREES, name)
    return None


def _tree(path: Path) -> Any:
    """The pickle's or torch file's plain values; nothing in it is run."""
    from resefa.pickles import read_tree

    try:
        return read_tree(path)
    except DirectionsError:
        raise
    except ResefaError as error:
        raise DirectionsError(str(error)) from error


def _text(data: bytes) -> str | None:
    if not data.strip() or len(data) > LARGEST_TEXT or b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
