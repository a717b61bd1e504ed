"""Edit, protect and ignore; equality; feathering; and the regions that make no sense."""

from __future__ import annotations

import pickle

import pytest
import torch
from scipy.ndimage import gaussian_filter

from resefa.errors import RegionError
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights

MOUTH = Region.box(4, 2, 2, 4)
FACE = Region.box(1, 1, 6, 6)
HAIR = Region.box(0, 0, 2, 8)


def rectangle(top: int, left: int, height: int, width: int) -> torch.Tensor:
    weights = torch.zeros(8, 8, dtype=torch.float64)
    weights[top : top + height, left : left + width] = 1
    return weights


def test_all_the_rest_is_protected_by_default() -> None:
    weights = MOUTH.weights(8, 8)
    assert torch.equal(weights.protect, 1 - rectangle(4, 2, 2, 4))
    assert weights.edit_pixels == 8
    assert weights.protect_pixels == 56


def test_protecting_names_the_background_less_what_is_edited() -> None:
    weights = MOUTH.protecting(FACE).weights(8, 8)
    assert torch.equal(weights.edit, rectangle(4, 2, 2, 4))
    assert torch.equal(weights.protect, rectangle(1, 1, 6, 6) - rectangle(4, 2, 2, 4))


def test_ignoring_takes_from_the_background_and_never_from_what_is_edited() -> None:
    weights = MOUTH.ignoring(FACE).weights(8, 8)
    assert torch.equal(weights.edit, rectangle(4, 2, 2, 4))
    assert torch.equal(weights.protect, 1 - rectangle(1, 1, 6, 6))
    both = MOUTH.protecting(FACE).ignoring(HAIR).weights(8, 8)
    assert torch.equal(both.protect, rectangle(2, 1, 5, 6) - rectangle(4, 2, 2, 4))


def test_soft_weights_split_a_pixel() -> None:
    weights = Region.box(0, 0, 1, 1.25).protecting(Region.box(0, 1, 1, 1)).weights(1, 3)
    assert weights.edit.tolist() == [[1, 0.25, 0]]
    assert weights.protect.tolist() == [[0, 0.75, 0]]


def test_said_twice_both_are_meant() -> None:
    twice = MOUTH.protecting(FACE).protecting(HAIR)
    assert twice == MOUTH.protecting(FACE | HAIR)
    assert MOUTH.ignoring(FACE).ignoring(HAIR) == MOUTH.ignoring(FACE | HAIR)


@pytest.mark.parametrize("operation", ["__or__", "__and__", "__sub__"])
def test_declarations_are_carried_along(operation: str) -> None:
    left = MOUTH.protecting(FACE)
    right = Region.box(4, 2, 1, 1).protecting(HAIR).ignoring(Region.box(7, 7, 1, 1))
    combined = getattr(left, operation)(right)
    assert combined.protected == (FACE | HAIR).edited
    assert combined.ignored == Region.box(7, 7, 1, 1).edited
    assert getattr(left, operation)(Region.box(4, 2, 1, 1)).protected == FACE.edited


def test_inversion_and_feather_carry_declarations_along() -> None:
    declared = MOUTH.protecting(FACE).ignoring(HAIR)
    for changed in (~declared, declared.feather(1)):
        assert (changed.protected, changed.ignored) == (FACE.edited, HAIR.edited)


def test_only_what_the_other_region_edits_is_protected() -> None:
    assert MOUTH.protecting(FACE.protecting(HAIR).ignoring(HAIR)) == MOUTH.protecting(FACE)


def test_equal_by_expression_and_hashable() -> None:
    assert Region.box(1, 2, 3, 4) == Region.box(1.0, 2, 3, 4)
    assert Region.box(1, 2, 3, 4) != Region.ellipse(1, 2, 3, 4)
    assert Region.box(0, 0, 1, 1) != Region.box(0, 0, 1, 1, unit="fraction")
    assert len({MOUTH | FACE, MOUTH | FACE, MOUTH & FACE, MOUTH.protecting(FACE)}) == 3
    assert pickle.loads(pickle.dumps((MOUTH | FACE).feather(2))) == (MOUTH | FACE).feather(2)
    with pytest.raises(AttributeError):
        MOUTH.edited = FACE.edited


def test_texts_of_the_three_parts() -> None:
    region = MOUTH.protecting(FACE).ignoring(HAIR)
    assert (region.text, region.protect_text, region.ignore_text) == ("box:4,2,2,4", "box:1,1,6,6", "box:0,0,2,8")
    assert (MOUTH.protect_text, MOUTH.ignore_text) == (None, None)
    assert repr(region) == "Region('box:4,2,2,4', protecting 'box:1,1,6,6', ignoring 'box:0,0,2,8')"


