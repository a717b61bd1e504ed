"""Files of latent codes: resefa's, and those that projectors and encoders of other projects write for people's photos.

A code says nothing about what it is but its shape and, at times, the key it stands under; the spaces of the generator settle the
rest. Nothing in a file is run: pickles go through the reader that knows plain data and arrays only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
import torch

from resefa.errors import LatentError, ResefaError, printable
from resefa.files import tensor_file
from resefa.files.file_kind import words_of
from resefa.files.input_file import opened_input, user_path
from resefa.files.numpy_file import LONGEST_START, MAGIC, npz_keys, pickle_start, read_npy, read_npz
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode
from resefa.latents.code import LatentCode
from resefa.latents.code_formats import codes_of_arrays, codes_of_objects, codes_of_tree, is_code_key, no_codes
from resefa.latents.seeds import LARGEST_SEED
from resefa.latents.space import HasSpaces, counts
from resefa.pickles import read_tree
from resefa.version import VERSION

FORMAT = "resefa.codes"
FORMAT_VERSION = "1"
DIRECTIONS_FORMAT = "resefa.directions"
ENDING = ".safetensors"
LARGEST_FILE = 2**30
MOST_CODES = 10_000
Seed = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SEED)]
SpaceName = Annotated[str, msgspec.Meta(max_length=20)]


class _Note(msgspec.Struct, frozen=True):
    """What a file says of its codes; a directions file says ``code_space`` where it is not ``space``."""

    space: SpaceName = "Z"
    code_space: SpaceName = ""
    seeds: tuple[Seed, ...] | None = None


@dataclass(frozen=True, eq=False)
class CodeFile:
    """A file of codes, read and not yet interpreted.

    Attributes:
        name: the file's.
        arrays: what may be codes, by the key it stands under (``""`` where there is none).
        spaces: of each key, the spaces that the key or the file names; None where it names none.
        seeds: of the codes, where the file says them.
    """

    name: str
    arrays: Mapping[str, np.ndarray]
    spaces: Mapping[str, tuple[str, ...] | None]
    seeds: tuple[int, ...] | None = None

    def code(self, generator: HasSpaces | None = None, space: str | None = None) -> LatentCode:
        """The codes, for a model where one is given.

        Raises:
            LatentError: they fit no space of the model, or several.
        """
        space = None if space is None else space.strip().upper().replace("WP", "W+")
        if generator is None:
            return self._unseen(space)
        if space is not None and space not in generator.spaces:
            raise LatentError(f"{generator.name} has no space {space!r}; choose one of {', '.join(generator.spaces)}.")
        fits: list[tuple[str, str, int]] = []
        for key, array in self.arrays.items():
            named = self.spaces[key]
            among = named if space is None else [space] if named is None or space in named else []
            fits += [(key, where, count) for where, count in counts(array.shape, generator.spaces, among).items()]
        shown = printable(self.name, 80)
        shapes = ", ".join(f"{printable(key, 30)} {array.shape}".strip() for key, array in self.arrays.items())
        if not fits:
            spaces = ", ".join(f"{one.name} {one.shape}" for one in generator.spaces.values())
            raise LatentError(
                f"{shown} holds codes of shape {shapes}, which fit no space of {generator.name} ({spaces}): give the model that they were "
                "made for."
            )
        if len(fits) > 1:
            ways = " or ".join(f"{count} of {where}" for _, where, count in fits)
            raise LatentError(
                f"{shown} holds codes of shape {shapes}, which may be {ways} of {generator.name}; say which (--code-space "
                f"{fits[-1][1]}, or space='{fits[-1][1]}' in Python)."
            )
        key, where, count = fits[0]
        return self._made(self.arrays[key].reshape(count, -1), where)

    def _unseen(self, space: str | None) -> LatentCode:
        """Without a model: the space that the caller or the file names, or W+ where each code has several rows."""
        if len(self.arrays) > 1:
            raise LatentError(f"{self.name} holds codes of several spaces; give the model as well (generator=...).")
        ((key, array),) = self.arrays.items()
        array = array[None] if array.ndim == 1 else array
        named = self.spaces[key] or ()
        if space is None and array.ndim == 3 and array.shape[1] > 1:
            space = "W+"
        if space is None and len(named) == 1:
            space = named[0]
        if space is None:
            raise LatentError(
                f"{self.name} holds codes of shape {array.shape} and does not name their space; give the model as well (generator=...)."
            )
        return self._made(array.reshape(len(array), -1), space)

    def _made(self, values: np.ndarray, space: str) -> LatentCode:
        if not 0 < len(values) <= MOST_CODES:
            raise LatentError(f"{self.name} holds {len(values):,} codes; expected 1 to {MOST_CODES:,}.")
        if not np.isfinite(values).all():
            raise LatentError(f"{self.name} contains NaN or infinity: get it again.")
        kind = torch.float64 if values.dtype == np.float64 else torch.float32
        seeds = self.seeds if self.seeds is not None and len(self.seeds) == len(values) else None
        return LatentCode(torch.from_numpy(np.array(values)).to(kind), space, seeds)


def save_codes(code: LatentCode, path: str | Path) -> None:
    """Write ``.safetensors``: the tensor ``codes`` (b, n), and the space and seeds in the metadata.

    Raises:
        LatentError: another ending.
        OutputError: it cannot be written.
    """
    path = user_path(path)
    if path.suffix.lower() != ENDING:
        raise LatentError(f"{path} ends in {path.suffix or 'nothing'}; a file of codes ends in {ENDING}.")
    kind = torch.float64 if code.values.dtype == torch.float64 else torch.float32
    note = {"space": code.space, "seeds": code.seeds, "version": VERSION}
    metadata = {"format": FORMAT, "format_version": FORMAT_VERSION, "provenance": json.dumps(note, sort_keys=True)}
    write_bytes(path, tensor_file.to_bytes({"codes": code.values.to(kind)}, metadata))


def load_codes(path: str | Path, generator: HasSpaces | None = None, space: str | None = None) -> LatentCode:
    """The codes of a file of any kind; see ``LatentCode.load``."""
    return open_codes(path).code(generator, space)


def open_codes(path: str | Path) -> CodeFile:
    """The file's content, before a model says what its shapes mean.

    Raises:
        LatentError: missing, damaged, or without codes.
    """
    path = user_path(path)
    with opened_input(path, LARGEST_FILE, raises=LatentError) as (file, size):
        start = file.read(16)
        file.seek(0)
        name = path.name
        if tensor_file.begins_as_tensor_file(start, size):
            return _of_tensors(file, size, name)
        if start.startswith(MAGIC) and (place := pickle_start(file.read(LONGEST_START))) is not None:
            held = _tree(path, place)
            return CodeFile(name, *codes_of_objects(held, name))
        file.seek(0)
        if start.startswith(MAGIC):
            array = read_npy(file.read(size), name, raises=LatentError)
            return CodeFile(name, *codes_of_arrays({"": array}, name))
        if start.startswith(b"PK") and (keys := npz_keys(file, name, raises=LatentError)) is not None:
            alone = len(keys) == 1
            if not alone and not any(map(is_code_key, keys)):
                raise no_codes(keys, name)
            arrays = read_npz(file, size, name, raises=LatentError, wanted=lambda key: alone or is_code_key(key))
            return CodeFile(name, *codes_of_arrays(arrays, name))
        # A torch file is an archive; pickles begin with \x80, old ones with an opening or a mapping.
        if start[:1] not in (b"P", b"\x80", b"(", b"}", b"]", b"c"):
            raise LatentError(
                f"{name} is {words_of(path)}; a file of codes was expected (.npz, .npy, .pt or .safetensors)."
            )
    return CodeFile(name, *codes_of_tree(_tree(path), name))


def _of_tensors(file: BinaryIO, size: int, name: str) -> CodeFile:
    header = tensor_file.read_header(file, size, name, raises=LatentError)
    kind = header.metadata.get("format")
    if kind not in (FORMAT, DIRECTIONS_FORMAT):
        names = list(header.entries)
        if len(names) > 20:
            raise LatentError(f"{name} is a checkpoint, not a file of codes; give it as the model.")
        tensors = tensor_file.read_tensors(file, header, names, name, raises=LatentError)
        return CodeFile(name, *codes_of_tree(tensors, name))
    if header.metadata.get("format_version", "") != FORMAT_VERSION:
        version = printable(header.metadata.get("format_version"), 20)
        raise LatentError(
            f"{name} has layout version {version}, and this resefa reads {FORMAT_VERSION}: update resefa."
        )
    if "codes" not in header.entries:
        raise LatentError(f"{name} holds directions without the codes they were found on; give another file of codes.")
    note = decode(header.metadata.get("provenance", "{}"), _Note, f"The provenance of {name}", raises=LatentError)
    array = tensor_file.read_tensors(file, header, ["codes"], name, raises=LatentError)["codes"]
    array = array if array.dtype == torch.float64 else array.float()
    return CodeFile(name, {"": array.numpy()}, {"": (note.code_space or note.space,)}, note.seeds)


def _tree(path: Path, start: int = 0) -> Any:
    """The pickle's or torch file's plain values; nothing in it is run."""
    try:
        return read_tree(path, start=start)
    except ResefaError as error:
        raise LatentError(str(error)) from error
