"""Boxes, ellipses and polygons: where they lie, how much they cover, and what is refused."""

from __future__ import annotations

import math

import pytest
import torch

from resefa.errors import RegionError
from resefa.regions.region import Region


def test_a_box_covers_its_rows_and_columns() -> None:
    edit = Region.box(2, 1, 3, 4).weights(8, 8).edit
    expected = torch.zeros(8, 8, dtype=torch.float64)
    expected[2:5, 1:5] = 1
    assert torch.equal(edit, expected)


def test_a_half_covered_pixel_weighs_half() -> None:
    edit = Region.box(0.5, 1, 1, 1.25).weights(3, 3).edit
    expected = torch.tensor([[0, 0.5, 0.125], [0, 0.5, 0.125], [0, 0, 0]], dtype=torch.float64)
    assert torch.equal(edit, expected)


def test_fractions_are_of_height_and_of_width() -> None:
    assert torch.equal(
        Region.box(0.5, 0.25, 0.25, 0.5, unit="fraction").weights(8, 16).edit,
        Region.box(4, 4, 2, 8).weights(8, 16).edit,
    )


def test_an_ellipse_has_its_area_and_keeps_inside_its_box() -> None:
    weights = Region.ellipse(10, 4, 40, 50).weights(64, 64)
    assert weights.edit_pixels == pytest.approx(math.pi * 20 * 25, rel=1e-4)
    assert not weights.edit[:10].any()
    assert not weights.edit[50:].any()
    assert not weights.edit[:, :4].any()
    assert not weights.edit[:, 54:].any()
    assert weights.edit[30, 29] == 1
    torch.testing.assert_close(weights.edit[10:50, 4:54], weights.edit[10:50, 4:54].flip(0, 1), rtol=0, atol=1e-9)


def test_an_ellipse_agrees_with_dense_sampling() -> None:
    edit = Region.ellipse(1.3, 2.1, 5.2, 7.7).weights(9, 12).edit
    n = 100
    rows = (torch.arange(9 * n) + 0.5) / n
    columns = (torch.arange(12 * n) + 0.5) / n
    inside = ((rows[:, None] - 3.9) / 2.6) ** 2 + ((columns - 5.95) / 3.85) ** 2 <= 1
    sampled = inside.double().reshape(9, n, 12, n).mean((1, 3))
    torch.testing.assert_close(edit, sampled, rtol=0, atol=0.02)


def test_a_polygon_with_straight_sides_is_a_box() -> None:
    corners = [(2, 1), (2, 5), (5, 5), (5, 1)]
    assert torch.equal(Region.polygon(corners).weights(8, 8).edit, Region.box(2, 1, 3, 4).weights(8, 8).edit)
    assert torch.equal(
        Region.polygon(corners[::-1]).weights(8, 8).edit, Region.polygon(corners[1:] + corners[:1]).weights(8, 8).edit
    )


def test_a_triangle_covers_half_of_its_box() -> None:
    edit = Region.polygon([(0, 0), (0, 8), (8, 0)]).weights(8, 8).edit
    assert edit.sum().item() == pytest.approx(32)
    assert edit[0, 0] == 1
    assert edit[7, 7] == 0
    torch.testing.assert_close(edit.fliplr().diagonal(), torch.full((8,), 0.5, dtype=torch.float64), rtol=0, atol=1e-9)


def test_points_are_row_then_column() -> None:
    edit = Region.polygon([(0, 0), (0, 12), (2, 12), (2, 0)]).weights(16, 16).edit
    assert edit[1, 11] == 1
    assert edit[11, 1] == 0


def test_a_polygon_may_cross_itself_and_leave_holes() -> None:
    bow_tie = Region.polygon([(0, 0), (8, 8), (8, 0), (0, 8)]).weights(8, 8).edit
    assert bow_tie.sum().item() == pytest.approx(32, abs=0.1)
    twice_round = Region.polygon([(0, 0), (0, 8), (8, 8), (8, 0), (0, 0), (2, 2), (2, 6), (6, 6), (6, 2), (2, 2)])
    assert twice_round.weights(8, 8).edit[4, 4] == 0


@pytest.mark.parametrize("size", [(32, 32), (32, 64), (64, 32)])
def test_pixels_meant_for_another_resolution_are_refused(size: tuple[int, int]) -> None:
    for region in (
        Region.box(40, 40, 14, 20),
        Region.ellipse(40, 40, 14, 20),
        Region.polygon([(40, 40), (54, 40), (40, 60)]),
    ):
        region.weights(64, 64)
        with pytest.raises(RegionError, match=rf"rows 40 to 54 .* {size[0]} x {size[1]} pixels.*fractions"):
            region.weights(*size)


