"""Fetch a file over HTTP: resumed where it broke off, whole or not at all.

What has come lies in ``<name>.part`` beside the target, so that a break, Ctrl-C or a full disk loses nothing: the next
call asks for the rest (RFC 9110, Range). The caller checks the hash, so a server that sends something else is found out;
where it knows none, parts are joined only if the server vouches that they are of one version (If-Range). The caller also
sees to it that no second process writes the same part.

No server can make it last for ever or fill the disk: there is a least rate, a largest size, and a break counts as progress
only where enough has come before it.
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

from resefa.errors import DownloadError, UsageError
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
"""Bytes, 16 GiB: the largest file of unknown size that is taken, whatever length the server claims."""
LEAST_RATE, WINDOW = 1000, 30.0
"""Bytes a second that must come, on an average over so many seconds."""
LONGEST = 24 * 3600.0
"""Seconds after which a call gives up; the next goes on from there."""
PROGRESS = 1 << 14
"""Bytes that make a try worth another: a server may not break off after each byte for ever."""


def download(
    url: str, part: Path, size: int | None, progress: Progress | None = None, *, hash_known: bool = True
) -> bool:
    """Bring ``url`` into the file ``part``, going on from what lies there.

    Args:
        size: bytes expected, where they are known.
        progress: called with (bytes here, bytes in all).
        hash_known: whether the caller can tell a wrong file by its hash.

    Returns:
        whether bytes of an earlier call were used: if the hash is then wrong, fetching anew may mend it.

    Raises:
        DownloadError: the server refuses, sends another size, or breaks off again and again without progress.
        OutputError: the disk is full or may not be written.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(
            f"{without_secrets(url)} is not an address for downloads; give an address that begins with http:// or https://."
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
    """Whether bytes of an earlier call were used."""
    with _opened_part(part) as out:
        transfer = _Transfer(url, out, size, progress, marks)
        transfer.forget_what_cannot_be_joined()
        resumed = out.tell() > 0
        transfer.run()
    return resumed


def _opened_part(part: Path) -> BinaryIO:
    """The part, to be appended to. A link, a pipe or a file of two names is none of ours and is taken away."""
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
    """One file on its way. ``marks`` is where its version is kept, None where the hash will tell."""

    url: str
    out: BinaryIO
    size: int | None
    progress: Progress | None
    marks: Path | None
    mark: VersionMark | None = None

    @property
    def shown(self) -> str:
        """The address, for messages."""
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
                        f"The download broke off at {here:,} bytes{whole} ({error}): run the command again, it goes on from "
                        "there."
                    ) from error
                self.forget_what_cannot_be_joined()

    def _fetch(self) -> None:
        """One request: append the body from where ``out`` stands."""
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
        """Stand where the body begins; the bytes to expect in all, where they are known."""
        begin, total = extent(answer)
        if begin > start:
            raise DownloadError(
                f"{self.shown} skips bytes of the file: fetch it yourself and give it with --from FILE."
            )
        now = mark_of(self.url, answer.headers)
        if self.marks is not None:
            if begin and self.mark and now.validator != self.mark.validator:
                self._restart()
                raise BrokenOff("the file there changed meanwhile")
            if self.size is None and total is None and not says_where_it_ends(answer):
                raise DownloadError(
                    f"{self.shown} does not say how long the file is, and its hash is not known, so a truncated download would go "
                    "unnoticed: fetch it yourself and give it with --from FILE."
                )
        if begin != start:  # a server without ranges, or with a newer file, sends it all again
            self.out.truncate(begin)
            self.out.seek(begin)
        if self.marks is not None:
            self.mark = now
            write_mark(self.marks, now)
        if self.size is not None and total is not None and total != self.size:
            raise DownloadError(
                f"{self.shown} has {total:,} bytes where {self.size:,} were expected: it is another file."
            )
        if self.size is None and total is not None and total > LIMIT:
            raise DownloadError(f"{self.shown} has {total:,} bytes, more than the limit of {LIMIT:,}.")
        return self.size if self.size is not None else total

    def _append(self, answer: Answer, bound: int | None) -> None:
        most = LIMIT if bound is None else bound
        with Pace(answer.connection_socket, LEAST_RATE, WINDOW, LONGEST) as pace:
            try:
                while block := read_block(answer):
                    here = self.out.tell() + len(block)
                    if here > most:
                        raise DownloadError(
                            f"{self.shown} sends more than the {most:,} bytes expected: it is another file."
                        )
                    self.out.write(block)
                    pace.come += len(block)
                    if self.progress:
                        self.progress(here, bound or 0)
            except BrokenOff:
                if not pace.given_up:
                    raise
        self.out.flush()
        if pace.given_up:
            raise DownloadError(
                f"The download from {self.shown} was stopped ({pace.given_up}): run the command again later to resume it."
            )
        if bound is not None and self.out.tell() < bound:
            raise BrokenOff("the connection was closed")

    def _refused(self, error: urllib.error.HTTPError, start: int) -> None:
        if error.code == 416 and start:
            if whole_length(error.headers.get("Content-Range", "")) == start:  # all of it is here
                return
            self._restart()  # what lies here is longer than the file there
            raise BrokenOff("the server has another file") from error
        if error.code in (408, 429, 500, 502, 503, 504):
            raise BrokenOff(f"the server answered {error.code}") from error
        reason = "it redirects in a circle" if "infinite loop" in str(error) else f"it answered {error.code}"
        raise DownloadError(f"{self.shown} was not fetched ({reason}): check the address.") from error


_MOST = 1 << 16


class VersionMark(msgspec.Struct, frozen=True):
    """``validator`` is a strong ETag or a Last-Modified date, empty where the server gives neither."""

    url: str
    validator: str


def mark_of(url: str, headers: Message) -> VersionMark:
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
