"""Fetch a file over HTTP: resumed where it broke off, whole or not at all.

What has come lies in ``<name>.part`` beside the target, so that a break, Ctrl-C or a full disk loses nothing: the next
call asks for the rest (RFC 9110, Range). The caller checks the hash, so a server that sends something else is found out.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from resefa.errors import DownloadError, OutputError
from resefa.files import write_sentence
from resefa.version import VERSION

Progress = Callable[[int, int], None]
TIMEOUT = 30.0
ATTEMPTS = 4
_BLOCK = 1 << 16


class _BrokenOff(Exception):
    """The connection ended before the body did."""


def download(url: str, part: Path, size: int | None, progress: Progress | None = None) -> bool:
    """Bring ``url`` into the file ``part``, going on from what lies there.

    Args:
        size: bytes expected, where they are known.
        progress: called with (bytes here, bytes in all).

    Returns:
        whether bytes of an earlier call were used: if the hash is then wrong, fetching anew may mend it.

    Raises:
        DownloadError: the server refuses, sends another size, or breaks off again and again without progress.
        OutputError: the disk is full or may not be written.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"The address {url!r} came: one that begins with http:// or https:// was expected.")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "ab") as out, _alone(out.fileno(), part):
            resumed = out.tell() > 0
            misses = 0
            while True:
                before = out.tell()
                try:
                    _fetch(url, out, size, progress)
                    return resumed
                except _BrokenOff as error:
                    misses = misses + 1 if out.tell() == before else 0
                    if misses == ATTEMPTS:
                        raise DownloadError(
                            f"The download broke off at {out.tell():,} bytes{f' of {size:,}' if size else ''} ({error}): run "
                            "the command again, it goes on from there."
                        ) from error
    except OSError as error:
        raise OutputError(write_sentence(part, error)) from error


def _fetch(url: str, out, size: int | None, progress: Progress | None) -> None:  # type: ignore[no-untyped-def]
    """One request: append the body from where ``out`` stands."""
    start = out.tell()
    if size is not None and start >= size:
        if start == size:
            return
        out.truncate(0)
        start = out.seek(0)
    headers = {"User-Agent": f"resefa/{VERSION}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with _opened(urllib.request.Request(url, headers=headers)) as answer:
            begin, total = _extent(answer)
            if begin != start:  # a server without ranges sends it all again
                out.truncate(begin)
                out.seek(begin)
            if size is not None and total is not None and total != size:
                raise DownloadError(f"{url} has {total:,} bytes where {size:,} were expected: it is another file.")
            bound = size if size is not None else total
            while block := _read(answer):
                if bound is not None and out.tell() + len(block) > bound:
                    raise DownloadError(f"{url} sends more than the {bound:,} bytes expected: it is another file.")
                out.write(block)
                if progress:
                    progress(out.tell(), bound or 0)
            out.flush()
            if bound is not None and out.tell() < bound:
                raise _BrokenOff("the connection was closed")
    except urllib.error.HTTPError as error:
        if error.code == 416 and start:  # what lies here is longer than the file there
            out.truncate(0)
            out.seek(0)
            raise _BrokenOff("the server has another file") from error
        if error.code in (408, 429, 500, 502, 503, 504):
            raise _BrokenOff(f"the server answered {error.code}") from error
        reason = "it redirects in a circle" if "redirect" in str(error).lower() else f"it answered {error.code}"
        raise DownloadError(f"{url} was not fetched ({reason}): check the address.") from error


def _opened(request: urllib.request.Request):  # type: ignore[no-untyped-def]
    """The answer; faults of the network, silence included, become _BrokenOff. What the server refuses is passed on."""
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOff(str(getattr(error, "reason", error) or type(error).__name__)) from error


def _read(answer) -> bytes:  # type: ignore[no-untyped-def]
    """A block of the body; faults of the network, unlike those of the disk, become _BrokenOff."""
    try:
        return answer.read(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOff(str(error) or type(error).__name__) from error


def _extent(answer) -> tuple[int, int | None]:  # type: ignore[no-untyped-def]
    """(first byte, bytes of the whole file or None) of an answer."""
    if answer.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if not found:
            raise DownloadError("The server sent a part without saying which: remove the .part file and try again.")
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = answer.headers.get("Content-Length")
    return 0, int(length) if length and length.isdigit() else None


@contextlib.contextmanager
def _alone(handle: int, part: Path) -> Iterator[None]:
    """Hold the file against a second download at the same time, where the system can."""
    try:
        import fcntl
    except ImportError:  # Windows: the second writer fails on its own
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise
        raise DownloadError(f"Another command is fetching {part.name} now: wait until it has ended.") from error
    yield
