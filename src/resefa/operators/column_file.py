"""A Jacobian's columns in a file that grows while they are computed, and that the next run goes on with.

The finished file is a safetensors file with one tensor, ``rows`` (n, m): the columns of J one after the other. While it
grows it is called ``KEY.part``, laid out in the same way and written through a memory map; ``KEY.part.json`` says how many
columns are there, and is replaced whole after each chunk. Nothing of either runs when it is read, and what does not fit
is computed anew.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from resefa.errors import OutputError
from resefa.files import write_bytes, write_sentence
from resefa.operators.jacobian import MODES

# The header's room: facts of a few hundred characters, filled up with spaces as the format allows.
_ADVICE = "choose another folder to keep Jacobians in"
_HEADER = 1024
_NAMES = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.float64: "F64"}


@dataclass(frozen=True)
class Columns:
    """What a file is to hold, and how far it has come.

    Attributes:
        shape: (n, m).
        image_shape: (c, h, w).
        dtype: of safetensors, ``"F32"``.
        done: columns that are there.
        chunk: columns that were computed at a time, which their last bits depend on.
        mode: how; empty before the first chunk.
    """

    shape: tuple[int, int]
    image_shape: tuple[int, int, int]
    dtype: str
    done: int = 0
    chunk: int = 0
    mode: str = ""


class ColumnFile:
    """The file of one key in a folder.

    Attributes:
        rows: (n, m) memory-mapped, the columns of J as rows.
        state: how many of them are there.
    """

    def __init__(self, folder: Path, key: str, n: int, image_shape: tuple[int, int, int], dtype: torch.dtype) -> None:
        self.path, self.part = folder / f"{key}.safetensors", folder / f"{key}.part"
        self._note = folder / f"{key}.part.json"
        wanted = Columns((n, math.prod(image_shape)), image_shape, _NAMES[dtype])
        size = _HEADER + n * wanted.shape[1] * dtype.itemsize
        self.state = self._left(wanted, size) or wanted
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self.state.done:
                self._note.unlink(missing_ok=True)
                with open(self.part, "wb") as file:
                    # The room is taken now: a disk that fills up later would end the process.
                    os.posix_fallocate(file.fileno(), 0, size) if hasattr(os, "posix_fallocate") else file.truncate(
                        size
                    )
            mapped = np.memmap(self.part, np.uint8, "r+", _HEADER, (size - _HEADER,))
        except OSError as error:
            with contextlib.suppress(OSError):
                self.part.unlink()
            raise OutputError(write_sentence(self.part, error, _ADVICE)) from error
        self.rows: Tensor = torch.from_numpy(mapped).view(dtype).reshape(wanted.shape)

    def _left(self, wanted: Columns, size: int) -> Columns | None:
        """What an earlier run left, where it is of this Jacobian and whole."""
        try:
            found = json.loads(self._note.read_text(encoding="utf-8"))
            found = replace(wanted, done=found.pop("done"), chunk=found.pop("chunk"), mode=found.pop("mode")), found
            state, facts = found
            same = facts == json.loads(
                json.dumps({key: asdict(wanted)[key] for key in ("shape", "image_shape", "dtype")})
            )
            numbers = all(type(value) is int for value in (state.done, state.chunk)) and isinstance(state.mode, str)
            if (
                same
                and numbers
                and state.mode in MODES
                and 0 < state.done <= wanted.shape[0]
                and state.chunk > 0
                and self.part.stat().st_size == size
            ):
                return state
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            pass
        return None

    def note(self, done: int, chunk: int, mode: str) -> None:
        """Columns up to ``done`` are in ``rows``: bring them to the disk, then say so."""
        self.state = replace(self.state, done=done, chunk=chunk, mode=mode)
        with open(self.part, "rb+") as file:
            os.fsync(file.fileno())
        write_bytes(self._note, json.dumps(asdict(self.state)).encode())

    def finish(self) -> None:
        """Give it its header and its name."""
        facts = {"image_shape": json.dumps(list(self.state.image_shape)), "mode": self.state.mode}
        tensor = {
            "dtype": self.state.dtype,
            "shape": list(self.state.shape),
            "data_offsets": [0, self.rows.nbytes],
        }
        header = json.dumps({"__metadata__": facts, "rows": tensor}).encode().ljust(_HEADER - 8)
        try:
            with open(self.part, "rb+") as file:
                file.write(len(header).to_bytes(8, "little") + header)
                file.flush()
                os.fsync(file.fileno())
            os.replace(self.part, self.path)
            self._note.unlink(missing_ok=True)
        except OSError as error:
            if not self.path.is_file():  # another process may have finished the same one
                raise OutputError(write_sentence(self.path, error, _ADVICE)) from error


def opened(path: Path) -> tuple[Tensor, tuple[int, int, int], str] | None:
    """``rows`` (n, m) as a memory map, the image's shape and the mode; None where the file is damaged or foreign."""
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            shape = tuple(json.loads(facts["image_shape"]))
            rows = file.get_tensor("rows")
        if rows.ndim != 2 or len(shape) != 3 or rows.shape[1] != math.prod(shape):
            return None
        return rows, shape, facts.get("mode", "")
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return None
