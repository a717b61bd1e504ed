"""Images of several moves: the exact image, its change, and the loop; the same whatever path asks for them."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest
import torch
from projects.made import MOUTH, directions

import resefa
from resefa.errors import DirectionsError, LatentError
from resefa.metrics.change import region_change
from resefa.projects import edited, loop


@pytest.fixture(scope="module")
def image(small):
    code = small.sample(3)
    return code, small.synthesize(code), directions(small, MOUTH)


def test_moves_are_steps_of_the_profiles_at_once(small, image):
    code, original, found = image
    shown, change = edited(small, code, [(found[0], 0.7), (found[1], -0.5)], original)
    steps = found[0].facts.strength.alpha(0.7), found[1].facts.strength.alpha(-0.5)
    assert steps[0] == pytest.approx(2 + 0.4 * 4) and steps[1] < 0
    offset = steps[0] * found.vectors[0] + steps[1] * found.vectors[1]
    expected = small.synthesize(small.convert(code, "W+").moved(offset))
    assert torch.allclose(shown, expected, atol=1e-5) and not torch.allclose(shown, original, atol=0.05)
    assert change == region_change(shown, original, found.edit, found.protect)[0] and change.inside > 1e-5


def test_without_a_move_the_image_is_the_original_itself(small, image):
    code, original, found = image
    assert edited(small, code, [], original) == (original, None)
    assert edited(small, code, [(found[0], 0.0), (found[1], -0.0)], original) == (original, None)


def test_a_still_slider_changes_no_bit(small, image):
    code, original, found = image
    alone = edited(small, code, [(found[0], 0.3)], original)
    assert torch.equal(edited(small, code, [(found[1], 0.0), (found[0], 0.3)], original)[0], alone[0])


def test_the_order_of_moves_changes_no_bit(small, image):
    code, original, _ = image
    found = directions(small, MOUTH, count=5)
    moves = [(one, 0.1 + 0.2 * i) for i, one in enumerate(found)]
    first = edited(small, code, moves, original)
    for turned in (moves[::-1], moves[2:] + moves[:2]):
        again = edited(small, code, turned, original)
        assert torch.equal(again[0], first[0]) and again[1] == first[1]


def test_the_change_is_measured_in_the_union_of_regions(small, image):
    code, original, found = image
    edit, protect = torch.zeros(64, 64), torch.ones(64, 64)
    edit[:8], protect[:8] = 1, 0
    other = replace(found, edit=edit, protect=protect)
    shown, change = edited(small, code, [(found[0], 0.5), (other[1], 0.5)], original)
    union, rest = torch.maximum(found.edit, edit), torch.minimum(found.protect, protect)
    assert change == region_change(shown, original, union, rest)[0]


def test_conditions_are_those_of_the_image_and_not_of_the_search(small, image):
    code, original, found = image
    elsewhere = replace(found, provenance=replace(found.provenance, truncation=0.5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(
            edited(small, code, [(elsewhere[0], 0.4)], original)[0], edited(small, code, [(found[0], 0.4)], original)[0]
        )
        half = small.under(truncation=0.5)
        at_half = edited(half, code, [(found[0], 0.4)], half.synthesize(code))[0]
    assert not torch.equal(at_half, edited(small, code, [(found[0], 0.4)], original)[0])


def test_a_code_of_double_precision_gives_the_same_pixels(small, image):
    code, original, found = image
    double = resefa.LatentCode(code.values.double(), "Z")
    assert torch.equal(
        edited(small, double, [(found[0], 0.4)], original)[0], edited(small, code, [(found[0], 0.4)], original)[0]
    )


def test_directions_without_range_or_of_another_size_are_refused(small, image):
    code, original, found = image
    with pytest.raises(DirectionsError, match="range of strengths"):
        edited(small, code, [(replace(found, facts=None)[0], 0.4)], original)
    short = replace(found, vectors=torch.eye(2, 5), codes=None)
    with pytest.raises(LatentError, match="5 dimensions"):
        edited(small, code, [(short[0], 0.4)], original)


def test_the_loop_runs_from_the_original_to_the_edit_in_steps_of_the_sliders(small, image):
    code, original, found = image
    moves = [(found[0], 0.8), (found[1], -0.5)]
    frames = list(loop(small, code, moves, original, frames=5))
    assert len(frames) == 5 and frames[0] is original
    assert torch.equal(frames[-1], edited(small, code, moves, original)[0])
    assert torch.equal(frames[2], edited(small, code, [(found[0], 0.4), (found[1], -0.25)], original)[0])
