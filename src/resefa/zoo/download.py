"""Download of a file over HTTP, resumed after interruptions.

Received bytes are stored in ``<name>.part`` next to the target, so that a broken connection, Ctrl-C or a full disk loses
nothing: the next call requests the rest (RFC 9110, Range). The caller checks the hash. Without a known hash, parts are
joined only if the server confirms that they belong to one version (If-Range, ETag or date; RFC 9110, 8.8), which is stored
next to the part. The caller ensures that no second process writes the same part.

A server can neither delay a download without end nor fill the disk: there are a minimum rate and a maximum size, and a
retry needs enough progress.
"""

from __future__ import annotations

import contextlib
import os
import stat
import urllib.error
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import msgspec

from resefa.errors import DownloadError, UsageError, parameter
from resefa.files.input_file import read_input
from resefa.files.schema import decode
from resefa.runtime.progress import Progress
from resefa.zoo.http import (
    Answer,
    BrokenOff,
    Pace,
    extent,
    opened,
    read_block,
    says_where_it_ends,
    whole_length,
    without_secrets,
)
from resefa.zoo.store import writing

TIMEOUT = 30.0
ATTEMPTS = 4
LIMIT = 1 << 34
"""Size limit for a file of unknown size in bytes, 16 GiB, whatever length the server claims."""
LEAST_RATE, WINDOW = 1000, 30.0
"""Minimum rate in bytes per second, averaged over a window of seconds."""
LONGEST = 24 * 3600.0
"""Time limit of one call in seconds; the next call resumes the download."""
PROGRESS = 1 << 14
"""Bytes of progress after which the count of attempts restarts; a server that interrupts after every byte is thus given up."""


