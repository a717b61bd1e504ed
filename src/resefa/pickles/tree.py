"""Files of pickles and of ``torch.save``, in all three layouts, to plain data. Nothing in them is imported or called.

Layouts: a plain pickle; torch's zip archive (``data.pkl`` and one entry per storage); torch's older stream of pickles with
the storages behind.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from resefa.errors import WeightsError
from resefa.pickles.builders import known, remark
from resefa.pickles.machine import Budget, Machine
from resefa.pickles.objects import Global, Persistent
from resefa.pickles.resolve import Resolver
from resefa.pickles.storage import Storage, dtype_of

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""The first object of torch's older files."""
_EXPANSION = 4
"""Weights compress to no less than a quarter; an archive that claims more is a bomb."""


@dataclass(frozen=True)
class Named:
    """A global that a file names.

    Attributes:
        offset: the byte where it first does.
        harmless: whether it is known to stand for plain data, or for what is read as data here.
        remark: what else there is to say of it, or "".
    """

    name: str
    offset: int
    harmless: bool
    remark: str = ""


@dataclass(frozen=True, eq=False)
class _Parsed:
    layout: str
    content: Any
    storages: dict[str, Storage]
    machine: Machine


def read_tree(path: str | Path, allow: Collection[str] = ()) -> Any:
    """The object that a file holds: dict, list, tuple, str, numbers, ``Tensor``, ``ndarray``, stand-ins of known classes.

    Args:
        allow: globals beyond the known ones that may be named. Their objects stay stand-ins: nothing is imported.

    Raises:
        WeightsError: it is damaged, or names a global that weights do not need; the message names it and its byte.
    """
    parsed = _parsed(Path(path))
    _refuse_unknown(parsed.machine, allow)
    return _resolver(parsed, allow).resolved(parsed.content)


def named_globals(path: str | Path) -> tuple[str, list[Named]]:
    """The file's layout, and every global that it names, once each, in order; a name that is not known refuses nothing.

    Raises:
        WeightsError: it is damaged.
    """
    parsed = _parsed(Path(path))
    found = list(parsed.machine.globals)
    for data in {id(data): data for data in parsed.machine.embedded}.values():
        found += _stream(io.BytesIO(data), len(data), parsed.machine.name, parsed.machine.budget).machine.globals
    first: dict[str, Global] = {}
    for each in found:
        first.setdefault(each.name, each)
    return parsed.layout, [Named(_shown(name), each.offset, known(name), remark(name)) for name, each in first.items()]


def _refuse_unknown(machine: Machine, allow: Collection[str]) -> None:
    for found in machine.globals:
        if not known(found.name) and found.name not in allow:
            if remark(found.name):
                what = "which runs code in other readers (nothing was run here): do not trust this file."
            else:
                what = (
                    "which weights do not need (nothing was run): look at it with resefa inspect, and keep the weights alone "
                    f"with resefa convert --allow-global {_shown(found.name)}."
                )
            raise WeightsError(
                f"{machine.name} was not opened: at byte {found.offset} it names {_shown(found.name)}, {what}"
            )


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:120])


def _parsed(path: Path) -> _Parsed:
    try:
        with open(path, "rb") as file:
            size = path.stat().st_size
            if file.read(4) == b"PK\x03\x04":
                return _zip(file, path.name, size)
            file.seek(0)
            return _stream(file, size, path.name)
    except zipfile.BadZipFile as error:
        raise WeightsError(f"{path.name} is a damaged zip archive ({error}): get it anew.") from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    except MemoryError as error:
        raise WeightsError(f"{path.name} needs more memory than there is: is it a file of weights?") from error


def _stream(file: BinaryIO, size: int, name: str, budget: Budget | None = None) -> _Parsed:
    """A plain pickle, or torch's stream: magic number, protocol, system, object, keys, storages."""
    machine = Machine(file, size, name, budget)
    content = machine.read()
    if not isinstance(content, int) or content != TORCH_MAGIC:
        return _Parsed("pickle", content, {}, machine)
    for _ in ("protocol", "system"):
        machine.read()
    content, keys = machine.read(), machine.read()
    types = {pid[2]: pid[1] for pid in machine.persistent if _is_storage(pid)}
    storages = {}
    for key in keys if isinstance(keys, list) else ():
        dtype = _dtype(types.get(key) if isinstance(key, str) else None, machine)
        count, left = int.from_bytes(file.read(8), "little", signed=True), size - file.tell()
        if not 0 <= count <= left // dtype.itemsize:
            raise machine.damaged(f"a storage of {count} numbers is claimed, and {max(left, 0)} bytes are left")
        storages[key] = Storage(file.read(count * dtype.itemsize), dtype)
    return _Parsed("torch stream", content, storages, machine)


