"""Pictures that are masks in all the ways people make them, and those that only seem to be: what each is taken for."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from resefa.errors import RegionError, ResefaWarning
from resefa.regions.region import Region

SIDE = 64
MARKED = np.zeros((SIDE, SIDE), bool)
MARKED[20:40, 16:48] = True
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
CLASSES = ((ROWS // 16) * 2 + COLUMNS // 32).astype(np.uint8)
WHITE = Image.fromarray(MARKED.astype(np.uint8) * 255)


def photograph() -> np.ndarray:
    """(64, 64, 3): smooth shades with texture, in colours."""
    random = np.random.default_rng(0)
    shades = np.stack([ROWS * 2.5 + 30, COLUMNS * 2 + 50, 200 - ROWS * 2 + COLUMNS * 0.5], -1)
    return (shades + random.normal(0, 12, shades.shape)).clip(0, 255).astype(np.uint8)


def coloured(ground: tuple[int, ...], ink: tuple[int, ...]) -> Image.Image:
    return Image.fromarray(np.where(MARKED[..., None], ink, ground).astype(np.uint8))


def palette(indices: np.ndarray, *colours: tuple[int, int, int]) -> Image.Image:
    image = Image.fromarray(indices.astype(np.uint8), mode="P")
    image.putpalette([level for colour in colours for level in colour])
    return image


def with_alpha(colours: np.ndarray, alpha: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([colours, alpha.astype(np.uint8)]))


PHOTO, GREY_PHOTO = photograph(), Image.fromarray(photograph()).convert("L")
EXACT = {
    "zeros and ones": Image.fromarray(MARKED.astype(np.uint8)),
    "one class": Image.fromarray(MARKED.astype(np.uint8) * 7),
    "half": Image.fromarray(MARKED.astype(np.uint8) * 128),
    "video range": Image.fromarray(np.where(MARKED, 235, 16).astype(np.uint8)),
    "red": coloured((0, 0, 0), (255, 0, 0)),
    "dark blue": coloured((0, 0, 0), (0, 0, 90)),
    "palette of labelme": palette(MARKED, (0, 0, 0), (128, 0, 0)),
    "palette of VOC": palette(MARKED * 15, *[(0, 0, 0)] * 15, (192, 128, 128)),
    "16 bits": Image.fromarray(MARKED.astype(np.uint16) * 65535),
    "8 bits in 16": Image.fromarray(MARKED.astype(np.uint16) * 255),
    "floating point to 255": Image.fromarray(MARKED.astype(np.float32) * 255),
    "strokes": with_alpha(np.where((ROWS < 30)[..., None], (255, 0, 0), (0, 0, 255)).astype(np.uint8), MARKED * 255),
}
NO_MASK = {
    "photograph": (Image.fromarray(PHOTO), "looks like a photograph"),
    "grey photograph": (GREY_PHOTO, "looks like a photograph"),
    "large grey photograph": (GREY_PHOTO.resize((512, 512), Image.Resampling.BICUBIC), "looks like a photograph"),
    "photograph in 16 bits": (
        Image.fromarray(np.asarray(GREY_PHOTO).astype(np.uint16) * 257),
        "looks like a photograph",
    ),
    "photograph on black": (
        Image.fromarray(np.where(MARKED, np.asarray(GREY_PHOTO), 0).astype(np.uint8)),
        "looks like a photograph",
    ),
    "photograph painted over": (
        Image.fromarray(np.where(MARKED[..., None], 255, PHOTO).astype(np.uint8)),
        "looks like a photograph",
    ),
    "opaque photograph": (Image.fromarray(PHOTO).convert("RGBA"), "looks like a photograph"),
    "classes": (Image.fromarray(CLASSES), r"label map.*0, 1, 2, .*choose a class as in .*m.png'?#1"),
    "classes with white": (Image.fromarray(np.where(CLASSES == 3, 255, CLASSES).astype(np.uint8)), "label map"),
    "classes far apart": (Image.fromarray(CLASSES * 30), "label map.*0, 30, 60"),
    "classes in 16 bits": (Image.fromarray(CLASSES.astype(np.uint16) * 100), "label map"),
    "classes of a palette": (
        palette(CLASSES, *[(128 * (i & 1), 64 * (i & 2), 32 * (i & 4)) for i in range(8)]),
        "label map.*0, 1, 2",
    ),
    "classes in colours": (
        palette(CLASSES, *[(128 * (i & 1), 64 * (i & 2), 32 * (i & 4)) for i in range(8)]).convert("RGB"),
        "colours .#",
    ),
    "dark": (Image.fromarray(np.full((SIDE, SIDE), 3, np.uint8)), "3 of 255"),
    "dim": (WHITE.filter(ImageFilter.GaussianBlur(14)), "no bright pixel.* of 255"),
    "lifted black": (
        Image.fromarray((16 + np.asarray(WHITE.filter(ImageFilter.GaussianBlur(1))) * 0.86).astype(np.uint8)),
        "no dark pixel.*16 of 255",
    ),
    "red on white": (coloured((255, 255, 255), (255, 0, 0)), "#ffffff, #ff0000"),
    "two dark colours": (coloured((0, 0, 127), (127, 0, 0)), "colours .#00007f, #7f0000"),
    "hole": (with_alpha(PHOTO, ~MARKED * 255), "opaque with a transparent hole"),
    "floating point, soft": (
        Image.fromarray(np.asarray(WHITE.filter(ImageFilter.GaussianBlur(2))).astype(np.float32)),
        "divide it by 255",
    ),
}


def weights(image: Image.Image, folder: Path) -> np.ndarray:
    path = folder / ("m.tiff" if image.mode == "F" else "m.png")
    image.save(path)
    return Region.mask(path).weights(SIDE, SIDE).edit.numpy()


@pytest.mark.parametrize("kind", EXACT)
def test_what_is_painted_counts_fully(kind: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(weights(EXACT[kind], tmp_path), MARKED)


@pytest.mark.parametrize("kind", NO_MASK)
def test_what_is_no_mask_is_named(kind: str, tmp_path: Path) -> None:
    image, says = NO_MASK[kind]
    with pytest.raises(RegionError, match=says):
        weights(image, tmp_path)


@pytest.mark.parametrize("alpha", [MARKED * 255, np.asarray(WHITE.filter(ImageFilter.GaussianBlur(1)))])
def test_of_a_cut_out_the_opaque_part_counts_with_a_word(alpha: np.ndarray, tmp_path: Path) -> None:
    with pytest.warns(ResefaWarning, match="cut-out picture.*opaque"):
        found = weights(with_alpha(PHOTO // 2, alpha), tmp_path)
    np.testing.assert_allclose(found, alpha / 255, atol=1e-6)


def test_of_two_colours_without_black_the_brighter_counts_with_a_word(tmp_path: Path) -> None:
    with pytest.warns(ResefaWarning, match="two colours"):
        found = weights(coloured((68, 1, 84), (253, 231, 36)), tmp_path)
    np.testing.assert_array_equal(found, MARKED)


@pytest.mark.parametrize(
    "soft",
    [
        WHITE.filter(ImageFilter.GaussianBlur(4)),
        WHITE.resize((512, 512)).filter(ImageFilter.GaussianBlur(40)),
        WHITE.resize((512, 512), Image.Resampling.BICUBIC).resize((SIDE, SIDE), Image.Resampling.LANCZOS),
        Image.fromarray(np.tile(np.linspace(0, 255, SIDE).astype(np.uint8), (SIDE, 1))),
        Image.fromarray((255 * np.exp(-((ROWS - 32) ** 2 + (COLUMNS - 32) ** 2) / 500)).astype(np.uint8)),
    ],
)
def test_soft_masks_count_in_part(soft: Image.Image, tmp_path: Path) -> None:
    fitted = np.asarray(soft.resize((SIDE, SIDE), Image.Resampling.BOX)) / 255
    np.testing.assert_allclose(weights(soft, tmp_path), fitted, atol=0.01)


def test_red_paint_with_softened_edges(tmp_path: Path) -> None:
    soft = (
        coloured((0, 0, 0), (255, 0, 0))
        .resize((512, 512), Image.Resampling.BICUBIC)
        .resize((SIDE, SIDE), Image.Resampling.BOX)
    )
    np.testing.assert_allclose(weights(soft, tmp_path), MARKED, atol=0.25)


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_masks_saved_as_jpeg(quality: int, tmp_path: Path) -> None:
    path = tmp_path / "m.jpg"
    WHITE.resize((256, 256)).save(path, quality=quality)
    np.testing.assert_allclose(Region.mask(path).weights(SIDE, SIDE).edit.numpy(), MARKED, atol=0.25)
