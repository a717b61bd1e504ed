"""Which version of a file a server sends: its ETag or date (RFC 9110, 8.8), kept beside what has come of it.

Where no hash is known beforehand nothing else tells that the rest of a download is of the same file as its beginning.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from resefa.errors import UsageError
from resefa.files.input_file import read_input
from resefa.files.schema import decode

_MOST = 1 << 16


class VersionMark(msgspec.Struct, frozen=True):
    """``validator`` is a strong ETag or a Last-Modified date, empty where the server gives neither."""

    url: str
    validator: str


def mark_of(url: str, headers: Mapping[str, str]) -> VersionMark:
    """The mark in an answer's headers. A weak ETag may not be used to join parts (RFC 9110, 13.1.5)."""
    etag = headers.get("ETag") or ""
    found = etag if etag.startswith('"') else headers.get("Last-Modified") or ""
    return VersionMark(url, found if found.isprintable() and len(found) < 1000 else "")


def read_mark(path: Path) -> VersionMark | None:
    """The mark that an earlier call left, or None. Half a mark, and what is no regular file, is read as none."""
    try:
        return decode(read_input(path, _MOST), VersionMark, "The mark")
    except UsageError:
        return None


def write_mark(path: Path, mark: VersionMark) -> None:
    """Leave the mark for a later call, in place of whatever lies there: a link is not followed."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.write_bytes(msgspec.json.encode(mark))
