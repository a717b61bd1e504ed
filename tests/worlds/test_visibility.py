"""Attributes that drawn pictures show."""

from __future__ import annotations

import pytest

from resefa.errors import UsageError
from resefa.worlds import COLOURS, KINDS, ToonWorld, visible_attributes


def shown(heads):
    return visible_attributes(heads, ToonWorld().draw(heads, alphas=True))


@pytest.fixture(scope="module")
def heads():
    return ToonWorld().sample(8, 5).with_kind("glasses", "none").with_kind("beard", "none")


def test_every_kind_and_colour_has_an_entry(heads):
    found = shown(heads)
    assert set(found) == {*KINDS, *COLOURS}
    assert all(each.shape == (8,) and each.dtype == bool for each in found.values())


def test_sunglasses_hide_the_eyes_and_round_glasses_do_not(heads):
    wide = heads.with_kind("eyes", "wide")
    assert shown(wide)["eyes"].all() and shown(wide.with_kind("glasses", "round"))["eyes"].all()
    assert not shown(wide.with_kind("glasses", "sunglasses"))["eyes"].any()


def test_a_closed_mouth_is_visible_and_absence_too(heads):
    closed = shown(heads.with_kind("mouth", "smile"))
    assert closed["mouth"].all() and closed["beard"].all() and closed["glasses"].all()


def test_a_beard_hides_the_corners_of_a_closed_mouth_and_an_open_mouth_stays_visible(heads):
    bearded = heads.with_kind("beard", "full-beard")
    assert not shown(bearded.with_kind("mouth", "sad"))["mouth"].any()
    assert shown(bearded.with_kind("mouth", "laugh"))["mouth"].any()


def test_a_shirt_does_not_show_the_colour_of_clothes(heads):
    assert not shown(heads.with_kind("clothes", "shirt"))["clothes-colour"].any()
    assert shown(heads.with_kind("clothes", "turtle-neck"))["clothes-colour"].sum() > 4


def test_a_drawing_without_alphas_is_refused(heads):
    with pytest.raises(UsageError, match="alphas"):
        visible_attributes(heads, ToonWorld().draw(heads))