def test_an_empty_region_is_refused() -> None:
    with pytest.raises(RegionError, match="empty.*8 x 8"):
        (MOUTH - FACE).weights(8, 8)


@pytest.mark.parametrize(
    ("region", "says"),
    [
        (Region.box(0, 0, 8, 8), "covers the whole image of 8 x 8"),
        (MOUTH | ~MOUTH, "covers the whole image"),
        (FACE.protecting(MOUTH), "no pixel to protect"),
        (MOUTH.ignoring(Region.box(0, 0, 8, 8)), "no pixel to protect"),
    ],
)
def test_nothing_left_to_protect_is_refused(region: Region, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        region.weights(8, 8)


@pytest.mark.parametrize("size", [(0, 8), (8, -1), (8.5, 8)])
def test_an_impossible_image_size_is_refused(size: tuple) -> None:
    with pytest.raises(RegionError, match="two positive whole numbers"):
        MOUTH.weights(*size)


def test_what_is_not_a_region_is_refused() -> None:
    with pytest.raises(RegionError, match="protect has type str"):
        MOUTH.protecting("face")
    with pytest.raises(TypeError):
        MOUTH | "face"


def test_regions_nest_only_so_deep() -> None:
    wide = MOUTH
    for _ in range(500):
        wide = wide | FACE
    assert wide.weights(8, 8).edit_pixels == 36
    deep = MOUTH
    with pytest.raises(RegionError, match="nests more than 100"):
        for _ in range(101):
            deep = deep.feather(1)


@pytest.mark.parametrize("radius", [0.7, 2.0])
def test_feathering_is_a_gaussian_filter_inside(radius: float) -> None:
    box = Region.box(14, 15, 6, 4)
    expected = gaussian_filter(box.weights(36, 36).edit.numpy(), radius, truncate=4.0, mode="constant")
    torch.testing.assert_close(box.feather(radius).weights(36, 36).edit, torch.from_numpy(expected), rtol=0, atol=2e-4)


def test_feathering_keeps_ones_at_the_edge() -> None:
    half = Region.box(0, 0, 8, 16).feather(1.5).edited.raster(16, 16)
    torch.testing.assert_close(half, half[:, :1].expand(-1, 16), rtol=0, atol=1e-12)
    assert half[0, 0] > 1 - 1e-4
    full = Region.box(0, 0, 16, 16).feather(5).edited.raster(16, 16)
    torch.testing.assert_close(full, torch.ones(16, 16, dtype=torch.float64), rtol=0, atol=1e-12)


def test_a_feather_in_fractions_is_of_the_height_on_both_axes() -> None:
    box = Region.box(4, 12, 4, 4)
    assert torch.equal(box.feather(0.125, unit="fraction").weights(16, 32).edit, box.feather(2).weights(16, 32).edit)


def test_feather_radii() -> None:
    assert MOUTH.feather(0) == MOUTH
    assert MOUTH.feather(0.3).weights(8, 8).edit.sum() > 7.9
    with pytest.raises(RegionError, match="0.05 pixels.*~5%"):
        MOUTH.feather(0.05)
    with pytest.raises(RegionError, match="up to 1 .100%."):
        MOUTH.feather(5, unit="fraction")
    for radius in (-1, float("nan"), float("inf")):
        with pytest.raises(RegionError, match="radius"):
            MOUTH.feather(radius)


def test_weights_refuse_what_they_cannot_be() -> None:
    ones = torch.ones(2, 2)
    with pytest.raises(RegionError, match="sum to at most 1"):
        RegionWeights(ones, ones)
    with pytest.raises(RegionError, match="sum to at most 1"):
        RegionWeights(ones, ones * float("nan"))
    with pytest.raises(RegionError, match="lie in"):
        RegionWeights(-ones, ones)
    with pytest.raises(RegionError, match="same"):
        RegionWeights(ones, torch.zeros(2, 3))
    with pytest.raises(RegionError, match="two positive whole numbers"):
        RegionWeights(ones, 0 * ones).resized(0, 4)


def test_resizing_by_a_ratio_that_is_not_whole() -> None:
    weights = RegionWeights(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.5, 1.0]])).resized(1, 2)
    assert weights.edit.tolist() == [[pytest.approx(2 / 3), 0]]
    assert weights.protect.tolist() == [[pytest.approx(1 / 6), pytest.approx(5 / 6)]]


def test_the_union_of_several_regions():
    first, second, third = (Region.box(0, i, 2, 1).protecting(Region.box(4, i, 1, 1)) for i in (0, 2, 4))
    assert Region.union(first, second, third) == first | second | third
    assert Region.union(first) == first
    with pytest.raises(RegionError, match="at least one"):
        Region.union()
