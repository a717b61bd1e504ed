"""Masks and label maps: arrays, image files of every kind, and files that are not what they seem."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resefa.errors import RegionError
from resefa.regions.region import Region

PAINTED = np.zeros((6, 8), dtype=bool)
PAINTED[1:4, 2:7] = True
EDIT = torch.from_numpy(PAINTED.astype(np.float64))


def edit(region: Region) -> torch.Tensor:
    return region.weights(6, 8).edit


@pytest.mark.parametrize(
    "array",
    [
        PAINTED,
        PAINTED.astype(np.float32),
        PAINTED.astype(np.uint8) * 255,
        PAINTED.astype(np.uint8),
        PAINTED.astype(np.int64),
        torch.from_numpy(PAINTED),
        torch.from_numpy(PAINTED).to(torch.bfloat16),
        torch.from_numpy(PAINTED).double().requires_grad_(),
        PAINTED[::-1, ::-1][::-1, ::-1],
    ],
)
def test_arrays(array) -> None:
    assert torch.equal(edit(Region.mask(array)), EDIT)


def test_grey_counts_in_part() -> None:
    array = PAINTED.astype(np.uint8) * 255
    array[0, 0] = 51
    assert edit(Region.mask(array))[0, 0] == pytest.approx(0.2)


def test_a_mask_of_another_size_is_fitted_by_area() -> None:
    fine = np.kron(PAINTED, np.ones((5, 5), dtype=bool))
    assert torch.equal(edit(Region.mask(fine)), EDIT)
    thin_line = np.zeros((60, 80), dtype=bool)
    thin_line[31:33, :] = True
    assert edit(Region.mask(thin_line)).sum(0).tolist() == pytest.approx([0.2] * 8)
    assert (
        edit(Region.mask(np.array([[1.0, 0.0], [1.0, 0.0]]).repeat(3, 0).repeat(4, 1))).tolist()
        == [[1, 1, 1, 1, 0, 0, 0, 0]] * 6
    )


@pytest.mark.parametrize("shape", [(8, 6), (6, 6), (600, 600), (1, 2), (60, 84)])
def test_a_mask_of_another_aspect_ratio_is_refused(shape: tuple[int, int]) -> None:
    marked = np.zeros(shape)
    marked[0, 0] = 1
    with pytest.raises(
        RegionError, match=f"has {shape[0]} x {shape[1]} pixels, but the image has 60 x 80.*aspect ratio"
    ):
        Region.mask(marked).weights(60, 80)
    with pytest.raises(RegionError, match="aspect ratio"):
        Region.label_map(marked.astype(int), 1).weights(60, 80)
    Region.mask(np.eye(601, 800)).weights(60, 80)  # a pixel is forgiven


def test_a_mask_does_not_follow_its_array() -> None:
    array = PAINTED.astype(np.float64)
    region = Region.mask(array)
    array[:] = 0
    assert torch.equal(edit(region), EDIT)


def test_equal_by_contents() -> None:
    assert Region.mask(PAINTED) == Region.mask(torch.from_numpy(PAINTED))
    assert Region.mask(PAINTED) != Region.mask(~PAINTED)
    assert Region.mask(PAINTED).text.startswith("mask[6x8 sha256:")
    labels = np.array([[0, 1], [2, 3]])
    assert Region.label_map(labels, (3, 1, 3)) == Region.label_map(labels, [1, 3])
    assert Region.label_map(labels, (3,)) != Region.label_map(labels, (1,))
    assert Region.label_map(labels, 3).text.startswith("labels[2x2 sha256:")


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((6, 8, 3)), r"shape \(6, 8, 3\)"),
        (np.zeros((0, 8)), r"shape \(0, 8\)"),
        (np.full((6, 8), 1.5), "floating-point values from 1.5 to 1.5; divide it by 255"),
        (np.full((6, 8), np.nan), "values from nan to nan"),
        (np.full((6, 8), 7, dtype=np.int64), "7 of 255"),
        (np.arange(48).reshape(6, 8) % 19, "looks like a label map.*0, 1, .*Region.label_map"),
        (np.full((6, 8), 1 + 1j), "complex"),
        ([[0, 1]], "type list"),
        (None, "type NoneType"),
    ],
)
def test_impossible_arrays(array, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        Region.mask(array)


def test_an_empty_mask_is_refused_once_it_is_used() -> None:
    with pytest.raises(RegionError, match="is empty"):
        Region.mask(np.zeros((6, 8))).weights(6, 8)


def picture(mode: str) -> Image.Image:
    grey = Image.fromarray(PAINTED.astype(np.uint8) * 255)
    if mode == "I;16":
        return Image.fromarray(PAINTED.astype(np.uint16) * 65535)
    if mode == "F":
        return Image.fromarray(PAINTED.astype(np.float32))
    if mode == "zeros and ones":
        return Image.fromarray(PAINTED.astype(np.uint8))
    if mode == "palette":
        # Indices that run against the brightness, so that only the colours can tell.
        image = Image.fromarray(np.where(PAINTED, 0, 1).astype(np.uint8), mode="P")
        image.putpalette([255, 255, 255, 0, 0, 0])
        return image
    if mode == "black on transparent":
        image = Image.new("RGBA", grey.size, (0, 0, 0, 0))
        image.putalpha(grey)
        return image
    if mode == "red on transparent":
        return Image.composite(Image.new("RGBA", grey.size, "red"), Image.new("RGBA", grey.size, (0, 0, 0, 0)), grey)
    if mode == "white and black on transparent":
        image = Image.merge("RGBA", [grey] * 3 + [Image.new("L", grey.size, 255)])
        image.putpixel((0, 0), (255, 255, 255, 0))
        return image
    if mode == "opaque alpha":
        return grey.convert("RGBA")
    return grey.convert(mode)


@pytest.mark.parametrize(
    ("mode", "ending"),
    [
        ("1", "png"), ("L", "png"), ("RGB", "png"), ("LA", "png"), ("I;16", "png"), ("RGB", "bmp"), ("L", "tiff"),
        ("F", "tiff"), ("L", "gif"), ("CMYK", "tiff"), ("palette", "png"), ("zeros and ones", "png"),
        ("opaque alpha", "png"), ("black on transparent", "png"), ("red on transparent", "png"),
        ("white and black on transparent", "png"),
    ],
)  # fmt: skip
def test_image_files(mode: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"mask.{ending}"
    picture(mode).save(path)
    torch.testing.assert_close(edit(Region.mask(path)), EDIT, rtol=0, atol=1e-6)
    assert Region.mask(path) == Region.mask(str(path))


def test_a_camera_rotation_is_undone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    picture("L").rotate(90, expand=True).save(tmp_path / "mask.png", exif=exif)
    assert torch.equal(edit(Region.mask(tmp_path / "mask.png")), EDIT)


def test_a_wholly_transparent_file_is_empty(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 6), (255, 255, 255, 0)).save(tmp_path / "mask.png")
    with pytest.raises(RegionError, match="is empty"):
        edit(Region.mask(tmp_path / "mask.png"))


def test_a_file_is_read_once_and_compared_by_contents(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    picture("L").save(path)
    region = Region.mask(path)
    Image.fromarray(255 - PAINTED.astype(np.uint8) * 255).save(path)
    assert torch.equal(edit(region), EDIT)
    assert Region.mask(path) != region


@pytest.mark.parametrize("read", [Region.mask, lambda path: Region.label_map(path, (1,))])
def test_bad_files_get_one_sentence(read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(whole)
    (tmp_path / "truncated.png").write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "text.png").write_text("not an image")
    (tmp_path / "empty.png").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.png")
    for name, says in {
        "missing.png": "No such file",
        "": "is a folder",
        "text.png": "is not a supported picture; save it as PNG, JPEG",
        "empty.png": "is empty",
        "truncated.png": "is damaged",
        "pipe.png": "is a pipe",
        "long" * 200: "File name too long",
    }.items():
        with pytest.raises(RegionError, match=says) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)
    monkeypatch.setattr("resefa.files.picture_file.MOST_PIXELS", 3000)
    with pytest.raises(RegionError, match="has 64 x 64 pixels; at most 3,000 pixels"):
        read(whole)


def test_labels_are_averaged_and_never_mixed() -> None:
    labels = np.array([[0, 6, 0, 6], [0, 6, 6, 6]])
    assert Region.label_map(labels, (6,)).weights(1, 2).edit.tolist() == [[0.5, 0.75]]
    # Averaging the labels first would make threes of zeros and sixes.
    with pytest.raises(RegionError, match="no pixel with the label 3.*0, 6"):
        Region.label_map(labels, (3,))


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "RGB"])
def test_label_map_files(mode: str, tmp_path: Path) -> None:
    labels = PAINTED.astype(np.uint16 if mode == "I;16" else np.uint8) * (300 if mode == "I;16" else 5)
    image = Image.fromarray(labels)
    if mode == "P":
        image = Image.fromarray(labels, mode="P")
        image.putpalette([0, 0, 0] * 256)  # the indices count, the colours do not
    (image.convert("RGB") if mode == "RGB" else image).save(tmp_path / "labels.png")
    assert torch.equal(edit(Region.label_map(tmp_path / "labels.png", (int(labels.max()),))), EDIT)


def test_label_tensors() -> None:
    assert torch.equal(edit(Region.label_map(torch.from_numpy(PAINTED).long() * 7, (7,))), EDIT)


@pytest.mark.parametrize(
    ("array", "labels", "says"),
    [
        (np.zeros((2, 2), dtype=int), (), "at least one"),
        (np.zeros((2, 2), dtype=int), "0", "'0'"),
        (np.zeros((2, 2), dtype=int), (0.5,), "whole numbers"),
        (np.zeros((2, 2)), (0,), "float64"),
        (np.zeros((2, 2, 2), dtype=int), (0,), "shape"),
        (np.arange(100).reshape(10, 10), (200,), r"0, 1, .*, 19 and 80 more\.$"),
    ],
)
def test_impossible_label_maps(array: np.ndarray, labels, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        Region.label_map(array, labels)


def test_a_coloured_label_map_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), "red").save(tmp_path / "labels.png")
    with pytest.raises(RegionError, match="colours"):
        Region.label_map(tmp_path / "labels.png", (1,))
