"""Sweeps of one image: what they take, and what is refused."""

from __future__ import annotations

import pytest
import torch
from reference.planted import REGION, planted_generator

import resefa
from resefa.errors import UsageError

GENERATOR = planted_generator()
CODE = GENERATOR.sample(0)
DIRECTION = resefa.discover(GENERATOR, CODE, REGION, k=1)[0]


def test_codes_and_strengths_may_be_tensors():
    named = resefa.Sweep(GENERATOR, CODE, DIRECTION, [-1, 0, 1], randoms=0)
    bare = resefa.Sweep(GENERATOR, CODE.values, DIRECTION, torch.linspace(-1, 1, 3), randoms=0)
    assert bare.measured == named.measured and bare.strengths == [-1, 0, 1]
    assert repr(named).startswith("Sweep('seed 0', ") and repr(named).endswith("strengths -1, 0, +1)")


def test_two_images_are_no_sweep():
    with pytest.raises(UsageError, match="2 codes"):
        resefa.Sweep(GENERATOR, GENERATOR.sample([0, 1]), DIRECTION, [1])


@pytest.mark.parametrize("strengths", [[], "1", [float("nan")], None])
def test_strengths_are_finite_numbers(strengths):
    with pytest.raises(UsageError):
        resefa.Sweep(GENERATOR, CODE, DIRECTION, strengths)


@pytest.mark.parametrize("randoms", [-2, 2.5, True])
def test_random_directions_are_counted(randoms):
    with pytest.raises(UsageError, match="randoms="):
        resefa.Sweep(GENERATOR, CODE, DIRECTION, [1], randoms=randoms)


def test_pages_and_sheets_refuse_what_they_cannot_label(tmp_path):
    with pytest.raises(UsageError, match="at least one resefa.Sweep"):
        resefa.save_page(GENERATOR, tmp_path / "a.html")
    with pytest.raises(UsageError, match="rows has 2 labels, but the sheet has 1"):
        resefa.sheet(GENERATOR.synthesize(GENERATOR.sample([0, 1])), rows=["a", "b"])
    with pytest.raises(UsageError, match="every=0"):
        resefa.sheet(resefa.Sweep(GENERATOR, CODE, DIRECTION, [1], randoms=0), every=0)


def test_a_strength_beyond_the_limit_is_said_at_its_picture_and_not_shown_again():
    sweep = resefa.Sweep(GENERATOR, CODE, DIRECTION, [-1, 0, 1, 5000, 9000], change=1e-4, randoms=0)
    assert [limit is not None for limit in sweep.limits] == [False, False, False, True, True]
    assert sweep.caption(3).startswith("limit reached: +") and sweep.caption(3).endswith(" of +5e+03")
    assert sweep.pictures()[3] is not None and sweep.pictures()[4] is None
    row = sweep.row()
    assert row.cells[5] is None and row.caption(4) == sweep.caption(3) and row.caption(5) == sweep.caption(4)
    card = sweep.card()
    assert card.strengths == [-1, 0, 1, 5000] and [bool(card.limit(i)) for i in range(4)] == [False, False, False, True]
    assert sweep.facts()["limits"] == {"+5e+03": sweep.caption(3), "+9e+03": sweep.caption(4)}


def test_pictures_within_the_limit_have_no_remark():
    sweep = resefa.Sweep(GENERATOR, CODE, DIRECTION, [-1, 0, 1], change=1e-4, randoms=0)
    assert sweep.limits == [None] * 3 and None not in sweep.pictures() and sweep.facts()["limits"] == {}
