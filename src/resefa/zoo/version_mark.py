"""Which version of a file a server sends: its ETag or date (RFC 9110, 8.8), kept beside what has come of it.

Where no hash is known beforehand nothing else tells that the rest of a download is of the same file as its beginning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class VersionMark:
    """``validator`` is a strong ETag or a Last-Modified date, empty where the server gives neither."""

    url: str
    validator: str


def mark_of(url: str, headers: Mapping[str, str]) -> VersionMark:
    """The mark in an answer's headers. A weak ETag may not be used to join parts (RFC 9110, 13.1.5)."""
    etag = headers.get("ETag") or ""
    return VersionMark(url, etag if etag.startswith('"') else headers.get("Last-Modified") or "")


def read_mark(path: Path) -> VersionMark | None:
    """The mark that an earlier call left, or None."""
    try:
        return VersionMark(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_mark(path: Path, mark: VersionMark) -> None:
    """Leave the mark for a later call. Half a mark is read as none."""
    path.write_text(json.dumps(asdict(mark)), encoding="utf-8")
