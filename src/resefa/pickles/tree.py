"""``read_tree``: files of ``pickle`` and ``torch.save`` to plain data; nothing in them is imported or called.

Three layouts: a plain pickle; torch's zip archive (``data.pkl`` and one entry per storage); torch's older stream of pickles
followed by the storages.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from resefa.errors import WeightsError, printable
from resefa.files.archive import check_expansion, entry_bytes, opened_archive
from resefa.files.input_file import check_regular
from resefa.pickles.budget import Budget
from resefa.pickles.builders import ENCODE, encoded
from resefa.pickles.machine import Machine
from resefa.pickles.objects import Call, Global, Persistent
from resefa.pickles.resolve import Resolver
from resefa.pickles.storage import Storage, dtype_of
from resefa.pickles.unknown import Named, allowed, named, refuse_unknown

TORCH_MAGIC = 0x1950A86A20F9469CFC6C
"""First object of torch's older files."""
_MOST_WITHIN = 8
"""Most levels of torch files within torch files; valid files have one."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class _Parsed:
    layout: str
    content: Any
    storages: dict[str, Storage]
    machine: Machine
    end: int


def read_tree(path: str | Path, allow: Collection[str] = (), *, start: int = 0) -> Any:
    """Content of a file: dict, list, tuple, str, numbers, ``Tensor``, ``ndarray``, and stand-ins for known classes.

    Args:
        allow: further globals that the file may name, ``"package.*"`` for all of a package. Their objects stay stand-ins:
            nothing is imported.
        start: position of the pickle, in files with a header.

    Raises:
        UnknownGlobalsError: the file names globals that weights do not need; the error lists all of them.
        WeightsError: the file is damaged, or names a global that runs code in other readers; the message names it and its
            position.
    """

    def tree(parsed: _Parsed) -> Any:
        _check(parsed.machine, allow)
        return _resolver(parsed, allow).resolved(parsed.content)

    return _from_file(Path(path), tree, start)


def named_globals(path: str | Path) -> tuple[str, list[Named]]:
    """Layout of a file, and all globals that it names, in order and without duplicates; unknown names are not refused.

    Raises:
        WeightsError: the file is damaged.
    """

    def names(parsed: _Parsed) -> tuple[str, list[Named]]:
        first: dict[str, Named] = {}
        for each in _all_named(parsed.machine):
            if first.setdefault(each.name, each).harmless and not each.harmless:
                first[each.name] = each
        return parsed.layout, [replace(each, name=printable(name, 200)) for name, each in first.items()]

    return _from_file(Path(path), names)


def _all_named(machine: Machine, level: int = 0) -> list[Named]:
    """Globals of a pickle and of all torch files within it, at any depth; other readers would run those too."""
    found = named(machine)
    if machine.embedded and level == _MOST_WITHIN:
        raise machine.damaged(f"torch files are nested {level} levels deep")
    for data in {id(source): source for source in map(_source, machine.embedded)}.values():
        data = encoded((data, "latin-1")) if isinstance(data, str) else bytes(data)
        found += _all_named(_within(data, machine).machine, level + 1)
    return found


def _source(embedded: Any) -> Any:
    """Bytes of an embedded torch file, which may be stored as text."""
    if not isinstance(embedded, Call):
        return embedded
    function, args = embedded.function, embedded.args
    direct = isinstance(function, Global) and function.name == ENCODE and isinstance(args, tuple) and len(args) == 2
    return args[0] if direct and isinstance(args[0], str) else b""


def _check(machine: Machine, allow: Collection[str]) -> None:
    """Refuse a pickle with names that are neither known nor allowed, then check the files embedded in it."""
    if not all(each.harmless or allowed(each.name, allow) for each in named(machine)):
        refuse_unknown(machine, _all_named(machine), allow)


def _from_file(path: Path, make: Callable[[_Parsed], _Made], start: int = 0) -> _Made:
    """Result of ``make`` on a parsed file; every failure becomes a WeightsError."""
    check_regular(path, raises=WeightsError)
    try:
        with open(path, "rb") as file:
            size = path.stat().st_size
            if not start and file.read(4) == b"PK\x03\x04":
                return make(_zip(file, path.name, size))
            file.seek(start)
            return make(_stream(file, size, path.name))
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror}): check the path.") from error
    except MemoryError as error:
        raise WeightsError(f"{path.name} needs more memory than is available: is it a weights file?") from error
    except RecursionError as error:
        raise WeightsError(f"{path.name} is nested too deeply: is it a weights file?") from error


def _stream(file: BinaryIO, size: int, name: str, budget: Budget | None = None) -> _Parsed:
    """Content of a plain pickle, or of torch's stream: magic number, protocol, system, object, keys, storages."""
    machine = Machine(file, size, name, budget)
    machine.budget.hold(size)
    content = machine.read()
    if not isinstance(content, int) or content != TORCH_MAGIC:
        return _Parsed("pickle", content, {}, machine, machine.offset)
    for _ in ("protocol", "system"):
        machine.read()
    content, end = machine.read(), machine.offset
    keys = machine.read()
    types = {pid[2]: pid[1] for pid in machine.persistent if _is_storage(pid)}
    storages = {}
    for key in keys if isinstance(keys, list) else ():
        dtype = _dtype(types.get(key) if isinstance(key, str) else None, machine)
        count, left = int.from_bytes(file.read(8), "little", signed=True), size - file.tell()
        if not 0 <= count <= left // dtype.itemsize:
            raise machine.damaged(f"it claims a storage of {count} numbers, but only {max(left, 0)} bytes follow")
        storages[key] = Storage(file.read(count * dtype.itemsize), dtype)
    return _Parsed("torch stream", content, storages, machine, end)


