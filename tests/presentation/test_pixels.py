from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from resefa.errors import GeneratorError, UsageError
from resefa.presentation.outline import outlined
from resefa.presentation.pixels import CELL, enlarged, to_picture, to_uint8

SIDES = st.integers(1, 9)


@given(st.integers(1, 3), SIDES, SIDES, st.integers(0, 2**31))
def test_bytes_survive_the_way_to_a_tensor_and_back(batch, height, width, seed):
    original = np.random.default_rng(seed).integers(0, 256, (batch, height, width, 3), dtype=np.uint8)
    images = torch.from_numpy(original).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert np.array_equal(to_uint8(images), original)


@given(st.sampled_from([1, 3]), SIDES, SIDES, st.floats(-50, 50))
def test_every_value_lands_on_the_nearest_byte_of_the_clamped_range(channels, height, width, value):
    result = to_uint8(torch.full((1, channels, height, width), value))
    assert result.shape == (1, height, width, 3)
    exact = (min(max(value, -1), 1) + 1) * 127.5
    assert np.abs(result.astype(float) - exact).max() <= 0.5 + 1e-4


def test_grey_becomes_three_equal_channels_and_channels_keep_their_order():
    grey = to_uint8(torch.linspace(-1, 1, 12).view(1, 1, 3, 4))
    assert (grey == grey[..., :1]).all() and grey[0, 0, 0, 0] == 0 and grey[0, 2, 3, 0] == 255
    red = torch.full((1, 3, 2, 2), -1.0)
    red[:, 0] = 1
    assert to_uint8(red)[0, 0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_and_tensors_with_gradient_are_taken(dtype):
    assert to_uint8(torch.ones(1, 3, 2, 2, dtype=dtype, requires_grad=True)).min() == 255


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 4, 3), (1, 2, 4, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(UsageError, match="channels"):
        to_uint8(torch.zeros(shape))


def test_nan_is_refused():
    with pytest.raises(GeneratorError, match="NaN"):
        to_picture(torch.full((3, 4, 4), float("nan")))


@given(st.integers(1, 300), st.integers(1, 300))
def test_small_pictures_grow_to_a_cell_and_large_ones_stay(width, height):
    result = enlarged(Image.new("RGB", (width, height)))
    assert max(result.size) == max(CELL, width, height)


def test_the_size_is_that_of_the_longer_side_and_must_be_positive():
    assert to_picture(torch.zeros(3, 8, 16), 64).size == (64, 32)
    with pytest.raises(UsageError, match="at least 1"):
        enlarged(Image.new("RGB", (8, 8)), 0)


def test_weights_of_another_size_than_the_image_are_refused():
    with pytest.raises(UsageError, match=r"\(8, 9\).*\(8, 8\)"):
        outlined(torch.zeros(3, 8, 8), torch.ones(8, 9))
