"""Layer ranges as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resefa.errors import UsageError
from resefa.latents.conditions import Conditions
from resefa.latents.layers import layer_indices, layer_text

FFHQ = (4, 8, 8, 16, 16, 32, 32, 64, 64, 128, 128, 256, 256, 512, 512, 1024, 1024, 1024)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("4-7", (4, 5, 6, 7)),
        ("0, 3,16-17", (0, 3, 16, 17)),
        ("16-64px", (3, 4, 5, 6, 7, 8)),
        ("64", (7, 8)),  # no layer 64, but a resolution
        ("8-16", tuple(range(8, 17))),  # both: layers win
        ("8-16px", (1, 2, 3, 4)),
        ("16-64", (3, 4, 5, 6, 7, 8)),
    ],
)
def test_ranges(text, wanted):
    assert layer_indices(text, FFHQ, "a model") == wanted


@pytest.mark.parametrize(
    "text", ["", "x", "7-4", "18", "4-18", "20px", "-1", "4--7", "9" * 5000, "1" + " " * 100_000 + "x", "²"]
)
def test_mistakes_are_one_sentence_that_names_the_layers(text):
    with pytest.raises(UsageError, match="layers 0-17"):
        layer_indices(text, FFHQ, "a model")


def test_a_model_without_layers_says_so():
    with pytest.raises(UsageError, match="no layers to choose"):
        layer_indices("1", (), "a model")


@given(st.sets(st.integers(0, 17), min_size=1))
def test_text_and_indices_are_inverse(chosen):
    assert layer_indices(layer_text(chosen), FFHQ, "a model") == tuple(sorted(chosen))


@pytest.mark.parametrize(
    "odd",
    [
        {"truncation": "1"},
        {"truncation": float("nan")},
        {"cutoff": "x"},
        {"cutoff": -1},
        {"cutoff": 1.5},
        {"noise": "loud"},
        {"noise": 1.5},
    ],
)
def test_odd_conditions_are_one_sentence(odd):
    with pytest.raises(UsageError):
        Conditions(**odd)
