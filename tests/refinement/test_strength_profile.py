"""Strength profiles on generators whose ranges, units and saturation are known in closed form."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from refinement.halves import REGION, SIZE, N, along_first, drawn, profile_of

import resefa
from resefa.directions import Directions
from resefa.editing.strength_search import FAR, GONE, SPREAD
from resefa.errors import UsageError
from resefa.refinement.strength_profile import SATURATES, UNUSUAL, expected_images, measure_strengths


def test_the_unit_and_an_even_slider_of_a_linear_direction():
    found = profile_of(drawn(lambda z: 0.1 * z))
    for side in (found.plus, found.minus):
        assert side.unit == pytest.approx(0.05**0.5 / 0.1, rel=1e-3)
        assert side.saturation is None and side.reason in (UNUSUAL, FAR)
        assert side.positions == pytest.approx(np.array(side.alphas) / side.end, abs=1e-3)
        assert side.inside[-1] == pytest.approx((0.1 * side.end) ** 2, rel=1e-3)
    assert found.images == 1 and found.plus.ends is None


def test_positions_are_even_where_the_rate_of_change_varies():
    # The value grows with the square of the step: slow at first, then fast.
    generator = drawn(lambda z: 0.1 * z.square())
    found = profile_of(generator).plus
    values = [0.1 * found.step(i / 8) ** 2 for i in range(9)]
    steps = np.diff(values)
    assert steps.max() / steps.min() < 1.5
    even = np.diff([0.1 * (found.end * i / 8) ** 2 for i in range(9)])
    assert even.max() / even.min() > 10


def test_a_side_that_saturates_ends_there():
    # The rate 3 sech^2(3 alpha) falls to a tenth of its start at 3 alpha = 1.82.
    found = profile_of(drawn(lambda z: 0.8 * torch.tanh(3 * z)), change=0.3).plus
    assert found.reason == SATURATES and found.saturation == found.end
    assert 0.4 < found.end < 1.2
    assert found.inside[-1] > 0.8 * 0.64
    assert found.unit == pytest.approx(np.arctanh(0.3**0.5 / 0.8) / 3, rel=1e-3)


def test_a_side_that_cannot_move_says_so():
    found = profile_of(drawn(lambda z: torch.where(z > 0, 0.2 * z, 0 * z)))
    assert found.minus.unit is None and found.minus.inside[-1] == 0
    assert found.plus.unit is not None
    assert "does not reach 0.05" in found.sentences()[0]


def test_a_change_outside_ends_the_range():
    found = profile_of(drawn(lambda z: 0.2 * z, outside=lambda z: 0.05 * z.pow(3))).plus
    assert found.reason in (SPREAD, GONE)
    assert found.outside[-1] < 0.26 * found.inside[-1]  # a quarter of the first step's ratio of 16


def test_several_images_give_medians_spread_and_the_worst():
    codes = np.zeros((3, N))
    codes[:, 0] = (0.0, 0.5, 1.0)
    generator = drawn(lambda z: 0.6 * torch.tanh(1.5 * z))
    single = [profile_of(generator, torch.tensor(code[None], dtype=torch.float32)).plus for code in codes]
    found = profile_of(generator, torch.tensor(codes, dtype=torch.float32)).plus
    assert found.end == pytest.approx(sorted(one.end for one in single)[1], rel=1e-3)
    assert found.ends == pytest.approx((min(one.end for one in single), max(one.end for one in single)), rel=1e-3)
    units = [one.unit for one in single if one.unit is not None]
    assert found.units == pytest.approx((min(units), max(units)), rel=1e-3)
    ends = [one.end for one in single]
    assert found.worst.endswith(str(ends.index(min(ends))))
    assert all(later > earlier for earlier, later in pairwise(found.alphas))


def test_progress_counts_directions_times_images():
    seen = []
    measure_strengths(
        drawn(lambda z: 0.1 * z),
        along_first(np.zeros((2, N)), k=3),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(3, 6), (6, 6)]


def test_facts_of_others_remain():
    from resefa.directions import DirectionFacts

    generator, found = drawn(lambda z: 0.1 * z), along_first()
    found = measure_strengths(generator, replace(found, facts=(DirectionFacts(caption="up"),)))
    assert found.facts[0].caption == "up" and found.facts[0].strength is not None


def test_a_file_keeps_the_profile(tmp_path):
    found = measure_strengths(drawn(lambda z: 0.1 * z), along_first())
    found.save(tmp_path / "a.safetensors")
    assert Directions.load(tmp_path / "a.safetensors").facts == found.facts
    assert found.with_region(resefa.Region.parse(REGION), (SIZE, SIZE)).facts[0].strength is None


def test_directions_without_a_region_are_refused():
    with pytest.raises(UsageError, match="region"):
        measure_strengths(drawn(lambda z: z), Directions(np.eye(1, N), codes=np.zeros((1, N))))


def test_the_expected_number_of_images_is_near_the_number_made():
    made = [0]

    def counted(z: torch.Tensor) -> torch.Tensor:
        made[0] += len(z)
        return (0.1 * z).reshape(len(z), 1, 4, 4).expand(-1, 3, -1, -1)

    found = Directions(np.eye(4, N), codes=np.zeros((1, N)))
    found = found.with_region(resefa.Region.parse("box:0,0,2,4"), (4, 4))
    measure_strengths(resefa.wrap(counted, N), found)
    assert 0.4 < made[0] / expected_images(4, 1) < 1.6
