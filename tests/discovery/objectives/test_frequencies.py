"""Low and high frequencies: the filter's gain, its symmetry, and the sum of both parts."""

from __future__ import annotations

import math

import pytest
import torch

from resefa.discovery import HighFrequencies, LowFrequencies
from resefa.discovery.objectives.frequencies import low_pass


def test_the_cutoff_halves_the_amplitude():
    places = (torch.arange(64, dtype=torch.float64) + 0.5) / 64
    for cycles in (2, 8, 16):
        wave = torch.cos(2 * math.pi * cycles * places)
        filtered = torch.from_numpy(low_pass(64, 64, 8.0)) @ wave
        assert torch.allclose(filtered, wave * 2 ** -((cycles / 8) ** 2), atol=1e-12)


def test_constants_pass_and_the_matrix_is_symmetric():
    matrix = torch.from_numpy(low_pass(12, 24, 3.0))
    assert torch.allclose(matrix.sum(1), torch.ones(12, dtype=torch.float64))
    assert torch.allclose(matrix, matrix.T)


@pytest.mark.parametrize("size", [(16, 16), (10, 20)])
def test_both_parts_add_up_to_the_image(size):
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    low, high = LowFrequencies(4).values(images), HighFrequencies(4).values(images)
    assert torch.allclose(low + high, images)
    assert float(low.square().sum()) < 0.3 * float(images.square().sum())