def _within(data: bytes, machine: Machine) -> _Parsed:
    """Content of a torch file that is embedded in a file."""
    return _stream(_Within(data), len(data), f"{machine.name} (a file within it)", machine.budget)


class _Within(io.BytesIO):
    """Stream in memory that returns large reads as views, without copies."""

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
    with opened_archive(file, name) as archive:
        claimed = check_expansion(archive, name, size)
        names = set(archive.namelist())
        found = [entry for entry in archive.namelist() if entry.split("/", 1)[-1] == "data.pkl"]
        if not found:
            raise WeightsError(f"{name} is a zip archive without data.pkl, so it is not a torch file.")
        prefix = found[0].removesuffix("data.pkl")
        content = entry_bytes(archive, found[0], name)
        machine = Machine(io.BytesIO(content), len(content), name)
        machine.budget.hold(claimed)
        tree = machine.read()
        if f"{prefix}byteorder" in names and entry_bytes(archive, f"{prefix}byteorder", name).strip() != b"little":
            raise WeightsError(f"{name} was saved on a big-endian machine: save it again on a little-endian one.")
        storages = {}
        for pid in machine.persistent:
            if not _is_storage(pid):
                raise machine.damaged("a reference to something other than a storage")
            if pid[2] not in storages:
                entry = f"{prefix}data/{pid[2]}"
                if entry not in names:
                    raise machine.damaged(f"the storage {printable(pid[2], 40)} is missing")
                storages[pid[2]] = Storage(entry_bytes(archive, entry, name), _dtype(pid[1], machine))
    return _Parsed("torch zip", tree, storages, machine, machine.offset)


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
            raise ValueError("a storage that is not in the file")
        found = parsed.storages[pid[2]]
        view = pid[5] if len(pid) > 5 else None
        if view is None:
            return found
        _, start, count = view  # in the oldest files: a part of another storage
        if not (isinstance(start, int) and isinstance(count, int) and 0 <= start <= start + count <= found.count):
            raise ValueError("a storage that extends beyond the storage that contains it")
        width = found.dtype.itemsize
        return Storage(memoryview(found.data)[start * width : (start + count) * width], found.dtype)

    def from_bytes(data: bytes) -> Storage:
        inner = _within(data, machine)
        _check(inner.machine, allow)
        if not isinstance(inner.content, Persistent):
            raise ValueError("an invalid storage")
        return _resolver(inner, allow).resolved(inner.content)

    return Resolver(machine.name, storage, from_bytes, machine.budget, parsed.end)
