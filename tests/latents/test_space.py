"""Codes as callers hold them: every usual shape where it can only mean one thing, and one sentence where it cannot."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from reference.small import small_generator

import resefa
from resefa.errors import LatentError, UsageError
from resefa.latents.space import given_code


@pytest.fixture(scope="module")
def styled():
    """Z and W of 12, W+ of 8 x 12."""
    return small_generator("stylegan2")


@pytest.fixture(scope="module")
def own():
    return resefa.wrap(lambda z: z.reshape(-1, 2, 4, 4)[:, :1].tanh(), (2, 16), presets="aligned-ffhq")


@pytest.mark.parametrize(
    "shape, space, count",
    [
        ((12,), "Z", 1), ((3, 12), "Z", 3), ((3, 1, 12), "Z", 3), ((3, 12, 1, 1), "Z", 3), ((1, 8, 12), "W+", 1),
        ((3, 8, 12), "W+", 3), ((3, 96), "W+", 3),
    ],
)  # fmt: skip
def test_usual_shapes(styled, shape, space, count):
    code = given_code(torch.zeros(shape), styled)
    assert (code.space, len(code), code.values.shape[1]) == (space, count, styled.spaces[space].dimensions)


@pytest.mark.parametrize("shape, count", [((2, 16), 1), ((1, 2, 16), 1), ((3, 2, 16), 3), ((3, 32), 3), ((32,), 1)])
def test_codes_of_the_shape_that_a_wrapped_generator_takes(own, shape, count):
    code = given_code(np.ones(shape, np.float32), own)
    assert code.values.shape == (count, 32)
    assert own.synthesize(torch.ones(shape)).shape == (count, 1, 4, 4)


def test_one_code_with_a_row_for_each_layer_or_several_codes(styled):
    with pytest.raises(LatentError, match=r"\(8, 12\) may be 8 of Z or 8 of W or 1 of W\+"):
        given_code(torch.zeros(8, 12), styled)


@pytest.mark.parametrize(
    "code, said",
    [
        (
            torch.zeros(3, 13),
            r"fits no space .* Z \(codes, 12\); W \(codes, 12\); W\+ \(codes, 8, 12\) or \(codes, 96\)",
        ),
        (torch.zeros(3, 12, dtype=torch.int64), "floating-point"),
        ([[1, 2], [3]], "not a latent code"),
        (None, "not a latent code"),
        ("seed 7", "not a latent code"),
        (7, "not a latent code"),
    ],
)
def test_anything_else_is_one_sentence(styled, code, said):
    with pytest.raises(LatentError, match=said):
        given_code(code, styled)


def test_the_hint_decides_between_spaces_of_one_shape(styled):
    assert given_code(torch.zeros(1, 12), styled, "W").space == "W"


def test_a_latent_code_is_flattened_and_short_in_print():
    code = resefa.LatentCode(torch.zeros(2, 8, 12), "W+")
    assert code.values.shape == (2, 96)
    assert repr(code) == "LatentCode(2 of 96 numbers in W+)"
    assert repr(resefa.LatentCode(torch.zeros(20, 3), "Z", tuple(range(20)))).endswith(
        "seeds 0, 1, 2, 3, 4, 5, ..., 19)"
    )
    with pytest.raises(LatentError, match="type list"):
        resefa.LatentCode([1.0, 2.0])


@pytest.mark.parametrize("seed", [1.5, "7", None, True, -1, 2**32, [1, "2"], 10**30])
def test_odd_seeds_are_one_sentence(own, seed):
    with pytest.raises(UsageError, match="whole number from 0"):
        own.sample(seed)
