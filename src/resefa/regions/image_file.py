"""Reading an image file that a person names, with every failure told in one sentence."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from resefa.errors import RegionError
from resefa.regions.quoting import shown


def read_image(path: str | os.PathLike[str]) -> Image.Image:
    """The first picture of an image file, decoded, and turned upright where its camera noted a rotation.

    Raises:
        RegionError: the file is missing, no regular file, not to be read, too large once unpacked, truncated, or no
            image that Pillow knows.
    """
    name = os.fspath(path)
    _check_file(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(name) as image:
                image.load()
                return ImageOps.exif_transpose(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise RegionError(
            f"{shown(name)} unpacks to more than {Image.MAX_IMAGE_PIXELS} pixels, which a region does not need: save it "
            "smaller, since any size is fitted to the image."
        ) from None
    except UnidentifiedImageError:
        raise RegionError(f"{shown(name)} is not an image: give a PNG or another format that Pillow reads.") from None
    except MemoryError:
        raise RegionError(f"{shown(name)} is too large for this machine's memory: save it smaller.") from None
    # A damaged file fails in whichever decoder reads it, each with exceptions of its own.
    except Exception as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise RegionError(f"{shown(name)} is damaged or may not be read ({reason}): save or copy it anew.") from error


def converted(image: Image.Image, mode: str) -> Image.Image:
    """The image in another of Pillow's modes.

    Raises:
        RegionError: Pillow has no such conversion.
    """
    try:
        return image.convert(mode)
    except ValueError:
        raise RegionError(
            f"An image came in Pillow's mode {image.mode}, which does not convert to {mode}: save it as greyscale, RGB "
            "or RGBA."
        ) from None


def grey_levels(image: Image.Image) -> np.ndarray:
    """Brightness in [0, 1] as (h, w) float32; transparency is not looked at.

    Raises:
        RegionError: a floating-point image with values outside [0, 1], or a mode without greys.
    """
    if image.mode == "F":
        values = np.asarray(image, dtype=np.float32)
        if not (values.min() >= 0 and values.max() <= 1):  # written so that NaN fails too
            raise RegionError("A mask of floating-point values leaves the range 0 to 1: scale it to that range.")
        return values.copy()
    if image.mode.startswith("I"):  # 16-bit greys, which Pillow sometimes widens to 32
        values = np.asarray(image).astype(np.float32)
        return np.clip(values / (1 if values.max() <= 1 else 65535), 0, 1)
    if image.mode == "P":  # a palette may carry transparency, which goes straight to grey only by way of RGBA
        image = image.convert("RGBA").convert("RGB")
    values = np.asarray(converted(image, "L"))
    # A file of zeros and ones is a mask saved without scaling, not an image that is black all over.
    return values.astype(np.float32) / np.float32(1 if values.max() <= 1 else 255)


def alpha_levels(image: Image.Image) -> np.ndarray | None:
    """Opacity in [0, 1] as (h, w) float32, or None where the file has no transparency."""
    if not image.has_transparency_data:
        return None
    return np.asarray(converted(image, "RGBA").getchannel("A"), dtype=np.float32) / np.float32(255)


def _check_file(name: str) -> None:
    file = Path(name)
    try:
        exists, regular = file.exists(), file.is_file()
    except (OSError, ValueError):
        exists = regular = False
    if not exists:
        raise RegionError(f"There is no file {shown(name)}: check its name and folder.")
    if not regular:
        raise RegionError(f"{shown(name)} is not a file: name an image file such as mask.png.")
