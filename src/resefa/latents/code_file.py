"""Files of latent codes, from resefa or from projectors and encoders of other projects.

A code identifies itself only by its shape and sometimes by its key; the generator's spaces determine the rest. No code in a
file is executed: pickles are read as inert data.
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

from resefa.errors import LatentError, ResefaError, parameter, printable
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

CODES = tensor_file.Format("resefa.codes", 1, "latent codes")
DIRECTIONS = tensor_file.Format("resefa.directions", 2, "directions")
"""Directions files, which contain the codes of the analysed images in every version."""
PATHS = tensor_file.Format("resefa.paths", 1, "paths of edits")
"""Paths files, which contain the codes at which the paths begin."""
FORMATS = {kind.name: kind for kind in (CODES, DIRECTIONS, PATHS)}
ENDING = ".safetensors"
LARGEST_FILE = 2**30
MOST_CODES = 10_000
Seed = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_SEED)]
SpaceName = Annotated[str, msgspec.Meta(max_length=20)]


class _Note(msgspec.Struct, frozen=True):
    """Metadata of a file of codes. A directions file has ``code_space`` if the codes' space is not the directions'."""

    space: SpaceName = "Z"
    code_space: SpaceName = ""
    seeds: tuple[Seed, ...] | None = None


@dataclass(frozen=True, eq=False)
class CodeFile:
    """A file of latent codes that is read but not yet interpreted.

    Attributes:
        name: the file's name.
        arrays: the candidate arrays by key (``""`` for an array without a key).
        spaces: for each key the spaces that the key or the file names, None if it names none.
        seeds: the codes' seeds, if the file states them.
    """

    name: str
    arrays: Mapping[str, np.ndarray]
    spaces: Mapping[str, tuple[str, ...] | None]
    seeds: tuple[int, ...] | None = None

    def code(self, generator: HasSpaces | None = None, space: str | None = None) -> LatentCode:
        """The latent codes, interpreted for a model if ``generator`` is given.

        Raises:
            LatentError: the codes fit no space of the model, or several.
        """
        space = None if space is None else space.strip().upper().replace("WP", "W+")
        if generator is None:
            return self._without_model(space)
        if space is not None and space not in generator.spaces:
            raise LatentError(
                f"{generator.name} has no space {printable(repr(space), 40)}; choose one of {', '.join(generator.spaces)}."
            )
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
                f"{shown} contains latent codes with shape {shapes}, which fit no space of {generator.name} ({spaces}); use the model of these codes."
            )
        if len(fits) > 1:
            meanings = " or ".join(f"{count} of {where}" for _, where, count in fits)
            raise LatentError(
                f"{shown} contains latent codes with shape {shapes}, which may be {meanings} of {generator.name}; choose a space, for example {parameter('space', fits[-1][1])}."
            )
        key, where, count = fits[0]
        return self._checked(self.arrays[key].reshape(count, -1), where)

    def _without_model(self, space: str | None) -> LatentCode:
        """Interpret codes without a model: in the space stated by the caller or the file, or W+ for codes with several rows."""
        if len(self.arrays) > 1:
            raise LatentError(
                f"{self.name} contains latent codes of several spaces; give {parameter('generator')} too."
            )
        ((key, array),) = self.arrays.items()
        array = array[None] if array.ndim == 1 else array
        named = self.spaces[key] or ()
        if space is None and array.ndim == 3 and array.shape[1] > 1:
            space = "W+"
        if space is None and len(named) == 1:
            space = named[0]
        if space is None:
            raise LatentError(
                f"{self.name} contains latent codes with shape {array.shape} and does not state their space; give {parameter('generator')} or {parameter('space')}."
            )
        return self._checked(array.reshape(len(array), -1), space)

    def _checked(self, values: np.ndarray, space: str) -> LatentCode:
        if not 0 < len(values) <= MOST_CODES:
            raise LatentError(f"{self.name} contains {len(values):,} latent codes; expected 1 to {MOST_CODES:,}.")
        if not np.isfinite(values).all():
            raise LatentError(f"{self.name} contains NaN or infinity; download or create the file again.")
        kind = torch.float64 if values.dtype == np.float64 else torch.float32
        seeds = self.seeds if self.seeds is not None and len(self.seeds) == len(values) else None
        return LatentCode(torch.from_numpy(np.array(values)).to(kind), space, seeds)


def save_codes(code: LatentCode, path: str | Path) -> None:
    """Write a ``.safetensors`` file: the tensor ``codes`` (b, n), with space and seeds in the metadata.

    Raises:
        LatentError: another file ending.
        OutputError: the file cannot be written.
    """
    path = user_path(path)
    if path.suffix.lower() != ENDING:
        raise LatentError(f"{path} does not end in {ENDING}; give a file name that ends in {ENDING}.")
    kind = torch.float64 if code.values.dtype == torch.float64 else torch.float32
    note = {"space": code.space, "seeds": code.seeds, "version": VERSION}
    metadata = CODES.metadata(provenance=json.dumps(note, sort_keys=True))
    write_bytes(path, tensor_file.to_bytes({"codes": code.values.to(kind)}, metadata))


def load_codes(path: str | Path, generator: HasSpaces | None = None, space: str | None = None) -> LatentCode:
    """Read latent codes from a file in any format; see ``LatentCode.load``."""
    return open_codes(path).code(generator, space)


def open_codes(path: str | Path) -> CodeFile:
    """Open a file of latent codes without interpreting the shapes of its arrays, which may need a model.

    Raises:
        LatentError: the file is missing, damaged, or contains no codes.
    """
    path = user_path(path)
    with opened_input(path, LARGEST_FILE, raises=LatentError) as (file, size):
        start = file.read(16)
        file.seek(0)
        name = path.name
        if tensor_file.begins_as_tensor_file(start, size):
            return _from_tensors(file, size, name)
        if start.startswith(MAGIC) and (place := pickle_start(file.read(LONGEST_START))) is not None:
            return CodeFile(name, *codes_of_objects(_tree(path, place), name))
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
        # A torch file is an archive; a pickle begins with \x80, an old one with one of these opcodes.
        if start[:1] not in (b"P", b"\x80", b"(", b"}", b"]", b"c"):
            raise LatentError(
                f"{name} is {words_of(path)}, not a file of latent codes; give .npz, .npy, .pt or .safetensors."
            )
    return CodeFile(name, *codes_of_tree(_tree(path), name))


def _from_tensors(file: BinaryIO, size: int, name: str) -> CodeFile:
    header = tensor_file.read_header(file, size, name, raises=LatentError)
    if (kind := FORMATS.get(header.metadata.get("format", ""))) is None:
        names = list(header.entries)
        if len(names) > 20:
            raise LatentError(
                f"{name} is a checkpoint, not a file of latent codes; give a file of codes, and the checkpoint as the model."
            )
        tensors = tensor_file.read_tensors(file, header, names, name, raises=LatentError)
        return CodeFile(name, *codes_of_tree(tensors, name))
    kind.version_of(header.metadata, name, raises=LatentError)
    if "codes" not in header.entries:
        raise LatentError(
            f"{name} contains directions without the latent codes of the analysed images; give a file of codes."
        )
    note = decode(header.metadata.get("provenance", "{}"), _Note, f"The provenance of {name}", raises=LatentError)
    array = tensor_file.read_tensors(file, header, ["codes"], name, raises=LatentError)["codes"]
    array = array if array.dtype == torch.float64 else array.float()
    return CodeFile(name, {"": array.numpy()}, {"": (note.code_space or note.space,)}, note.seeds)


def _tree(path: Path, start: int = 0) -> Any:
    """The values in a pickle or torch file, read without running code from the file."""
    try:
        return read_tree(path, start=start)
    except ResefaError as error:
        raise LatentError(error) from error
