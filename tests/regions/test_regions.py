"""Coverage, algebra, text syntax, pictures, and one sentence for each region that makes no sense."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resefa import Region
from resefa.errors import RegionError
from resefa.regions.presets import preset_families, preset_names

SIZE = 32
boxes = st.tuples(*(st.integers(0, 64) for _ in range(4))).map(
    lambda v: (v[0] % 20, v[1] % 20, v[2] % 11 + 0.5, v[3] % 11 + 0.5)
)


def cover(region: Region) -> torch.Tensor:
    return region.shape.coverage(SIZE, SIZE)


@settings(max_examples=50, deadline=None)
@given(boxes, boxes)
def test_algebra(first, second):
    a, b = Region.box(*first), Region.ellipse(*second)
    assert torch.allclose(cover(~(a | b)), cover(~a & ~b))
    assert torch.equal(cover(a | a), cover(a))
    assert torch.allclose(cover(a - b), cover(a & ~b))
    assert cover(a).sum() == pytest.approx(first[2] * first[3])
    weights = (a | b).weights(SIZE, SIZE)
    assert (weights.edit + weights.protect <= 1 + 1e-12).all()
    small = weights.resized(8, 8)
    assert small.edit.mean() == pytest.approx(float(weights.edit.mean()))


@settings(max_examples=50, deadline=None)
@given(boxes, boxes, st.sampled_from(["+", "&", " - "]), st.booleans())
def test_text_round_trip(first, second, mark, inverted):
    text = f"box:{','.join(map(str, first))}{mark}ellipse:{','.join(map(str, second))}"
    region = Region.parse(f"!({text})~2" if inverted else text)
    assert Region.parse(region.text) == region
    assert torch.equal(cover(Region.parse(region.text)), cover(region))


def test_fractions_fit_any_resolution():
    for family in preset_families():
        for name in preset_names(family):
            fine = Region.preset(name, family).weights(256, 256).resized(64, 64).edit
            assert torch.allclose(fine, Region.preset(name, family).weights(64, 64).edit, atol=0.05)


def test_the_mouth_of_the_default_generator_is_the_box_that_was_measured():
    assert torch.equal(
        Region.preset("mouth", "faces-dcgan").weights(64, 64).edit, Region.box(40, 18, 14, 28).weights(64, 64).edit
    )


def test_protect_and_ignore():
    eyes, mouth, brow = (Region.preset(name, "faces-dcgan") for name in ("eyes", "mouth", "forehead"))
    only = mouth.protecting(eyes).weights(64, 64)
    assert only.protect.sum() == eyes.weights(64, 64).edit.sum()
    without = mouth.ignoring(brow).weights(64, 64)
    assert without.protect.sum() == 64 * 64 - without.edit.sum() - brow.weights(64, 64).edit.sum()


def test_a_feathered_region_is_soft_and_keeps_a_full_image_full():
    soft = Region.preset("mouth", "faces-dcgan").feather(2).weights(64, 64).edit
    assert ((soft > 0.01) & (soft < 0.99)).any()
    assert torch.allclose(
        Region.box(0, 0, SIZE, SIZE).feather(3).shape.coverage(SIZE, SIZE), torch.ones(SIZE, SIZE).double()
    )


def test_mask_files_and_label_maps(tmp_path):
    labels = np.zeros((128, 128), np.uint8)
    labels[32:64, 32:96] = 5
    Image.fromarray(labels).save(tmp_path / "labels.png")
    Image.fromarray((labels > 0).astype(np.uint8) * 255).save(tmp_path / "a mask.png")
    wanted = Region.box(16, 16, 16, 32).weights(64, 64).edit
    assert torch.equal(Region.parse(f"{tmp_path}/labels.png#5").weights(64, 64).edit, wanted)
    assert torch.equal(Region.parse(f"'{tmp_path}/a mask.png'").weights(64, 64).edit, wanted)
    assert torch.equal(Region.mask(torch.from_numpy(labels > 0)).weights(64, 64).edit, wanted)
    with pytest.raises(RegionError, match="has no label 7: it has 0, 5"):
        Region.label_map(labels, [7])


@pytest.mark.parametrize(
    "text, words",
    [
        ("box:40,18,14", "has 3 numbers"),
        ("box:40,18,14,28%", "mixes pixels"),
        ("box:40,18,0,28", "must be above 0"),
        ("box:40,18,14,nan", "not a finite number"),
        ("box:60,18,14,28", "outside the image"),
        ("box:0,0,64,64", "nothing to protect"),
        ("!box:0,0,64,64", "is empty"),
        ("mout", "did you mean 'mouth'"),
        ("mouth+", "ends too early"),
        ("(mouth", "not closed"),
        ("mouth eyes", "an operator"),
        ("nothing.png", "no mask file"),
        ("polygon:1,1;2,2", "at least 3"),
        ("mouth~0", "above 0"),
        ("", "ends too early"),
    ],
)
def test_what_makes_no_sense_gets_one_sentence(text, words):
    with pytest.raises(RegionError, match=words) as error:
        Region.parse(text, "faces-dcgan").weights(64, 64)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_picture(tmp_path):
    (tmp_path / "mask.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(RegionError, match="cannot be read as a picture"):
        Region.mask(tmp_path / "mask.png")