def download(
    url: str, part: Path, size: int | None, progress: Progress | None = None, *, hash_known: bool = True
) -> bool:
    """Download ``url`` to the file ``part``, resuming an earlier download.

    Args:
        size: expected bytes, if known.
        progress: called with (received bytes, total bytes).
        hash_known: whether the caller can detect a wrong file by its hash.

    Returns:
        whether bytes of an earlier call were used; with a wrong hash, a complete download may help.

    Raises:
        DownloadError: the server refuses, sends another size, or interrupts repeatedly without progress.
        OutputError: the disk is full or not writable.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(
            f"{without_secrets(url)} is not a download address; give an address that begins with http:// or https://."
        )
    marks = part.with_name(f"{part.name}.json")
    with writing(part):
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            resumed = _transferred(url, part, size, progress, None if hash_known else marks)
        except BaseException:
            if part.is_file() and not part.stat().st_size:
                part.unlink()
            raise
        marks.unlink(missing_ok=True)
        return resumed


def _transferred(url: str, part: Path, size: int | None, progress: Progress | None, marks: Path | None) -> bool:
    """Transfer the file; returns True if the bytes of an earlier call were reused."""
    with _opened_part(part) as out:
        transfer = _Transfer(url, out, size, progress, marks)
        transfer.forget_what_cannot_be_joined()
        resumed = out.tell() > 0
        transfer.run()
    return resumed


def _opened_part(part: Path) -> BinaryIO:
    """The ``.part`` file, open for appending; a link, a pipe or a hard-linked file in its place is removed first."""
    with contextlib.suppress(FileNotFoundError):
        found = part.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            part.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    out = open(os.open(part, flags, 0o666), "ab")  # noqa: SIM115
    out.seek(0, os.SEEK_END)
    return out


@dataclass
class _Transfer:
    """State of one download. ``marks`` is the file that stores the version on the server, or None if the hash is known."""

    url: str
    out: BinaryIO
    size: int | None
    progress: Progress | None
    marks: Path | None
    mark: VersionMark | None = None

    @property
    def shown(self) -> str:
        """Address for messages."""
        return without_secrets(self.url)

    def __post_init__(self) -> None:
        if self.marks is not None and (left := read_mark(self.marks)) and left.url == self.url:
            self.mark = left

    def forget_what_cannot_be_joined(self) -> None:
        if self.marks is not None and not (self.mark and self.mark.validator):
            self._restart()

    def _restart(self) -> None:
        self.out.truncate(0)
        self.out.seek(0)
        self.mark = None

    def run(self) -> None:
        furthest, misses = self.out.tell(), 0
        while True:
            try:
                return self._fetch()
            except BrokenOff as error:
                here = self.out.tell()
                misses = 0 if here >= furthest + PROGRESS else misses + 1
                furthest = max(furthest, here) if misses == 0 else furthest
                if misses == ATTEMPTS:
                    whole = f" of {self.size:,}" if self.size else ""
                    raise DownloadError(
                        f"The download was interrupted at {here:,} bytes{whole} ({error}); run the command again to resume "
                        "it."
                    ) from error
                self.forget_what_cannot_be_joined()

    def _fetch(self) -> None:
        """Make one request and append the body at the current position of ``out``."""
        start = self.out.tell()
        if self.size is not None and start >= self.size:
            if start == self.size:
                return
            self._restart()
            start = 0
        validator = self.mark.validator if self.mark else ""
        try:
            with contextlib.closing(opened(self.url, start, validator, TIMEOUT)) as answer:
                bound = self._begin(answer, start)
                self._append(answer, bound)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error, start)

    def _begin(self, answer: Answer, start: int) -> int | None:
        """Position ``out`` at the first byte of the body; returns the total number of bytes, if known."""
        begin, total = extent(answer)
        if begin > start:
            raise DownloadError(
                f"{self.shown} sent the file from byte {begin:,} instead of byte {start:,}; download the file yourself and give it "
                f"with {parameter('source_file', 'FILE')}."
            )
        now = mark_of(self.url, answer.headers)
        if self.marks is not None:
            if begin and self.mark and now.validator != self.mark.validator:
                self._restart()
                raise BrokenOff("the file on the server changed")
            if self.size is None and total is None and not says_where_it_ends(answer):
                raise DownloadError(
                    f"{self.shown} does not state the length of the file, and its hash is unknown, so a truncated download could not be "
                    f"detected; download it yourself and give it with {parameter('source_file', 'FILE')}."
                )
        if begin != start:  # a server without ranges, or with a newer file, sends the whole file
            self.out.truncate(begin)
            self.out.seek(begin)
        if self.marks is not None:
            self.mark = now
            write_mark(self.marks, now)
        if self.size is not None and total is not None and total != self.size:
            raise DownloadError(
                f"The file at {self.shown} has {total:,} bytes, but the requested file has {self.size:,}; check the address."
            )
        if self.size is None and total is not None and total > LIMIT:
            raise DownloadError(
                f"The file at {self.shown} has {total:,} bytes, more than the limit of {LIMIT:,}; check the address."
            )
        return self.size if self.size is not None else total

    def _append(self, answer: Answer, bound: int | None) -> None:
        most = LIMIT if bound is None else bound
        with Pace(answer.connection_socket, LEAST_RATE, WINDOW, LONGEST) as pace:
            try:
                while block := read_block(answer):
                    here = self.out.tell() + len(block)
                    if here > most:
                        raise DownloadError(
                            f"{self.shown} sends more than the expected {most:,} bytes, so the file is not the requested one; check the address."
                        )
                    self.out.write(block)
                    pace.received += len(block)
                    if self.progress:
                        self.progress(here, bound or 0)
            except BrokenOff:
                if not pace.given_up:
                    raise
        self.out.flush()
        if pace.given_up:
            raise DownloadError(
                f"The download from {self.shown} was stopped ({pace.given_up}); run the command again later to resume it."
            )
        if bound is not None and self.out.tell() < bound:
            raise BrokenOff("the connection was closed")

    def _refused(self, error: urllib.error.HTTPError, start: int) -> None:
        if error.code == 416 and start:
            if whole_length(error.headers.get("Content-Range", "")) == start:  # the file is complete
                return
            self._restart()  # the part is longer than the file on the server
            raise BrokenOff("the file on the server changed") from error
        if error.code in (408, 429, 500, 502, 503, 504):
            raise BrokenOff(f"the server answered {error.code}") from error
        reason = (
            "the server redirects in a loop" if "infinite loop" in str(error) else f"the server answered {error.code}"
        )
        raise DownloadError(f"{self.shown} could not be downloaded ({reason}); check the address.") from error


_MOST = 1 << 16


class VersionMark(msgspec.Struct, frozen=True):
    """Version of a file on a server: ``validator`` is a strong ETag or a Last-Modified date, or "" without either."""

    url: str
    validator: str


def mark_of(url: str, headers: Message) -> VersionMark:
    """Version of a file, from the headers of an answer. A weak ETag must not be used to join parts (RFC 9110, 13.1.5)."""
    etag = headers.get("ETag") or ""
    found = etag if etag.startswith('"') else headers.get("Last-Modified") or ""
    return VersionMark(url, found if found.isprintable() and len(found) < 1000 else "")


def read_mark(path: Path) -> VersionMark | None:
    """Version stored by an earlier call, or None if missing, damaged or not a regular file."""
    try:
        return decode(read_input(path, _MOST), VersionMark, "The mark")
    except UsageError:
        return None


def write_mark(path: Path, mark: VersionMark) -> None:
    """Store the version for a later call, replacing any file or link."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.write_bytes(msgspec.json.encode(mark))
