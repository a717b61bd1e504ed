"""Untrusted zip archives: their lists and claimed sizes are checked before unpacking."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO, BinaryIO, cast

from resefa.errors import WeightsError, printable

EXPANSION = 4
"""Largest ratio of unpacked to packed size; weights compress to no less than a quarter."""
_LONGEST_LIST = 2**24
"""Most bytes of an archive's list of entries; an entry takes at least 46 bytes in the list, and ten times that in memory."""
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
"""Exceptions of ``zipfile`` on invalid archives."""


class _Bounded:
    """File that refuses excessive reads, since ``zipfile`` reads as many bytes as an untrusted archive claims."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.most = file, _LONGEST_LIST
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if count > self.most:
            raise zipfile.BadZipFile("its list of entries is too long")
        return self._file.read(count)


def opened_archive(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Archive in an open file, with its list of entries.

    Raises:
        WeightsError: the archive is damaged, or lists more entries than any file of weights.
    """
    bounded = _Bounded(file)
    try:
        # Of a file that it only reads, ZipFile calls read, seek and tell.
        archive = zipfile.ZipFile(cast("IO[bytes]", bounded))
    except ZIP_DAMAGE as error:
        raise WeightsError(f"{name} is a damaged zip archive ({printable(error)}): download it again.") from error
    bounded.most = max(file.seek(0, 2), _LONGEST_LIST)
    names = archive.namelist()
    if len(names) != len(set(names)):
        raise WeightsError(f"{name} contains two entries with the same name: download it again.")
    return archive


def check_expansion(archive: zipfile.ZipFile, name: str, size: int) -> int:
    """Check the unpacked size that all entries claim; returns the size in bytes.

    Raises:
        WeightsError: far more than the file has.
    """
    claimed = sum(entry.file_size for entry in archive.infolist())
    if claimed > EXPANSION * size + 2**16:
        raise WeightsError(
            f"{name} claims to unpack to {claimed} bytes, far more than its {size}: it is not a weights file."
        )
    return claimed


def entry_bytes(archive: zipfile.ZipFile, entry: str, name: str) -> bytes:
    """Content of an entry, with the length and checksum that the archive states.

    Raises:
        WeightsError: length or checksum differ, or the compression is one that torch does not use.
    """
    try:
        info = archive.getinfo(entry)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("its compression method is not supported")
        with archive.open(info) as part:
            # Never read(): it unpacks first, and cuts to the claimed length afterwards.
            data = part.read(info.file_size)
        if len(data) != info.file_size:
            raise ValueError(f"{len(data)} of {info.file_size} bytes")
    except (*ZIP_DAMAGE, OSError) as error:
        reason = printable(error or type(error).__name__, 80)
        raise WeightsError(f"{name}: its entry {printable(entry)} is damaged ({reason}): download it again.") from error
    return data
