"""Brush strokes: agreement with distances to the line, text that reads back, resolutions, and refused numbers."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from resefa.area_average import area_average_weights
from resefa.errors import RegionError
from resefa.regions.region import Region

FINE = 16
"""Samples per pixel and axis of the reference."""

places = st.tuples(st.floats(0, 1), st.floats(0, 1))
lines = st.lists(st.one_of(places, st.sampled_from([(0.25, 0.25), (0.25, 0.75), (0.75, 0.25)])), min_size=1, max_size=6)
radii = st.floats(0.02, 0.5)


def by_distance(points: list[tuple[float, float]], radius: float, height: int, width: int) -> np.ndarray:
    """The fraction of samples of each pixel within the radius, times the height, of the line."""
    places = np.array(points) * (height, width)
    row, column = np.meshgrid(
        (np.arange(height * FINE) + 0.5) / FINE, (np.arange(width * FINE) + 0.5) / FINE, indexing="ij"
    )
    nearest = np.full(row.shape, np.inf)
    for start, end in zip(places, [*places[1:], places[-1]], strict=True):
        step = end - start
        along = ((row - start[0]) * step[0] + (column - start[1]) * step[1]) / max(step @ step, 1e-300)
        along = along.clip(0, 1)
        nearest = np.minimum(nearest, np.hypot(row - start[0] - along * step[0], column - start[1] - along * step[1]))
    return (nearest < radius * height).reshape(height, FINE, width, FINE).mean((1, 3))


@settings(max_examples=60, deadline=None)
@given(lines, radii)
def test_a_stroke_is_what_lies_within_the_radius_of_the_line(points: list, radius: float) -> None:
    found = Region.stroke(points, radius, "fraction").edited.raster(12, 20).numpy()
    # A sample of the reference spans 1/16 of a pixel, and a scan line 1/32.
    assert np.abs(found - by_distance(points, radius, 12, 20)).max() <= 0.1
    assert found.sum() == pytest.approx(by_distance(points, radius, 12, 20).sum(), abs=0.7)


@settings(max_examples=60, deadline=None)
@given(lines, st.one_of(radii, st.floats(1e-9, 1)))
def test_text_reads_back_to_an_equal_stroke(points: list, radius: float) -> None:
    for unit in ("fraction", "pixel"):
        region = Region.stroke(points, radius, unit)
        again = Region.parse(region.text)
        assert again == region and hash(again) == hash(region) and again.text == region.text


@settings(max_examples=40, deadline=None)
@given(lines, radii)
def test_a_stroke_is_nearly_the_same_at_any_resolution(points: list, radius: float) -> None:
    stroke = Region.stroke(points, radius, "fraction").edited
    fine = area_average_weights(stroke.raster(48, 80), 12, 20)
    torch.testing.assert_close(fine, stroke.raster(12, 20), rtol=0, atol=0.08)


def test_a_dot_is_round_on_an_image_that_is_not_square() -> None:
    dot = Region.stroke([(0.5, 0.5)], 0.25, "fraction")
    assert torch.equal(dot.weights(32, 64).edit, Region.stroke([(16, 32)], 8).weights(32, 64).edit)
    assert dot.weights(32, 64).edit_pixels == pytest.approx(math.pi * 64, rel=1e-3)


def test_the_area_of_a_straight_stroke() -> None:
    for end in [(40, 10), (10, 50), (34, 42), (10, 10)]:
        edit = Region.stroke([(10, 10), end], 5).weights(64, 64).edit_pixels
        assert edit == pytest.approx(math.pi * 25 + 10 * math.dist((10, 10), end), rel=1e-3)


def test_order_repetition_and_direction_change_nothing() -> None:
    points = [(10.0, 10.0), (30.0, 12.0), (20.0, 40.0)]
    there = Region.stroke(points, 3).weights(48, 48).edit
    assert torch.equal(there, Region.stroke([point for point in points for _ in range(3)], 3).weights(48, 48).edit)
    torch.testing.assert_close(there, Region.stroke(points[::-1], 3).weights(48, 48).edit, rtol=0, atol=1e-9)


def test_the_brush_may_reach_beyond_the_edge() -> None:
    corner = Region.stroke([(0, 0)], 0.25, "fraction").weights(64, 64)
    assert corner.edit_pixels == pytest.approx(math.pi * 64, rel=1e-3)
    assert corner.edit[0, 0] == 1 and corner.edit[63].sum() == 0


@pytest.mark.parametrize("radius", [0.03, 0.15])
def test_two_hundred_points_take_little_time_at_1024_pixels(radius: float) -> None:
    angles = np.linspace(0, 6, 200)
    points = np.stack([0.5 + 0.3 * np.sin(angles), 0.5 + 0.3 * np.cos(1.3 * angles)], axis=1)
    stroke = Region.stroke(points, radius, "fraction").edited
    times = []
    for _ in range(4):
        start = time.process_time()
        stroke.raster(1024, 1024)
        times.append(time.process_time() - start)
    assert min(times) < 0.4  # measured: 0.04 and 0.16 s


def test_rows_of_tall_images_do_not_depend_on_the_bands_in_which_they_are_rastered() -> None:
    points = [(3, 4), (61, 30), (90, 2), (96, 31)]
    tall = Region.stroke(points, 5).weights(97, 33).edit
    moved = Region.stroke([(row + 7, column) for row, column in points], 5).weights(104, 33).edit
    # Above row 0 lies a part of the brush that the second image shows.
    torch.testing.assert_close(moved[7:], tall, rtol=0, atol=1e-9)


@pytest.mark.parametrize("radius", [50.0, 1e10, 1e155, 1.7e308])
@pytest.mark.parametrize("end", [(4, 4), (4, 20), (4 + 1e-14, 20), (4 + 5e-13, 20), (9, 4), (9, 20)])
def test_a_brush_wider_than_the_image_covers_all_of_it(radius: float, end: tuple[float, float]) -> None:
    assert bool((Region.stroke([(4, 4), end], radius).edited.raster(24, 32) == 1).all())


def test_a_stroke_that_would_fill_the_memory_is_refused() -> None:
    points = [(1.0 * (i % 2), i / 5000) for i in range(5000)]
    with pytest.raises(RegionError, match="5,000 points .* too complex"):
        Region.stroke(points, 0.5, "fraction").weights(1024, 1024)


@pytest.mark.parametrize(
    ("points", "radius", "says"),
    [
        ([], 1, "stroke has 0 points; give at least one"),
        ([(1, 1)], 0, "radius is 0"),
        ([(1, 1)], -2, "above 0"),
        ([(1, 1)], math.nan, "radius is nan"),
        ([(1, 1)], math.inf, "radius is inf"),
        ([(1, 1)], "wide", "radius is 'wide'"),
        ([(1, math.inf)], 1, "stroke's column is inf"),
        ([1, 2], 1, r"stroke's point is '1'"),
        (7, 1, "list of"),
    ],
)
def test_impossible_strokes(points, radius, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        Region.stroke(points, radius)


def test_fractions_must_be_fractions() -> None:
    with pytest.raises(RegionError, match="from 0 to 1"):
        Region.stroke([(0.5, 1.5)], 0.1, "fraction")
    with pytest.raises(RegionError, match="up to 1"):
        Region.stroke([(0.5, 0.5)], 3, "fraction")


def test_pixels_must_lie_in_the_image() -> None:
    with pytest.raises(RegionError, match="extends beyond"):
        Region.stroke([(4, 4), (40, 4)], 2).weights(16, 16)
    with pytest.raises(RegionError, match="did you mean .*'stroke:10%;50%,50%'"):
        Region.stroke([(0.5, 0.5)], 0.1).weights(16, 16)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stroke:", "stroke:4;10,32;50,10"),
        ("stroke:4", "pairs"),
        ("stroke:4;1", "pairs"),
        ("stroke:4,5;1,2", "pairs"),
        ("stroke:4;1,2,3", "pairs"),
        ("stroke:4;1,x", "'x' instead of a number"),
        ("stroke:4%;1,2", "mixes pixels and percentages"),
        ("brush:4;1,2", "did you mean 'stroke'"),
    ],
)
def test_text_that_is_not_a_stroke(text: str, says: str) -> None:
    with pytest.raises(RegionError, match=says):
        Region.parse(text)


def test_the_label_of_a_stroke_is_short() -> None:
    assert Region.parse("stroke:4%;10%,32%;50%,10%").label == "stroke"
    assert Region.parse("(stroke:4;10,32;50,10+ffhq:mouth)~2").label == "(stroke + mouth)~2"
