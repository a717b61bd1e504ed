"""Pictures are opened by content, of listed raster formats, and never before their header was checked."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resefa.errors import MetricError, UsageError
from resefa.files.picture_file import FORMATS, MOST_PIXELS, open_picture

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\n0 setgray 0 0 9 9 rectfill\nshowpage\n%%EOF\n"
STARTED: list[object] = []
sys.addaudithook(lambda event, arguments: STARTED.append(arguments) if event == "subprocess.Popen" else None)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, data: bytes = b"", depth: int = 8, colours: int = 0) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(more)
        + chunk(b"IDAT", data or zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("name", ["a.png", "a.eps", "a.tiff", "a"])
@pytest.mark.parametrize(
    "lead", [b"", b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 32, len(EPS), 0, 0, 0, 0) + b"\xff\xff\0\0"]
)
def test_postscript_starts_no_program_under_any_name(name: str, lead: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(lead + EPS)
    STARTED.clear()
    with pytest.raises(UsageError, match=r"is PostScript \(EPS\), not a supported picture; save it as PNG, JPEG"):
        open_picture(tmp_path / name)
    assert not STARTED


@pytest.mark.parametrize("form", FORMATS)
def test_listed_formats_are_opened_whatever_the_name(form: str, tmp_path: Path) -> None:
    Image.new("RGB", (5, 4), "white").save(tmp_path / "picture.dat", format=form)
    assert open_picture(tmp_path / "picture.dat").size == (5, 4)


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX", "PDF", "ICNS", "JPEG2000"])
def test_other_formats_are_not(form: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "picture.png", format=form)
    with pytest.raises(UsageError, match="not a supported picture"):
        open_picture(tmp_path / "picture.png")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"8BPS\0\1", "a Photoshop document"),
        (b"\0\0\0\x1cftypavif", "an AVIF picture"),
        (b"\0\0\0\x18ftypheic", "a HEIC picture"),
        (b"\0\0\0\x18ftypisom", "a video"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"anything else", "is not a supported picture"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(MetricError, match=says):
        open_picture(tmp_path / "x.png", raises=MetricError)


@pytest.mark.parametrize(
    ("width", "height", "depth", "colours"),
    [
        (5_000_000, 1, 8, 0),
        (1, 5_000_000, 8, 0),
        (8193, 8192, 8, 0),
        (2**31 - 1, 2**31 - 1, 1, 0),
        (9459, 9459, 16, 6),
        (32_769, 10, 1, 0),
    ],
)
def test_sizes_are_refused_by_the_header(width: int, height: int, depth: int, colours: int, tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(png(width, height, depth=depth, colours=colours))
    with pytest.raises(UsageError, match=f"pixels; at most {MOST_PIXELS:,} pixels"):
        open_picture(tmp_path / "large.png")


def test_text_and_profiles_that_unpack_to_much_are_refused(tmp_path: Path) -> None:
    bomb = zlib.compress(b"a" * 80_000_000)
    for more in (
        chunk(b"zTXt", b"k\0\0" + bomb),
        chunk(b"iCCP", b"k\0\0" + bomb),
        chunk(b"iTXt", b"k\0\1\0\0\0" + bomb),
    ):
        (tmp_path / "bomb.png").write_bytes(png(8, 8, more))
        with pytest.raises(UsageError, match="is damaged"):
            open_picture(tmp_path / "bomb.png")


def test_of_several_pictures_the_first_or_a_word(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), level) for level in (10, 200)]
    for name in ("a.gif", "a.tiff", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert np.asarray(open_picture(tmp_path / name).convert("L"))[0, 0] == 10
        with pytest.raises(UsageError, match="contains several pictures"):
            open_picture(tmp_path / name, single=True)


def test_a_cut_off_picture_is_damaged(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(buffer, "PNG")
    (tmp_path / "cut.png").write_bytes(buffer.getvalue()[:2000])
    with pytest.raises(UsageError, match="is damaged"):
        open_picture(tmp_path / "cut.png")
