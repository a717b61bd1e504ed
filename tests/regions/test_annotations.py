"""Masks of other tools: NumPy arrays, labelme's JSON, COCO's polygons and run lengths."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resefa.errors import RegionError
from resefa.regions.region import Region

MASK = np.zeros((16, 24), bool)
MASK[4:10, 6:18] = True
SQUARE = [[6, 4], [18, 4], [18, 10], [6, 10]]


def labelme(*shapes: dict, height: int = 16, width: int = 24) -> dict:
    return {
        "version": "5.4.1",
        "imageHeight": height,
        "imageWidth": width,
        "imageData": None,
        "flags": {},
        "shapes": list(shapes),
    }


def shape(points=SQUARE, label="mouth", kind="polygon", **more) -> dict:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, **more}


def coco(*segmentations, images=1, category=1) -> dict:
    return {
        "images": [{"id": i, "height": 16, "width": 24, "file_name": "x.png"} for i in range(images)],
        "categories": [{"id": 1, "name": "mouth"}, {"id": 2, "name": "nose"}],
        "annotations": [
            {"id": i, "image_id": min(i, images - 1), "category_id": category + i, "iscrowd": 0, "segmentation": each}
            for i, each in enumerate(segmentations)
        ],
    }


def runs(mask: np.ndarray) -> list[int]:
    flat, lengths, value = mask.T.reshape(-1), [0], False
    for pixel in flat:
        if pixel != value:
            value = pixel
            lengths.append(0)
        lengths[-1] += 1
    return lengths


def compressed(lengths: list[int]) -> str:
    """As COCO's own tools write counts: differences to the run before the last, five bits to a character."""
    text = ""
    for i, length in enumerate(lengths):
        rest, more = length - (lengths[i - 2] if i > 2 else 0), True
        while more:
            bits, rest = rest & 31, rest >> 5
            more = rest != (-1 if bits & 16 else 0)
            text += chr((bits | 32 if more else bits) + 48)
    return text


def stamp() -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.ones((6, 12), np.uint8) * 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


RLE = {"counts": runs(MASK), "size": [16, 24]}


@pytest.mark.parametrize(
    "content",
    [
        labelme(shape()),
        labelme(shape([[6, 4], [18, 10]], kind="rectangle")),
        labelme(shape([[6, 4], [18, 10]], kind="mask", mask=stamp())),
        labelme(shape([[6, 4], [12, 4], [12, 10], [6, 10]]), shape([[12, 4], [18, 4], [18, 10], [12, 10]])),
        coco([[x for point in SQUARE for x in point]]),
        coco(RLE),
        coco({"counts": compressed(runs(MASK)), "size": [16, 24]}),
        [{"segmentation": RLE, "area": 72}],
        {"segmentation": RLE},
    ],
)
def test_one_object(content, tmp_path: Path) -> None:
    path = tmp_path / "mask.json"
    path.write_text(json.dumps(content))
    region = Region.mask(path)
    torch.testing.assert_close(region.weights(16, 24).edit, torch.from_numpy(MASK).double(), atol=1e-9, rtol=0)
    assert region.weights(32, 48).edit_pixels == pytest.approx(4 * 72, rel=1e-3)
    assert Region.parse(region.text) == region
    with pytest.raises(RegionError, match="has 16 x 24 pixels, .*aspect ratio"):
        region.weights(24, 24)


def test_labels_are_chosen_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    other = [[0, 0], [4, 0], [4, 4], [0, 4]]
    for name, content in {
        "labelme.json": labelme(shape(), shape(other, label="nose")),
        "coco.json": coco([[x for point in SQUARE for x in point]], [[x for point in other for x in point]]),
    }.items():
        Path(name).write_text(json.dumps(content))
        assert Region.parse(f"{name}#mouth").weights(16, 24).edit_pixels == 72
        assert Region.label_map(name, ["nose"]).weights(16, 24).edit_pixels == 16
        both = Region.parse(f"{name}#mouth,nose")
        assert both.weights(16, 24).edit_pixels == 88
        assert Region.parse(both.text) == both
        with pytest.raises(RegionError, match=rf"mouth, nose.*{name}#mouth"):
            Region.parse(name)
        with pytest.raises(RegionError, match="'ear'.*mouth, nose"):
            Region.parse(f"{name}#ear")


