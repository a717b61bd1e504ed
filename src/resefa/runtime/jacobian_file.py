"""A Jacobian's columns in a file that grows while they are computed, and that the next run goes on with.

It is a safetensors file: ``rows`` (n, m), the columns of J one after the other; ``image`` and ``product``, the probe of the
function that J belongs to; ``sums``, a CRC-32 for each of these n + 2 in turn; ``seal``, the BLAKE2b digest of header and
sums. Every byte is covered, so that damage is found at the speed of a read, and what does not fit is computed anew. While
it grows it is laid out in the same way without a seal, and a column counts as computed if its sum is right.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import sys
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO

import torch
from torch import Tensor

from resefa.errors import OutputError
from resefa.runtime.image_probe import Probe, as_bytes
from resefa.runtime.jacobian_layout import HEADER, SEAL, SUM, Layout
from resefa.runtime.working_file import WorkingFile, keep_sentence

_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
_READERS = 4
_PARALLEL = 64 * 2**20
"""Bytes from which several threads read a file."""


class ColumnFile:
    """The working file of one Jacobian.

    Attributes:
        done: columns that are there.
        layout: with how they were made; mode "" before the first.
    """

    def __init__(self, working: WorkingFile, layout: Layout, probe: Probe) -> None:
        self._working, self.layout, self._probe = working, layout, probe
        self.done = 0
        try:
            self._go_on()
        except OSError as error:
            raise OutputError(keep_sentence(working.path.parent, layout.size, error)) from error

    def _go_on(self) -> None:
        """Count what an earlier run left, as far as its sums are right."""
        file = self._working.file
        file.seek(0)
        found = Layout.of(file.read(HEADER))
        if found is None or _asked(found) != _asked(self.layout):
            return
        file.seek(found.place("sums"))
        sums = file.read(SUM * found.n)
        file.seek(HEADER)
        while self.done < found.n:
            if _sum_of(file.read(found.column)) != sums[SUM * self.done : SUM * (self.done + 1)]:
                break
            self.done += 1
        if self.done:
            self.layout = found

    def add(self, columns: Tensor, mode: str, chunk: int) -> None:
        """The next columns, as rows (k, m).

        Raises:
            OutputError: the disk is full, or cannot be written.
        """
        if not self.done:
            self.layout = _made(self.layout, mode, chunk)
        data = [as_bytes(column) for column in columns.to("cpu", self.layout.stored)]
        try:
            if not self.done:
                self._write(0, [self.layout.header()])
            self._write(HEADER + self.done * self.layout.column, data)
            self._write(self.layout.place("sums") + SUM * self.done, map(_sum_of, data))
            self._working.file.flush()
        except OSError as error:
            raise OutputError(keep_sentence(self._working.path.parent, self.layout.size, error)) from error
        self.done += len(data)

    def finish(self, target: Path) -> tuple[Tensor, str]:
        """Seal it and give it its name. Returns its ``rows`` as a memory map, and the mode.

        Raises:
            OutputError: the disk is full, or cannot be written.
        """
        file, layout = self._working.file, self.layout
        try:
            probe = [as_bytes(part) for part in (self._probe.image, self._probe.product)]
            for name, data in zip(("image", "product"), probe, strict=True):
                self._write(layout.place(name), [data])
            self._write(layout.place("sums") + SUM * layout.n, map(_sum_of, probe))
            file.flush()
            file.seek(layout.place("sums"))
            sums = file.read(SUM * (layout.n + 2))
            self._write(layout.place("seal"), [_seal_of(layout.header(), sums)])
            file = self._working.published(target)
            with file:
                return _mapped(file, layout), layout.mode
        except OSError as error:
            raise OutputError(keep_sentence(target.parent, layout.size, error)) from error

    def leave(self) -> None:
        """Where the work ends before its end: what is there stays for the next run."""
        if self.done:
            self._working.left()
        else:
            self._working.removed()

    def _write(self, place: int, parts: Iterable[bytes | memoryview]) -> None:
        self._working.file.seek(place)
        for part in parts:
            self._working.file.write(part)


def opened(path: Path) -> tuple[Tensor, tuple[int, int, int], str] | None:
    """``rows`` (n, m) as a memory map, the image's shape and the mode; None where the file is damaged or foreign."""
    found = read(path, lambda layout, probe: True)
    return None if found is None else (found[0], found[1].image_shape, found[1].mode)


def read(path: Path, wanted: Callable[[Layout, Probe], bool]) -> tuple[Tensor, Layout] | None:
    """``rows`` (n, m) as a memory map of a whole and undamaged file that is ``wanted``, with its layout; None for any other."""
    try:
        if not path.is_file():  # a pipe would wait for a writer
            return None
        with open(path, "rb") as file:
            layout = Layout.of(file.read(HEADER))
            if layout is None or os.fstat(file.fileno()).st_size != layout.size:
                return None
            file.seek(layout.place("image"))
            image, product, sums, seal = (file.read(size) for _, _, size in list(layout.parts().values())[1:])
            if seal != _seal_of(layout.header(), sums) or _sum_of(image) + _sum_of(product) != sums[SUM * layout.n :]:
                return None
            probe = Probe(_values(image, layout.probed), _values(product, layout.probed), layout.environment)
            if not wanted(layout, probe):
                return None
            rows = _mapped(file, layout)
    except (OSError, ValueError):
        return None
    return (rows, layout) if _sound(rows, sums) else None


def _sound(rows: Tensor, sums: bytes) -> bool:
    """Whether every column has its sum."""

    def right(columns: range) -> bool:
        return all(_sum_of(as_bytes(rows[i])) == sums[SUM * i : SUM * (i + 1)] for i in columns)

    n = len(rows)
    if rows.nbytes < _PARALLEL:
        return right(range(n))
    readers = min(_READERS, os.cpu_count() or 1)
    with ThreadPoolExecutor(readers) as pool:  # zlib lets other threads run
        return all(pool.map(right, [range(i, n, readers) for i in range(readers)]))


def _asked(layout: Layout) -> tuple[object, ...]:
    """What does not depend on how a Jacobian is made."""
    return (layout.key, layout.n, layout.image_shape, layout.stored, layout.probed, layout.product, layout.environment)


def _made(layout: Layout, mode: str, chunk: int) -> Layout:
    return replace(layout, mode=mode, chunk=chunk)


def _mapped(file: IO[bytes], layout: Layout) -> Tensor:
    # A private map: nothing that is written to the tensor reaches the file. No memory is set aside for that.
    if os.name == "posix":
        private, prot = mmap.MAP_PRIVATE | _NO_RESERVE, mmap.PROT_READ | mmap.PROT_WRITE
        mapped = mmap.mmap(file.fileno(), layout.size, flags=private, prot=prot)
    else:
        mapped = mmap.mmap(file.fileno(), layout.size, access=mmap.ACCESS_COPY)
    flat = torch.frombuffer(mapped, dtype=layout.stored, count=layout.n * layout.m, offset=HEADER)
    return flat.reshape(layout.n, layout.m)


def _values(data: bytes, dtype: torch.dtype) -> Tensor:
    return torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)


def _sum_of(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(SUM, "little")


def _seal_of(header: bytes, sums: bytes) -> bytes:
    return hashlib.blake2b(header + sums, digest_size=SEAL).digest()
