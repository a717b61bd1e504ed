"""Keeps Jacobians by what they belong to, in memory and, where a folder is given, on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from resefa.operators.column_file import ColumnFile, opened
from resefa.operators.image_jacobian import TILE_ROOM, ImageJacobian


class Kept(Protocol):
    """What the cache's memory holds."""

    @property
    def nbytes(self) -> int: ...


_K = TypeVar("_K", bound=Kept)
_OWN = re.compile(r"[0-9a-f]{32}(\.subspace)?")


def jacobian_key(fingerprint: str, space: str, code: Tensor, size: tuple[int, int], dtype: object) -> str:
    """A name for one Jacobian: the same generator, space, code, analysis resolution and precision, and no other."""
    digest = hashlib.sha256(code.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
    facts = json.dumps([fingerprint, space, digest, list(size), str(dtype)])
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


class JacobianCache:
    """The most recently used Jacobians: within ``capacity`` bytes of memory and, with ``folder``, ``disk`` bytes of files.

    A damaged or foreign file in the folder is computed anew, never trusted: files are safetensors and run no code. They
    are read as memory maps. An interrupted computation leaves its columns in the folder, and the next one goes on there.
    """

    def __init__(self, capacity: int = 2**30, folder: str | Path | None = None, disk: int = 20 * 2**30) -> None:
        self.capacity = capacity
        self.disk = disk
        self.folder = None if folder is None else Path(folder)
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget what is in memory; files stay."""
        with self._lock:
            self._kept.clear()

    def get(
        self,
        key: str,
        n: int,
        image_shape: tuple[int, int, int],
        dtype: torch.dtype,
        compute: Callable[[ColumnFile | None], ImageJacobian],
        room: int = TILE_ROOM,
    ) -> ImageJacobian:
        """The Jacobian of this key, computed at most once; ``compute`` fills the file that it is given, if any.

        ``room`` bytes are for the tiles of one that is found in the folder.
        """

        def find() -> ImageJacobian:
            found = self._from_disk(key, n, image_shape, dtype, room)
            if found is None:
                file = None if self.folder is None else ColumnFile(self.folder, key, n, image_shape, dtype)
                found = compute(file)
                if file is not None:
                    file.finish()
                    self.trim()
            return found

        return self.kept(key, find)

    def kept(self, key: str, make: Callable[[], _K]) -> _K:
        """What ``make`` gives, made at most once while it stays within the memory; nothing goes to the folder."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = make()
        self._keep(key, found)
        return found

    def _keep(self, key: str, found: Kept) -> None:
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > self.capacity:
                self._kept.popitem(last=False)

    def _from_disk(
        self, key: str, n: int, image_shape: tuple[int, int, int], dtype: torch.dtype, room: int
    ) -> ImageJacobian | None:
        if self.folder is None or not (path := self.folder / f"{key}.safetensors").is_file():
            return None
        with contextlib.suppress(OSError):
            path.touch()  # the oldest files go first
        found = opened(path)
        if found is None or found[1] != image_shape or found[0].shape[0] != n or found[0].dtype != dtype:
            return None
        rows, shape, mode = found
        return ImageJacobian(rows.T, shape, mode, room=room)

    def trim(self) -> None:
        """Remove the least recently used files of this cache until the rest fits; other files are left alone."""
        endings = (".safetensors", ".part")
        every = self.folder.iterdir() if self.folder else ()
        files = [path for path in every if path.suffix in endings and _OWN.fullmatch(path.stem)]
        found = []
        for path in files:
            with contextlib.suppress(OSError):  # another process may remove it meanwhile
                found.append((path.stat().st_mtime, path.stat().st_size, path))
        room = self.disk
        for _, size, path in sorted(found, reverse=True):
            room -= size
            if room < 0:
                with contextlib.suppress(OSError):
                    path.unlink()
                    path.with_suffix(".part.json").unlink(missing_ok=True)