def test_a_circle_has_its_area(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(labelme(shape([[12, 8], [12, 14]], kind="circle"))))
    assert Region.mask(tmp_path / "c.json").weights(16, 24).edit_pixels == pytest.approx(np.pi * 36, rel=0.01)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"a": 1}, "labelme or COCO"),
        (labelme(), "no object"),
        ([], "no object"),
        (labelme(shape(SQUARE[:2])), "polygon with 2 points"),
        (labelme(shape(SQUARE[:2], kind="line")), "line, 2 points"),
        (labelme(shape(), height=0), "is damaged"),
        (labelme(shape([["a", 1]] * 3)), "is damaged"),
        (labelme(*[shape()] * 1001), "1,001 outlines.*1,000"),
        (labelme(shape([[6, 4], [18, 10]], kind="mask", mask="?")), "not base64"),
        (coco([[1, 1, 5, 1, 5, 5]], [[1, 1, 5, 1, 5, 5]], images=2), "for 2 images"),
        (coco({"counts": [1, 2], "size": [16, 24]}), "run-length"),
        (coco({"counts": [-9, 393], "size": [16, 24]}), "run-length"),
        (coco({"counts": "~" * 1000, "size": [16, 24]}), "run-length"),
        (coco({"counts": [10**9], "size": [32000, 32000]}), "image has 16 x 24"),
        ([{"segmentation": [[1, 1, 5, 1, 5, 5]]}], "image size"),
        ("[" * 100_000, "is damaged"),
    ],
)
def test_other_json_gets_one_sentence(content, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mask.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(RegionError, match=says) as caught:
        Region.mask(path).weights(16, 24)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "array",
    [MASK, MASK[None], MASK[..., None], MASK.astype(np.float32), np.asfortranarray(MASK), MASK.astype(np.uint8) * 255],
)
def test_arrays_in_files(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", array)
    np.savez_compressed(tmp_path / "mask.npz", mask=array)
    for name in ("mask.npy", "mask.npz"):
        region = Region.mask(tmp_path / name)
        assert torch.equal(region.weights(16, 24).edit, torch.from_numpy(MASK).double())
        assert Region.parse(region.text) == region


def test_label_maps_in_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "labels.npy", np.arange(16 * 24).reshape(16, 24) % 19)
    assert Region.parse(f"{tmp_path}/labels.npy#3").weights(16, 24).edit_pixels == 21
    with pytest.raises(RegionError, match="label map.*0, 1, 2"):
        Region.mask(tmp_path / "labels.npy")


def header(shape: str, dtype: str = "|u1") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (header("(9000000000, 9000000000)"), "damaged"),
        (header("(100000, 100000)"), "damaged"),
        (header("(0, 4)"), r"has shape \(0, 4\)"),
        (header("(64, 64)") + b"1234", "damaged"),
        (header("(2, 2)", "|O") + b"1234", "Python objects"),
        (header("(2, 2)", "<U9") + b"1234", "damaged"),
        (b"\x93NUMPY\1\0\xff\xff{", "damaged"),
        (b"\x93NUMPY\1\0\5\0[[[[[", "damaged"),
        (b"PK\3\4nonsense", "damaged"),
    ],
)
def test_damaged_arrays_get_one_sentence(data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "mask.npy").write_bytes(data)
    with pytest.raises(RegionError, match=says):
        Region.mask(tmp_path / "mask.npy")


def test_archives_that_unpack_to_much_or_hold_several(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mask.npy", header("(100000, 100000)") + bytes(10_000_000))
    with pytest.raises(RegionError, match="damaged"):
        Region.mask(tmp_path / "bomb.npz")
    large = np.zeros((5000, 5000), np.uint8)  # 25 MB in a file of 25 kB
    large[:2500] = 255
    np.savez_compressed(tmp_path / "large.npz", large)
    assert Region.mask(tmp_path / "large.npz").weights(4, 4).edit_pixels == 8
    np.savez(tmp_path / "two.npz", first=MASK, second=MASK)
    with pytest.raises(RegionError, match=r"2 arrays \(first, second\)"):
        Region.mask(tmp_path / "two.npz")
    np.save(tmp_path / "three.npy", np.stack([MASK] * 3))
    with pytest.raises(RegionError, match=r"3 masks.*masks\[0\]"):
        Region.mask(tmp_path / "three.npy")
