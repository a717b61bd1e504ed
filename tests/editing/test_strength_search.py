"""The search for a strength: it meets the change where that is possible, and stops where the picture is gone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resefa
from resefa.editing.strength_search import FAR, GONE, SPREAD, Limits, reach
from resefa.metrics.change import Change

LIMITS = Limits(length=14.0, difference=0.3)


def local(alpha: float) -> Change:
    return Change(0.02 * alpha**2, 0.0004 * alpha**2)


def closes(alpha: float) -> Change:
    """Soon closed: the inside stays as it is, and the rest goes on to change."""
    return Change(0.006 * math.tanh(alpha) ** 2, 0.0004 * alpha**2)


@given(st.floats(1e-4, 1.0))
def test_a_change_within_reach_is_met(wanted):
    side = reach(local, wanted, LIMITS)
    assert side.attained and side.change.inside == pytest.approx(wanted, rel=1e-3)
    assert side.alpha == pytest.approx((wanted / 0.02) ** 0.5, rel=1e-3) and side.furthest >= side.alpha


def test_a_side_that_cannot_reach_it_ends_where_the_picture_is_still_good():
    side = reach(closes, 0.05, LIMITS)
    assert not side.attained and side.reason == SPREAD
    assert side.change.inside > 0.9 * 0.006 and side.change.outside < side.change.inside
    assert side.step(1.0) == side.alpha == side.furthest == side.step(1.5)
    assert side.shortened(1.5) and not side.shortened(1.0)


def test_a_picture_that_is_gone_ends_the_search_though_the_region_changes_on():
    side = reach(lambda a: Change(0.01 * a**2, 0.002 * a**2), 1.0, LIMITS)
    assert not side.attained and side.reason == GONE and side.change.outside <= 0.2 * LIMITS.difference


def test_a_step_leads_no_further_than_another_sample():
    side = reach(lambda a: Change(1e-4 * a**2, 0.0), 0.5, LIMITS)
    assert not side.attained and side.reason == FAR and side.alpha == LIMITS.length


def test_a_change_inside_that_falls_again_is_not_chased():
    # The change asked for is there again at a long step, whose picture is another one.
    def there_and_back(a: float) -> Change:
        return Change(0.03 * math.sin(min(a, 6.0)) ** 2 + 0.02 * max(0.0, a - 6), 0.002 * a**2)

    side = reach(there_and_back, 0.05, LIMITS)
    assert not side.attained and side.alpha < 3


def test_larger_strengths_stop_where_the_picture_breaks_down():
    def ends_at_three(a: float) -> Change:
        return Change(0.02 * min(a, 3.0) ** 2, 0.001 * a**4)

    side = reach(ends_at_three, 0.05, LIMITS, largest=3.0)
    assert side.attained and side.alpha == pytest.approx(1.58, rel=0.01)
    assert side.alpha <= side.furthest < 3 * side.alpha and side.shortened(3.0)
    assert reach(local, 0.05, LIMITS, largest=3.0).furthest == pytest.approx(3 * reach(local, 0.05, LIMITS).alpha)


def test_a_direction_that_is_not_local_is_not_asked_to_be():
    side = reach(lambda a: Change(0.002 * a**2, 0.002 * a**2), 0.05, LIMITS)
    assert side.attained and side.change.outside == pytest.approx(0.05, rel=1e-3)


def test_a_first_step_that_is_far_too_long_is_shortened():
    side = reach(lambda a: Change(8 * a**2, 2 * a**2), 0.05, LIMITS)
    assert side.attained and side.alpha == pytest.approx((0.05 / 8) ** 0.5, rel=1e-3)


def test_a_direction_that_changes_nothing_ends_at_once():
    side = reach(lambda a: Change(0.0, 0.001 * a**2), 0.05, LIMITS)
    assert not side.attained and side.change.inside == 0


def test_figures_of_random_directions_are_not_stopped_by_their_pictures():
    side = reach(lambda a: Change(0.002 * a**2, 0.02 * a**2), 0.1, Limits(14.0))
    assert side.attained and side.change.outside == pytest.approx(1.0, rel=1e-3)


def test_no_side_of_a_direction_on_the_toon_faces_wrecks_the_picture():
    # Without the rule on spread, both signs of direction 1 went on until another face was there: outside 0.011 and 0.013.
    generator = resefa.load("toon-faces-64")
    code = generator.sample(seed=3)
    for direction in resefa.discover(generator, code, "eyes", k=2, space="W"):
        found = resefa.calibrate(generator, code, direction, 0.05)
        assert found.up.change.outside < 0.005 and found.down.change.outside < 0.005
        assert found.attained == (not found.notes([-1, 1])) and not found.attained
