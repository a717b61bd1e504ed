"""Edits within the stored range: even steps, captions with the measured change, and warnings where it is not the predicted change."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from refinement.halves import N, along_first, drawn

import resefa
from resefa.directions.strength_profile import StrengthProfile, StrengthSide
from resefa.editing.strength_range import departed, departures
from resefa.errors import ResefaWarning, UsageError
from resefa.metrics.change import Change
from resefa.refinement.strength_profile import measure_strengths


@pytest.fixture(scope="module")
def generator():
    return drawn(lambda z: 0.1 * z.square() * z.sign())


@pytest.fixture(scope="module")
def found(generator):
    return measure_strengths(generator, along_first())


def side(end=4.0):
    return StrengthSide((0.0, end / 2, end), (0.0, 0.25, 1.0), (0.0, 0.01, 0.04), (0.0, 0.001, 0.002))


def test_positions_and_predictions_between_knots():
    profile = StrengthProfile(0.05, 1, side(4.0), side(2.0))
    assert [profile.alpha(position) for position in (-2, -1, -0.25, 0, 0.25, 1, 3)] == [-2, -2, -1, 0, 2, 4, 4]
    assert profile.plus.change(4.0).inside == pytest.approx(0.04) and profile.plus.change(9.0).inside == pytest.approx(
        0.04
    )
    assert profile.plus.change(3.0).inside == pytest.approx(0.15**2)
    assert profile.plus.position(profile.plus.step(0.6)) == pytest.approx(0.6)


@pytest.mark.parametrize(
    "change",
    [{"alphas": (0.0, 2.0, 1.0)}, {"positions": (0.0, 0.5, 0.9)}, {"alphas": (1.0, 2.0, 3.0)}, {"inside": (0.0, 1.0)}],
)
def test_impossible_knots_are_refused(change):
    facts = {"alphas": (0.0, 1.0, 2.0), "positions": (0.0, 0.5, 1.0), "inside": (0.0,) * 3, "outside": (0.0,) * 3}
    with pytest.raises(ValueError):
        StrengthSide(**(facts | change))


def test_pictures_within_the_range_are_even(generator, found):
    images = resefa.edit(generator, None, found[0], np.linspace(-1, 1, 9), ranged=True)[0]
    steps = images[:, 0, 0, 0].diff()
    assert bool((steps > 0).all()) and float(steps.max() / steps.min()) < 1.6
    with pytest.warns(ResefaWarning, match="beyond the range"):
        assert torch.equal(images[-1], resefa.edit(generator, None, found[0], 2.0, ranged=True)[0, 0])


def test_captions_state_the_measured_change(generator, found):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sweep = resefa.Sweep(generator, None, found[0], [-1, 0, 0.5, 1], ranged=True, randoms=0)
    inside = sweep.changes[3].inside
    assert sweep.caption(3) == f"change {inside:.2g}" and not sweep.caption(1)
    assert inside == pytest.approx(found.facts[0].strength.plus.inside[-1], rel=1e-4)
    assert sweep.card().caption(3) == sweep.caption(3) and not sweep.card().limit(3)
    assert sweep.facts()["limits"] == {}


def test_positions_beyond_the_range_are_limited(generator, found):
    with pytest.warns(ResefaWarning, match=r"\+2 is limited to \+1"):
        (sweep,) = resefa.Sweep.each(generator, None, found[0], [0, 1, 2], ranged=True, randoms=0)
    assert sweep.repeats(2) and "limit" in sweep.caption(2)


def test_an_image_whose_change_is_another_is_named_with_both_numbers(generator, found):
    code = torch.zeros(1, N)
    code[0, 0] = 3.0
    with pytest.warns(ResefaWarning, match=r"profile of 1 image .* inside instead of "):
        sweep = resefa.Sweep(generator, code, found[0], [-1, 0, 1], ranged=True, randoms=0)
    assert f"{sweep.changes[2].inside:.2g}" in sweep.departure or f"{sweep.changes[0].inside:.2g}" in sweep.departure


def test_departures():
    profile = StrengthProfile(0.05, 3, side(), side())
    near, inside, outside = Change(0.03, 0.004), Change(0.09, 0.002), Change(0.04, 0.02)
    assert departures(profile, [4.0], [near]) == ""
    assert departures(profile, [4.0], [inside]) == "at +1 0.09 inside instead of 0.04"
    assert departures(profile, [-4.0, 4.0], [outside, near]) == "at -1 0.02 outside instead of 0.002"
    assert departures(profile, [8.0], [inside]) == ""  # beyond the range nothing is predicted
    said = departed({"seed 3": "at +1 0.09 inside instead of 0.04"}, 2, profile)
    assert "1 of 2 images" in said and "3 images" in said and "seed 3" in said


def test_a_leak_beyond_the_first_order_is_named():
    generator = drawn(lambda z: 0.2 * z, outside=lambda z: 0.05 * z.pow(3))
    found = along_first()
    found = resefa.Directions(
        found.vectors,
        inside_rate=[0.04],
        outside_rate=[1e-4],
        codes=found.codes,
        edit=found.edit,
        protect=found.protect,
    )
    with pytest.warns(ResefaWarning, match="first-order .* outside instead of "):
        resefa.Sweep(generator, None, found[0], [0, 2], randoms=0)


def test_a_direction_without_a_range_is_refused(generator, found):
    with pytest.raises(UsageError, match="measure"):
        resefa.edit(generator, None, along_first()[0], 1.0, ranged=True)
    with pytest.raises(UsageError, match="together"):
        resefa.edit(generator, None, found[0], 1.0, ranged=True, change=0.05)
