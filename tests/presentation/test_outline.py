from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from resefa.presentation.outline import draw_outline

GREY = (127, 127, 127)


def drawn_on(weights: torch.Tensor, scale: int, ground=GREY) -> np.ndarray:
    """Where drawing changed a plain picture: (h, w) of bool."""
    height, width = weights.shape
    plain = Image.new("RGB", (width * scale, height * scale), ground)
    return (np.asarray(draw_outline(plain, weights)) != np.asarray(plain)).any(-1)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_the_line_runs_along_the_inner_side_of_a_box(data):
    top, left = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 8))
    height, width = data.draw(st.integers(2, 16 - top)), data.draw(st.integers(2, 16 - left))
    weights = torch.zeros(16, 16)
    weights[top : top + height, left : left + width] = 1
    rows, columns = np.nonzero(drawn_on(weights, 8))
    assert (rows.min(), rows.max()) == (8 * top, 8 * (top + height) - 1)
    assert (columns.min(), columns.max()) == (8 * left, 8 * (left + width) - 1)


def test_the_line_of_a_smooth_shape_follows_its_half_contour_and_is_closed():
    offset = torch.arange(32) - 15.5
    distance = (offset[:, None].square() + offset[None].square()).sqrt()
    radius = 10.0
    drawn = drawn_on((radius + 0.5 - distance).clamp(0, 1), 8)
    rows, columns = np.nonzero(drawn)
    away = np.hypot(rows - 127.5, columns - 127.5) / 8
    assert away.max() == pytest.approx(radius, abs=0.15)
    assert away.min() > radius - 1
    # Closed: every ray from the middle meets the line.
    angles = np.arctan2(rows - 127.5, columns - 127.5)
    assert (np.histogram(angles, bins=72, range=(-np.pi, np.pi))[0] > 0).all()


@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), GREY])
def test_the_line_stands_out_on_any_ground(ground):
    weights = torch.zeros(16, 16)
    weights[4:12, 4:12] = 1
    drawn = np.asarray(draw_outline(Image.new("RGB", (128, 128), ground), weights)).astype(int)
    assert np.abs(drawn - np.array(ground)).max() > 100


def test_a_region_that_is_everything_gets_a_frame_and_an_empty_one_no_line():
    frame = drawn_on(torch.ones(8, 8), 16)
    # The bilinear contour rounds a corner by half a pixel of the weights, here 8 of the picture's.
    sides = (frame[0], frame[-1], frame[:, 0], frame[:, -1])
    assert all(side[8:-8].all() for side in sides) and not frame[64, 64]
    assert not drawn_on(torch.zeros(8, 8), 16).any()


def test_the_given_picture_is_left_alone_and_size_may_be_no_multiple_of_the_weights():
    picture = Image.new("RGB", (100, 70), GREY)
    weights = torch.zeros(7, 16)
    weights[2:5, 4:12] = 1
    assert draw_outline(picture, weights).size == (100, 70)
    assert picture.getcolors() == [(7000, GREY)]
