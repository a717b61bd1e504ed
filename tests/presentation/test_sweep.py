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
