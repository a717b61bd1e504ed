"""Masks from pictures: the painted pixels are inferred from greys, colours and transparency."""

from __future__ import annotations

import warnings
from typing import cast

import numpy as np
from PIL import Image, ImageChops

from resefa.errors import RegionError, ResefaWarning
from resefa.files.picture_file import converted
from resefa.regions.mask_greys import present_values, weights_of_levels, weights_of_numbers
from resefa.regions.quoting import WHITE_ON_BLACK, Source, listed

# Of 255: channels that differ by at most ALIKE are grey; a pixel at most DARK bright is black.
_ALIKE, _DARK = 40, 40
_CONTRAST = 100
_FEW_COLOURS = 64
_SAMPLE = 1024


def painted_weights(image: Image.Image, source: Source) -> np.ndarray:
    """The weights of a picture, (h, w) float32 in [0, 1].

    The region is the bright pixels; in a picture of one colour on black, the coloured pixels; in a picture with
    transparency, the opaque pixels, or brightness times opacity if the opaque pixels are black and white.

    Raises:
        RegionError: the picture looks like a photograph, a label map or something else that is not a mask.
    """
    if image.mode == "F":
        return weights_of_numbers(np.asarray(image, dtype=np.float32), source).copy()
    if image.mode.startswith("I"):
        return weights_of_levels(np.asarray(image), 65535, source)
    alpha = _opacity(image)
    if alpha is not None:
        return _of_transparent(converted(image, "RGBA", raises=RegionError), alpha, source)
    classes = present_values(np.asarray(image)) if image.mode == "P" else None
    if image.mode in ("1", "L"):
        return weights_of_levels(np.asarray(converted(image, "L")), 255, source)
    if image.mode not in ("RGB", "CMYK", "YCbCr", "LAB", "HSV"):  # a palette goes straight to RGB only by way of RGBA
        image = converted(image, "RGBA", raises=RegionError)
    return _of_colours(converted(image, "RGB", raises=RegionError), classes, source)


def _opacity(image: Image.Image) -> Image.Image | None:
    """The opacity, 0 to 255; None if it is the same everywhere and so does not mark a region."""
    if not image.has_transparency_data:
        return None
    alpha = converted(image, "RGBA", raises=RegionError).getchannel("A")
    low, high = _darkest_and_brightest(alpha)
    return None if low == high != 0 else alpha


def _of_colours(image: Image.Image, classes: np.ndarray | None, source: Source) -> np.ndarray:
    pixels = image.width * image.height
    brightest, spread = _brightest_and_spread(image)
    if sum(spread.histogram()[_ALIKE:]) <= 0.002 * pixels:
        return weights_of_levels(np.asarray(image.convert("L")), 255, source, classes)
    colours = image.getcolors(_FEW_COLOURS)
    if colours is None or len(colours) > 2:
        ink = _one_ink(np.asarray(_sample(image)))
        if ink:
            return np.minimum(np.asarray(brightest, dtype=np.float32) / np.float32(ink), 1)
    else:
        low, high = _darkest_and_brightest(brightest)
        if low <= _DARK and low < high:  # two colours, one of them black
            return (np.asarray(brightest) == high).astype(np.float32)
        grey = image.convert("L")
        low, high = _darkest_and_brightest(grey)
        paper = (
            max(min(cast("tuple[int, ...]", colour)) for _, colour in colours) >= 255 - _ALIKE
        )  # a coloured region painted on white
        if high - low >= _CONTRAST and not paper:
            warnings.warn(
                f"{source.name} contains two colours but no black; the brighter colour is used as the region.",
                ResefaWarning,
                stacklevel=2,
            )
            return (np.asarray(grey) == high).astype(np.float32)
    if classes is not None and len(classes) > 2:
        raise source.label_map(classes)
    if colours is None:
        raise source.refusal(
            "looks like a photograph or a picture with many colours",
            f"{WHITE_ON_BLACK}, or cut the region out on a transparent background",
        )
    most_first = cast("list[tuple[int, tuple[int, int, int]]]", sorted(colours, reverse=True))
    names = listed(f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in most_first)
    raise source.refusal(f"contains several colours ({names}), so the region is ambiguous", WHITE_ON_BLACK)


def _darkest_and_brightest(image: Image.Image) -> tuple[float, float]:
    """The extrema of a single-channel image."""
    return cast("tuple[float, float]", image.getextrema())


def _brightest_and_spread(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The largest of the three channels in each pixel, and its difference from the smallest."""
    red, green, blue = image.split()
    brightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return brightest, ImageChops.subtract(brightest, ImageChops.darker(ImageChops.darker(red, green), blue))


def _one_ink(pixels: np.ndarray) -> int:
    """The brightness of the only colour painted on black, with or without soft edges; 0 for several colours."""
    colours = pixels.reshape(-1, 3).astype(np.float32)
    brightness = colours.max(1)
    inked = colours[brightness > _DARK]
    if not len(inked) or len(inked) > 0.995 * len(colours):  # no black around it: a tinted picture
        return 0
    ink = np.median(inked[inked.max(1) >= np.quantile(inked.max(1), 0.5)], 0)
    strength = inked.max(1) / ink.max()
    fits = (np.abs(inked - strength[:, None] * ink) <= _ALIKE).all(1)
    full = strength > 0.9
    return int(ink.max()) if fits.mean() > 0.99 and full.mean() > 0.6 else 0


def _of_transparent(image: Image.Image, alpha: Image.Image, source: Source) -> np.ndarray:
    opacity = np.asarray(alpha)
    sample = np.asarray(_sample(image))
    colours, opaque = sample[..., :3], sample[..., 3] > 127
    if not opaque.any():
        return weights_of_levels(opacity, 255, source)
    seen = colours[opaque].astype(np.int16)
    if (np.ptp(seen, axis=0) <= _ALIKE).all():
        photograph = False
    elif _black_and_white(seen):
        grey = np.asarray(image.convert("RGB").convert("L"), dtype=np.float32)
        return grey / np.float32(255) * opacity / np.float32(255)
    else:
        photograph = len(np.unique(seen // 16, axis=0)) > _FEW_COLOURS // 4
    edge = np.concatenate([opaque[0], opaque[-1], opaque[:, 0], opaque[:, -1]])
    if edge.mean() > 0.9:
        raise source.refusal(
            "is opaque with a transparent hole, so the region is ambiguous",
            f"{WHITE_ON_BLACK}, or cut the region out on a transparent background",
        )
    if photograph:
        warnings.warn(
            f"{source.name} looks like a cut-out picture; its opaque part is used as the region.",
            ResefaWarning,
            stacklevel=2,
        )
    return weights_of_levels(opacity, 255, source)


def _black_and_white(seen: np.ndarray) -> bool:
    """Whether the colours (n, 3) are all near black or near white, and both occur."""
    if (np.ptp(seen, axis=1) > _ALIKE).mean() > 0.01:
        return False
    dark, light = (seen.max(1) <= _DARK).mean(), (seen.min(1) >= 255 - _DARK).mean()
    return bool(dark + light > 0.9 and min(dark, light) > 0.001)


def _sample(image: Image.Image) -> Image.Image:
    """Every n-th pixel of a large picture, unchanged: enough to classify the picture."""
    longer = max(image.size)
    if longer <= _SAMPLE:
        return image
    size = (max(1, image.width * _SAMPLE // longer), max(1, image.height * _SAMPLE // longer))
    return image.resize(size, Image.Resampling.NEAREST)
