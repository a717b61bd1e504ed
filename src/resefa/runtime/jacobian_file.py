"""File of a Jacobian's columns, which grows during the computation and can be resumed by the next run.

The file is a safetensors file: ``rows`` (n, m), the columns of J; ``image`` and ``product``, the probe of the image
function; ``sums``, a CRC-32 for each of these n + 2; ``seal``, the BLAKE2b digest of header and sums. Every byte is
protected, so damage is detected at the speed of a read, and damaged columns are computed again. A growing file has the same
layout without a seal; a column counts as computed if its checksum is right.
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
"""Bytes above which several threads read a file."""


class ColumnFile:
    """Working file of one Jacobian.

    Attributes:
        done: number of computed columns.
        layout: layout with the mode of the columns; mode "" before the first.
    """

    def __init__(self, working: WorkingFile, layout: Layout, probe: Probe) -> None:
        self._working, self.layout, self._probe = working, layout, probe
        self.done = 0
        try:
            self._go_on()
        except OSError as error:
            raise OutputError(keep_sentence(working.path.parent, layout.size, error)) from error

    def _go_on(self) -> None:
        """Count the columns of an earlier run whose checksums are correct."""
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
        """Append columns, as rows (k, m).

        Raises:
            OutputError: the disk is full or not writable.
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
        """Seal the file and rename it to ``target``. Returns ``rows`` as a memory map, and the mode.

        Raises:
            OutputError: the disk is full or not writable.
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
        """Close an incomplete file, which stays for the next run."""
        if self.done:
            self._working.left()
        else:
            self._working.removed()

    def _write(self, place: int, parts: Iterable[bytes | memoryview]) -> None:
        self._working.file.seek(place)
        for part in parts:
            self._working.file.write(part)


def opened(path: Path) -> tuple[Tensor, tuple[int, int, int], str] | None:
    """``rows`` (n, m) as a memory map, the image's shape and the mode; None if the file is damaged or foreign."""
    found = read(path, lambda layout, probe: True)
    return None if found is None else (found[0], found[1].image_shape, found[1].mode)


def read(path: Path, wanted: Callable[[Layout, Probe], bool]) -> tuple[Tensor, Layout] | None:
    """``rows`` (n, m) as a memory map, and the layout, of an undamaged file that ``wanted`` accepts; None for other files."""
    try:
        if not path.is_file():  # a pipe would block
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
    """Whether every checksum is correct."""

    def right(columns: range) -> bool:
        return all(_sum_of(as_bytes(rows[i])) == sums[SUM * i : SUM * (i + 1)] for i in columns)

    n = len(rows)
    if rows.nbytes < _PARALLEL:
        return right(range(n))
    readers = min(_READERS, os.cpu_count() or 1)
    with ThreadPoolExecutor(readers) as pool:  # zlib releases the GIL
        return all(pool.map(right, [range(i, n, readers) for i in range(readers)]))


def _asked(layout: Layout) -> tuple[object, ...]:
    """Fields of the layout that do not depend on how the Jacobian is computed."""
    return (layout.key, layout.n, layout.image_shape, layout.stored, layout.probed, layout.product, layout.environment)


def _made(layout: Layout, mode: str, chunk: int) -> Layout:
    return replace(layout, mode=mode, chunk=chunk)


def _mapped(file: IO[bytes], layout: Layout) -> Tensor:
    # A private map: writes to the tensor do not reach the file. No memory is reserved for them.
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