def test_the_sentence_says_whether_it_is_outside_or_partly() -> None:
    with pytest.raises(RegionError, match="lies outside the image"):
        Region.box(70, 1, 2, 2).weights(64, 64)
    with pytest.raises(RegionError, match="extends beyond the image"):
        Region.box(63, 1, 2, 2).weights(64, 64)
    with pytest.raises(RegionError, match="extends beyond the image"):
        Region.box(-1, 1, 2, 2).weights(64, 64)


@pytest.mark.parametrize(
    ("region", "says"),
    [
        (
            Region.box(0.6, 0.3, 0.2, 0.4),
            r"0.08 of a pixel.*'box:60%,30%,20%,40%'",
        ),
        (Region.ellipse(0.1, 0.1, 0.5, 0.5), "did you mean .*'ellipse:10%,10%,50%,50%'"),
        (Region.polygon([(0.1, 0.1), (0.5, 0.1), (0.3, 0.9)]), "did you mean .*'polygon:10%,10%;50%,10%;30%,90%'"),
        (Region.box(3.5, 2, 0.5, 1), "of a pixel.*larger"),
        (Region.box(4, 4, 8, 8) | Region.box(0.1, 0.1, 0.2, 0.2), "did you mean .*'box:10%"),
        (Region.box(4, 4, 8, 8).protecting(Region.box(0.1, 0.1, 0.8, 0.8)), "did you mean .*'box:10%"),
        (
            Region.box(0.1, 0.1, 0.01, 0.02, unit="fraction"),
            "0.051 of a pixel.*16 x 16",
        ),
        (Region.box(2, 2, 2, 2) - Region.box(2, 2, 2, 1.8), "of a pixel.*larger"),
    ],
)
def test_what_is_smaller_than_a_pixel_is_refused(region: Region, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        region.weights(16, 16)


def test_one_pixel_is_enough() -> None:
    assert Region.box(0, 0, 1, 1).weights(16, 16).edit_pixels == 1
    assert Region.box(2.5, 2, 0.5, 10).weights(16, 16).edit_pixels == 5


def test_an_intricate_polygon_is_refused_before_it_fills_the_memory() -> None:
    zigzag = [(1.0 * (i % 2), i / 100_000) for i in range(100_000)]
    with pytest.raises(RegionError, match="100,000 points is too complex"):
        Region.polygon(zigzag, unit="fraction").weights(1024, 1024)


def test_rounding_at_the_edge_is_forgiven() -> None:
    Region.box(0.7, 0, 0.1 + 0.2, 1, unit="fraction").weights(10, 10)
    Region.box(7, 0, 3 + 1e-12, 10).weights(10, 10)


@pytest.mark.parametrize("make", [Region.box, Region.ellipse])
@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((0, 0, 0, 4), "above 0"),
        ((0, 0, 4, -1), "above 0"),
        ((math.nan, 0, 4, 4), "top is nan"),
        ((0, math.inf, 4, 4), "left is inf"),
        ((0, 0, "tall", 4), "height is 'tall'"),
    ],
)
def test_impossible_numbers(make, numbers: tuple, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        make(*numbers)


def test_fractions_must_be_fractions() -> None:
    with pytest.raises(RegionError, match="from 0 to 1"):
        Region.box(40, 18, 14, 28, unit="fraction")
    with pytest.raises(RegionError, match="from 0 to 1"):
        Region.polygon([(0, 0), (1.5, 0), (0, 1)], unit="fraction")
    with pytest.raises(RegionError, match='\'percent\'.*"pixel" or "fraction"'):
        Region.box(0, 0, 1, 1, unit="percent")


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([(0, 0), (1, 1)], "2 points; give at least three"),
        ([(0, 0), (1, 1), (2, math.nan)], "column is nan"),
        ([0, 1, 2], r"\(row, column\) pair"),
        (7, "list of"),
    ],
)
def test_impossible_polygons(points, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        Region.polygon(points)


def test_a_polygon_without_area_is_empty() -> None:
    with pytest.raises(RegionError, match="is empty"):
        Region.polygon([(1, 1), (4, 4), (7, 7)]).weights(8, 8)
