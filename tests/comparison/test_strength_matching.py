"""Many strengths matched at once are those that calibrate finds one by one."""

from __future__ import annotations

import pytest

import resefa
from resefa.comparison.strength_matching import Path, Paths


def test_matched_steps_are_those_of_calibrate(toons):
    code = toons.sample(10)
    mouth, eyes = (resefa.discover(toons, code, region, k=2) for region in ("mouth", "eyes"))
    weights = {name: resefa.Region.parse(name, toons.presets).weights(64, 64) for name in ("mouth", "eyes")}
    directions = [(mouth[0], "mouth"), (mouth[1], "mouth"), (eyes[0], "eyes")]
    paths = [Path(direction, weights[name], sign) for direction, name in directions for sign in (1, -1)]
    matched = Paths(toons, code, paths).matched([0.02, 0.05])
    for i, (direction, _) in enumerate(directions):
        for j, level in enumerate((0.02, 0.05)):
            one = resefa.calibrate(toons, code, direction, level)
            for steps, alpha, change in (
                (matched[2 * i], one.positive, one.plus),
                (matched[2 * i + 1], one.negative, one.minus),
            ):
                assert steps[j].attained and steps[j].alpha == pytest.approx(alpha, rel=2e-3)
                assert steps[j].change.inside == pytest.approx(level, rel=2e-4)
                assert steps[j].change.outside == pytest.approx(change.outside, rel=5e-3)


def test_a_change_out_of_reach_is_said():
    generator = resefa.wrap(lambda z: (z / 8).reshape(-1, 1, 1, 6).tanh(), 6)
    code, region = generator.sample(0), resefa.Region.box(0, 2, 1, 1)
    direction = resefa.discover(generator, code, region, k=1)[0]
    (steps,) = Paths(generator, code, [Path(direction, region.weights(1, 6), 1)]).matched([0.05, 3.9])
    assert steps[0].attained and not steps[1].attained
    assert steps[1].change.inside < 3.9
