"""Zip archives of strangers: what they list and claim is bounded before anything is unpacked."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from resefa.errors import WeightsError, printable

EXPANSION = 4
"""Weights compress to no less than a quarter; an archive that claims more is a bomb."""
_LONGEST_LIST = 2**24
"""Bytes of an archive's list of entries. Each entry takes 46 bytes and more of it, and some ten times that in memory."""
ZIP_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,  # an unknown version or compression
    RuntimeError,  # encryption
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    IndexError,
    OverflowError,
)
"""What ``zipfile`` raises on archives that lie."""


class _Bounded:
    """A file that refuses the reads of ``zipfile`` that an archive's claims make too large."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.most = file, _LONGEST_LIST
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if count > self.most:
            raise zipfile.BadZipFile("its list of entries is too long")
        return self._file.read(count)


def opened_archive(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """The archive in an open file, its list of entries read.

    Raises:
        WeightsError: it is damaged, or lists more than any file of weights.
    """
    bounded = _Bounded(file)
    try:
        archive = zipfile.ZipFile(bounded)  # type: ignore[arg-type]
    except ZIP_DAMAGE as error:
        raise WeightsError(f"{name} is a damaged zip archive ({printable(error)}): get it anew.") from error
    bounded.most = max(file.seek(0, 2), _LONGEST_LIST)
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise WeightsError(f"{name} holds two entries of one name, of which readers take either: get it anew.")
    return archive


def check_expansion(archive: zipfile.ZipFile, name: str, size: int) -> int:
    """How many bytes all entries claim.

    Raises:
        WeightsError: far more than the file has.
    """
    claimed = sum(entry.file_size for entry in archive.infolist())
    if claimed > EXPANSION * size + 2**16:
        raise WeightsError(
            f"{name} claims to unpack to {claimed} bytes, far more than its own {size}: it is no file of weights."
        )
    return claimed


def entry_bytes(archive: zipfile.ZipFile, entry: str, name: str) -> bytes:
    """An entry's content, of the length and checksum that the archive says.

    Raises:
        WeightsError: they differ, or it is packed in a way that torch does not use.
    """
    try:
        info = archive.getinfo(entry)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("it is packed in a way that torch does not use")
        with archive.open(info) as part:
            # Never read(): it unpacks first, and cuts to the claimed length afterwards.
            data = part.read(info.file_size)
        if len(data) != info.file_size:
            raise ValueError(f"{len(data)} bytes of {info.file_size}")
    except (*ZIP_DAMAGE, OSError) as error:
        reason = printable(error or type(error).__name__, 80)
        raise WeightsError(f"{name}: its entry {printable(entry)} is damaged ({reason}): get it anew.") from error
    return data
