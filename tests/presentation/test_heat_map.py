from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from resefa.errors import UsageError
from resefa.presentation.heat_map import INFERNO, heat_colours, heat_map


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE 1976 L* of sRGB bytes."""
    linear = np.where(colours / 255 <= 0.04045, colours / 255 / 12.92, ((colours / 255 + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116 * np.cbrt(luminance) - 16, 903.3 * luminance)


def test_equal_steps_of_the_value_are_equal_steps_of_lightness():
    steps = np.diff(lightness(INFERNO))
    # Uniform in CAM02-UCS, so nearly so in L*, least of all next to black.
    assert steps.min() > 0.4 * steps.mean() and steps.max() < 1.6 * steps.mean()


def test_zero_is_black_and_the_maximum_and_all_above_it_brightest():
    colours = heat_colours(torch.tensor([[0.0, 0.5, 1.0, 7.0]]), 1.0)
    assert colours[0, 0].tolist() == [0, 0, 4]
    assert colours[0, 2].tolist() == colours[0, 3].tolist() == [252, 255, 164]


@given(st.floats(0, 4), st.floats(0, 4), st.floats(0.01, 4))
def test_a_larger_change_is_never_darker(one, other, maximum):
    low, high = sorted((one, other))
    first, second = lightness(heat_colours(torch.tensor([[low, high]], dtype=torch.float64), maximum)[0].astype(float))
    # Rounding to bytes may take back a hundredth of a step.
    assert second >= first - 0.5


def test_without_a_maximum_the_largest_value_is_brightest_and_no_change_is_black():
    assert heat_colours(torch.tensor([[0.0, 0.02]]))[0, 1].tolist() == [252, 255, 164]
    assert (heat_colours(torch.zeros(4, 4)) == INFERNO[0]).all()


def test_a_picture_of_the_asked_size():
    assert heat_map(torch.rand(8, 16), 1.0, 64).size == (64, 32)


@pytest.mark.parametrize("change", [torch.zeros(1, 4, 4), torch.full((4, 4), float("inf"))])
def test_other_shapes_and_values_are_refused(change):
    with pytest.raises(UsageError, match="change has"):
        heat_colours(change)


@pytest.mark.parametrize("maximum", [0.0, -1.0, float("nan"), float("inf")])
def test_a_maximum_that_is_no_range_is_refused(maximum):
    with pytest.raises(UsageError, match="above 0"):
        heat_colours(torch.zeros(4, 4), maximum)
