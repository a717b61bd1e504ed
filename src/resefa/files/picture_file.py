"""Opening of picture files: by content, only listed raster formats, after a check of the header.

Pillow alone also opens formats that start programs (EPS starts Ghostscript), whatever the suffix of the file.
"""

from __future__ import annotations

import io
import os
import warnings

from PIL import Image, ImageOps

from resefa.errors import ResefaError, UsageError, printable
from resefa.files.input_file import read_input

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
"""Raster formats, by Pillow's names, whose decoders start no program."""
MOST_BYTES = 2**28
MOST_PIXELS = 2**26
LONGEST_SIDE = 2**15

_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%!PS", "PostScript (EPS)"),
    (0, b"\xc5\xd0\xd3\xc6", "PostScript (EPS)"),
    (0, b"%PDF", "a PDF document"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"gimp xcf", "a GIMP document"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftyp", "a video or another MP4 file"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM video"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF", "an HDF5 file"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML file or an SVG drawing"),
    (0, b"<!doctype html", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)


def open_picture(
    path: str | os.PathLike[str], *, raises: type[ResefaError] = UsageError, single: bool = False
) -> Image.Image:
    """Decoded picture of a file, rotated by its EXIF orientation; the first picture if the file contains several.

    Args:
        single: refuse files with several pictures (animations, TIFF stacks).

    Raises:
        ResefaError: of the class ``raises``: the file is missing, not a regular file, truncated, of another format than
            ``FORMATS``, or claims more pixels than ``MOST_PIXELS`` or a side longer than ``LONGEST_SIDE``.
    """
    return decoded(read_input(path, MOST_BYTES, raises=raises), path, raises=raises, single=single)


def decoded(
    data: bytes, path: str | os.PathLike[str], *, raises: type[ResefaError] = UsageError, single: bool = False
) -> Image.Image:
    """Decoded picture from a file's bytes; ``path`` names the file in messages."""
    name = printable(os.fspath(path), 160)
    try:
        with warnings.catch_warnings():
            # Pillow warns about its pixel limit, which is higher than the limit here, and about unusual metadata.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_header(image, name, raises, single)
                image.load()
                ImageOps.exif_transpose(image, in_place=True)
                return image
    except ResefaError:
        raise
    except Image.DecompressionBombError:
        raise raises(_too_large(name)) from None
    except Image.UnidentifiedImageError:
        raise raises(_unknown(data, name)) from None
    except MemoryError:
        raise raises(f"{name} does not fit into memory; save it smaller.") from None
    # Every decoder raises other exceptions for a damaged file.
    except Exception as error:
        reason = printable(str(error).rstrip(".") or type(error).__name__, 120)
        raise raises(f"{name} is damaged ({reason}); save or copy it again.") from error


def _check_header(image: Image.Image, name: str, raises: type[ResefaError], single: bool) -> None:
    if max(image.size) > LONGEST_SIDE or image.width * image.height > MOST_PIXELS:
        raise raises(_too_large(name, f"{image.height:,} x {image.width:,} pixels"))
    if single and image.format != "MPO" and getattr(image, "is_animated", False):
        raise raises(f"{name} contains several pictures (an animation or a stack); save one of them as PNG.")


def _too_large(name: str, size: str = "too many pixels") -> str:
    return f"{name} has {size}; at most {MOST_PIXELS:,} pixels and a side of {LONGEST_SIDE:,} are supported. Save it smaller."


def _unknown(data: bytes, name: str) -> str:
    listed = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    if not data:
        return f"{name} is empty; give a picture as {listed}."
    head = data[:256].lower().lstrip()
    found = next((what for at, sign, what in _SIGNS if head[at:].startswith(sign.lower())), None)
    if found is None:
        return f"{name} is not a supported picture; save it as {listed}."
    return f"{name} is {found}, not a supported picture; save it as {listed}."


def converted(image: Image.Image, mode: str, *, raises: type[ResefaError] = UsageError) -> Image.Image:
    """The picture converted to another of Pillow's modes.

    Raises:
        ResefaError: of the class ``raises``: Pillow cannot convert it.
    """
    try:
        return image if image.mode == mode else image.convert(mode)
    except ValueError:
        raise raises(
            f"A picture with Pillow's mode {image.mode} is not supported; save it as greyscale, RGB or RGBA."
        ) from None
