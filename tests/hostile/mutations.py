"""Sound files changed at random: bits, bytes, stretches, instructions of the pickle, and numbers that look like lengths."""

from __future__ import annotations

import io
import pickletools
import random
import struct
import zipfile

OPCODES = [opcode.code.encode("latin-1") for opcode in pickletools.opcodes]
LENGTHS = (0, 1, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**48, 2**63 - 1, 2**64 - 1)


def _bits(data: bytearray, draw: random.Random) -> None:
    for _ in range(draw.choice((1, 1, 4, 32))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _deleted(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    del data[start : start + draw.choice((1, 2, 8, 1000))]


def _inserted(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    data[start:start] = draw.randbytes(draw.choice((1, 2, 8, 300)))


def _swapped(data: bytearray, draw: random.Random) -> None:
    length = draw.choice((1, 8, 64, 4096))
    first, second = sorted(draw.randrange(max(len(data) - length, 1)) for _ in range(2))
    data[first : first + length], data[second : second + length] = (
        data[second : second + length],
        data[first : first + length],
    )


def _repeated(data: bytearray, draw: random.Random) -> None:
    start = draw.randrange(len(data))
    piece = bytes(data[start : start + draw.choice((1, 8, 200))])
    data[start:start] = piece * draw.choice((1, 2, 100))


def _number(data: bytearray, draw: random.Random) -> None:
    start, width = draw.randrange(len(data)), draw.choice((1, 2, 4, 8))
    data[start : start + width] = struct.pack("<Q", draw.choice(LENGTHS) % 2**64)[:width]


def _instruction(data: bytearray, draw: random.Random) -> None:
    """One instruction's code replaced by another's, where the file has a pickle in the clear."""
    places = _places(bytes(data[:200_000]))
    place = draw.choice(places) if places else draw.randrange(len(data))
    data[place : place + 1] = draw.choice(OPCODES)


def _places(data: bytes) -> list[int]:
    start = data.find(b"\x80")
    found: list[int] = []
    try:
        for _, _, position in pickletools.genops(io.BytesIO(data[start:])):
            found.append(start + (position or 0))
    except Exception:  # what is no pickle from some place on
        pass
    return found


_STEPS = (_bits, _deleted, _inserted, _swapped, _repeated, _number, _number, _instruction, _instruction, _instruction)


def mutated(data: bytes, seed: int) -> bytes:
    """The same change for the same seed. The pickle of a zip archive is changed within, with a right checksum, half the time."""
    draw = random.Random(seed)
    if data[:4] == b"PK\3\4" and draw.random() < 0.5:
        return _within_archive(data, draw)
    if data[8:9] == b"{" and draw.random() < 0.5:
        return _within_header(data, draw)
    return _changed(data, draw)


def _changed(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        if changed:
            draw.choice(_STEPS)(changed, draw)
    return bytes(changed)


def _within_archive(data: bytes, draw: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry.filename, _changed(content, draw) if entry.filename.endswith("data.pkl") else content)
    return out.getvalue()


def _within_header(data: bytes, draw: random.Random) -> bytes:
    """Safetensors: the header changed, its length right."""
    length = int.from_bytes(data[:8], "little")
    header = _changed(data[8 : 8 + length], draw)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]
