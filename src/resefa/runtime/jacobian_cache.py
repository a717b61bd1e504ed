"""Jacobian cache in memory and, if a folder is given, on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from resefa.files.input_file import user_path
from resefa.runtime.image_probe import Probe, as_bytes
from resefa.runtime.jacobian_file import ColumnFile, read
from resefa.runtime.jacobian_layout import Layout
from resefa.runtime.working_file import claimed, remove_left


class Kept(Protocol):
    """Protocol of the values that the cache stores in memory."""

    @property
    def nbytes(self) -> int: ...


_K = TypeVar("_K", bound=Kept)
_HEX = "[0-9a-f]"
# Also names of earlier versions.
_RESULT = re.compile(rf"{_HEX}{{32}}(-{_HEX}{{32}})?(\.subspace)?\.safetensors")
_WORKING = re.compile(rf"({_HEX}{{32}}(-{_HEX}{{32}})?)(\.{_HEX}+)?\.part")
_ASIDE = re.compile(rf"\.{_HEX}{{32}}.*\.safetensors|{_HEX}{{32}}\.part\.json")
_ABANDONED = 7 * 24 * 3600.0
"""Seconds after which columns of an ended process are not resumed."""
_HOUR = 3600.0
_POLL = 0.2


@dataclass(frozen=True, eq=False)
class ImageKey:
    """Key under which a Jacobian is cached.

    Attributes:
        facts: digest of the known facts: weights, space, code, edit, conditions, analysis size, precision.
        probe: probe of the image function at the code, which reveals all other influences.
    """

    facts: str
    probe: Probe

    @property
    def name(self) -> str:
        """Name of the entry and its file, one per key."""
        return f"{self.facts}-{self.probe.digest}"


@dataclass(frozen=True)
class JacobianForm:
    """Shape and dtype of a Jacobian.

    Attributes:
        n: number of columns.
        image_shape: (c, h, w) of the rows.
        dtype: precision in which the Jacobian is stored.
    """

    n: int
    image_shape: tuple[int, int, int]
    dtype: torch.dtype


def image_facts(fingerprint: str, space: str, code: Tensor, size: tuple[int, int], dtype: object) -> str:
    """Digest of weights, space, code, analysis resolution and precision, 32 hexadecimal digits."""
    digest = hashlib.sha256(f"{code.dtype} {tuple(code.shape)}".encode() + as_bytes(code)).hexdigest()
    facts = json.dumps([fingerprint, space, digest, list(size), str(dtype)])
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


class JacobianCache:
    """Cache of recently used Jacobians: ``capacity`` bytes of memory and, with ``folder``, ``disk`` bytes of files.

    Any number of processes may share the folder. Damaged or foreign files are never trusted: their Jacobians are computed
    again. Files are safetensors, which run no code, and are memory-mapped. An interrupted computation leaves its columns in
    the folder, and the next one resumes there. While one process computes a Jacobian, others that need it wait.
    """

    def __init__(
        self, capacity: int = 2**30, folder: str | os.PathLike[str] | None = None, disk: int = 20 * 2**30
    ) -> None:
        self.capacity = capacity
        self.disk = disk
        self.folder = None if folder is None else user_path(folder)
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._unsound: set[tuple[str, int, int]] = set()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Clear the memory of the cache; files stay."""
        with self._lock:
            self._kept.clear()

    def get(
        self,
        key: ImageKey,
        wanted: JacobianForm,
        compute: Callable[[ColumnFile | None], _K | None],
        build: Callable[[Tensor, tuple[int, int, int], str], _K],
        waiting: Callable[[], None] | None = None,
    ) -> _K:
        """The Jacobian for ``key``, computed if it is not cached.

        Args:
            compute: fills the given file; without a file, returns the Jacobian.
            build: makes the Jacobian from a file's rows (n, m), the image's shape and the mode.
            waiting: called once if another process is computing this Jacobian.

        Raises:
            OutputError: the folder cannot be written, or is full.
        """
        probe = key.probe
        layout = Layout(
            key.name,
            wanted.n,
            wanted.image_shape,
            wanted.dtype,
            probe.image.dtype,
            len(probe.product),
            probe.environment,
        )

        def find() -> _K:
            if self.folder is None:
                made = compute(None)
                assert made is not None
                return made
            rows, layout_there = self._from_disk(key, layout) or self._into_disk(key, layout, compute, waiting)
            return build(rows, layout_there.image_shape, layout_there.mode)

        return self.kept(key.name, find)

    def has(self, key: ImageKey) -> bool:
        """Whether the Jacobian for ``key`` is in memory."""
        with self._lock:
            return key.name in self._kept

    def taken(self, name: str) -> Any:
        """Remove and return the value stored under the name in memory; None if missing."""
        with self._lock:
            return self._kept.pop(name, None)

    def put(self, name: str, value: Kept) -> None:
        """Store a value in memory under the name."""
        self._keep(name, value)

    def kept(self, name: str, make: Callable[[], _K]) -> _K:
        """Result of ``make``, cached in memory only."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        found = make()
        self._keep(name, found)
        return found

    def files(self, key: ImageKey, ending: str = ".safetensors") -> Iterator[Path]:
        """Cached files for ``key``, then files with the same facts from a different machine."""
        if self.folder is None:
            return
        exact = self.folder / f"{key.name}{ending}"
        yield exact
        pattern = re.compile(rf"{key.facts}-{_HEX}{{32}}{re.escape(ending)}")
        with contextlib.suppress(OSError):
            for path in sorted(self.folder.glob(f"{key.facts}-*{ending}")):
                if path != exact and pattern.fullmatch(path.name):
                    yield path

    def _keep(self, name: str, found: Kept) -> None:
        with self._lock:
            self._kept[name] = found
            while len(self._kept) > 1 and sum(kept.nbytes for kept in self._kept.values()) > self.capacity:
                self._kept.popitem(last=False)

    def _from_disk(self, key: ImageKey, layout: Layout) -> tuple[Tensor, Layout] | None:
        for path in self.files(key):
            mark = _mark(path)
            if mark is None or mark in self._unsound:
                continue
            others = False

            def wanted(made: Layout, probe: Probe, path: Path = path) -> bool:
                nonlocal others
                same = (made.key, made.n, made.image_shape, made.stored) == (
                    path.stem, layout.n, layout.image_shape, layout.stored,
                )  # fmt: skip
                others = same and not key.probe.agrees(probe)
                return same and not others

            if (found := read(path, wanted)) is not None:
                with contextlib.suppress(OSError):
                    os.utime(path)  # the oldest files are removed first
                rows, made = found
                return rows, made
            if not others:
                self._unsound.add(mark)  # not read again while another process computes it again
        return None

    def _into_disk(
        self,
        key: ImageKey,
        layout: Layout,
        compute: Callable[[ColumnFile | None], Any],
        waiting: Callable[[], None] | None,
    ) -> tuple[Tensor, Layout]:
        assert self.folder is not None
        while (working := claimed(self.folder, key.name, layout.size)) is None:
            if waiting is not None:
                waiting()
                waiting = None
            time.sleep(_POLL)
            if (found := self._from_disk(key, layout)) is not None:
                return found
        if (found := self._from_disk(key, layout)) is not None:  # completed just before
            working.removed()
            return found
        file = ColumnFile(working, layout, key.probe)
        try:
            compute(file)
            rows, mode = file.finish(self.folder / f"{key.name}.safetensors")
        except BaseException:
            file.leave()
            raise
        self.trim()
        return rows, replace(layout, mode=mode)

    def trim(self) -> None:
        """Remove the least recently used files until the rest fits, and old working files of ended processes.

        Other files, and those that a living process writes, stay.
        """
        now, found = time.time(), []
        every: list[Path] = []
        with contextlib.suppress(OSError):  # no folder, or one that cannot be listed
            every = list(self.folder.iterdir()) if self.folder else []
        for path in every:
            working, ours = _WORKING.fullmatch(path.name), _RESULT.fullmatch(path.name)
            aside = _ASIDE.fullmatch(path.name)
            if not (working or ours or aside):
                continue
            with contextlib.suppress(OSError):  # another process may remove it meanwhile
                facts = path.lstat()
                if aside:
                    if now - facts.st_mtime > _HOUR:
                        path.unlink()
                    continue
                done = working and (path.parent / f"{working[1]}.safetensors").exists()
                if working and remove_left(path, older_than=0.0 if done else _ABANDONED):
                    continue
                found.append((facts.st_mtime, facts.st_size, path, bool(working)))
        left = self.disk
        for _, size, path, working in sorted(found, reverse=True):
            left -= size
            if left < 0:
                with contextlib.suppress(OSError):
                    remove_left(path) if working else path.unlink()


def _mark(path: Path) -> tuple[str, int, int] | None:
    """Marks by which an unchanged file is recognised."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return path.name, facts.st_ino, facts.st_mtime_ns