class _Within(io.BytesIO):
    """A stream that lies in memory: large reads give the bytes where they lie."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._view = memoryview(data)

    def read(self, count: int | None = -1) -> Any:
        if count is None or count < 4096:
            return super().read(count)
        start = self.tell()
        self.seek(min(start + count, len(self._view)))
        return self._view[start : start + count]


def _zip(file: BinaryIO, name: str, size: int) -> _Parsed:
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > _EXPANSION * size + 2**16:
            raise WeightsError(f"{name} claims to unpack to far more than its {size} bytes: it is no file of weights.")
        found = [entry.filename for entry in entries if entry.filename.split("/", 1)[-1] == "data.pkl"]
        if not found:
            raise WeightsError(f"{name} is a zip archive without torch's data.pkl: a torch file was expected.")
        prefix = found[0].removesuffix("data.pkl")
        content = _entry(archive, found[0], name)
        machine = Machine(io.BytesIO(content), len(content), name)
        tree = machine.read()
        names = set(archive.namelist())
        if f"{prefix}byteorder" in names and _entry(archive, f"{prefix}byteorder", name).strip() != b"little":
            raise WeightsError(f"{name} was saved on a big-endian machine: save it anew on a little-endian one.")
        storages = {}
        for pid in machine.persistent:
            if not _is_storage(pid):
                raise machine.damaged("a reference to something other than a storage")
            if pid[2] not in storages:
                entry = f"{prefix}data/{pid[2]}"
                if entry not in names:
                    raise machine.damaged(f"the storage {pid[2][:40]} is missing")
                storages[pid[2]] = Storage(_entry(archive, entry, name), _dtype(pid[1], machine))
    return _Parsed("torch zip", tree, storages, machine)


def _entry(archive: zipfile.ZipFile, entry: str, name: str) -> bytes:
    try:
        return archive.read(entry)
    # What zipfile raises on archives that lie: NotImplementedError (compression), RuntimeError (encryption), zlib's error...
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
        ArithmeticError,
    ) as error:
        raise WeightsError(f"{name}: its entry {_shown(entry)} is damaged ({error}): get it anew.") from error


def _is_storage(pid: Any) -> bool:
    return isinstance(pid, tuple) and len(pid) >= 5 and pid[0] == "storage" and isinstance(pid[2], str)


def _dtype(kind: Any, machine: Machine) -> Any:
    try:
        return dtype_of(kind.name)
    except (KeyError, AttributeError):
        raise machine.damaged("a storage of unknown type") from None


def _resolver(parsed: _Parsed, allow: Collection[str]) -> Resolver:
    machine = parsed.machine

    def storage(pid: Any) -> Storage:
        if not _is_storage(pid) or pid[2] not in parsed.storages:
            raise ValueError("a storage that the file does not hold")
        found = parsed.storages[pid[2]]
        view = pid[5] if len(pid) > 5 else None
        if view is None:
            return found
        _, start, count = view  # of the oldest files: a part of another storage
        if not (isinstance(start, int) and isinstance(count, int) and 0 <= start <= start + count <= found.count):
            raise ValueError("a storage that reaches beyond another")
        width = found.dtype.itemsize
        return Storage(memoryview(found.data)[start * width : (start + count) * width], found.dtype)

    def from_bytes(data: bytes) -> Storage:
        inner = _stream(_Within(data), len(data), machine.name, machine.budget)
        _refuse_unknown(inner.machine, allow)
        if not isinstance(inner.content, Persistent):
            raise ValueError("a storage that is none")
        return _resolver(inner, allow).resolved(inner.content)

    return Resolver(machine.name, storage, from_bytes)
