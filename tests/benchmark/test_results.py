"""The definitions of hit, clean hit and matched change, on records written by hand."""

from __future__ import annotations

import pytest
import torch

from resefa.benchmark.attributes import Distinction, PictureAttributes
from resefa.benchmark.ladder import Climb
from resefa.benchmark.realism import DrawnLook
from resefa.benchmark.report.results import outcome, outside_at


def side(read, distance=None, others=None, own=None, **fields):
    count = len(read)
    own = own or [["mouth"] if kind not in (None, "smile") else [] for kind in read]
    return {
        "original": "smile", "read": read, "distance": distance or [1.0] * count, "own": own, "others": others or [[]] * count, **fields
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "hit", "clean", "kinds"),
    [
        (side(["smile", "smile"]), None, False, set()),
        (side(["smile", None, "sad"]), 2, True, {"sad"}),
        (side(["sad", "laugh"], others=[["hair"], []]), 0, False, {"laugh"}),
        (side(["smile", "sad"], distance=[1.0, 9.0]), None, False, set()),
        (side(["smile", "smile", "sad"], distance=[1.0, 9.0, 1.0]), None, False, set()),
        (side(["smile", "sad"], own=[["hair-colour"], ["hair-colour"]]), 0, True, {"sad"}),
    ],
)
def test_the_outcome_of_a_side(given, hit, clean, kinds):
    found = outcome(given, 5.0)
    assert (found.hit, found.clean, found.kinds) == (hit, clean, kinds)


def test_the_change_outside_is_interpolated_on_the_logarithmic_scale():
    given = {"inside": [0.01, 0.09], "outside": [1e-4, 1e-2]}
    assert outside_at(given, 0.03) == pytest.approx(1e-3)
    assert outside_at(given, 0.005) == pytest.approx(5e-5)
    assert outside_at(given, 0.1) is None


def attributes(kind, confidence, colour, pose=0.0):
    count = len(kind)
    return PictureAttributes(
        {"mouth": ("smile", "sad")}, {"mouth": torch.tensor(kind)}, {"mouth": torch.tensor(confidence)},
        {"skin-colour": torch.ones(count, dtype=torch.bool)},
        {"skin-colour": torch.tensor([[value] * 3 for value in colour]), "pose": torch.full((count, 4), pose)},
        torch.zeros(count, 2),
    )  # fmt: skip


def test_attributes_differ_beyond_confidence_and_tolerance():
    rule = Distinction(
        0.7, 3.0, 0.04, {"skin-colour": torch.full((3,), 0.02), "pose": torch.full((4,), 0.1)}, ("mouth",)
    )
    before = attributes([0], [0.9], [0.5])
    after = attributes([1, 1, 0, 0], [0.9, 0.6, 0.9, 0.9], [0.5, 0.5, 0.55, 0.57])
    assert rule.different(before, after) == [{"mouth"}, frozenset(), frozenset(), {"skin-colour"}]
    turned = attributes([0], [0.9], [0.5], pose=0.4)
    assert rule.different(before, turned) == [{"pose"}]


def test_one_in_a_hundred_unedited_samples_does_not_look_drawn():
    draw = torch.Generator().manual_seed(0)
    mixing = torch.linalg.qr(torch.randn(6, 6, generator=draw)).Q * torch.linspace(1, 2, 6)
    samples = torch.randn(4000, 6, generator=draw) @ mixing
    look = DrawnLook.of(samples)
    beyond = (look.distances(torch.randn(4000, 6, generator=draw) @ mixing) > look.threshold).float().mean()
    assert 0.003 < float(beyond) < 0.03
    direct = (samples - look.mean) @ torch.linalg.inv(torch.cov(samples[:3000].double().T)) @ (samples - look.mean).T
    assert torch.allclose(look.distances(samples).square(), direct.diagonal(), rtol=0.02)


def test_a_climb_aims_at_the_next_level_and_ends_at_the_limit():
    climb = Climb(1.0, 2.5, (0.01, 0.04, 0.16))
    climb.stands(0.01, 0.0)
    assert climb.alpha == pytest.approx(2.0) and not climb.ended
    climb.stands(0.04, 0.0)
    assert climb.alpha == 2.5
    climb.stands(0.05, 0.0)
    assert climb.ended and climb.alphas == [1.0, 2.0, 2.5]


def test_a_change_that_saturates_gets_longer_steps():
    climb = Climb(1.0, 100.0, (0.01, 0.04, 0.16))
    climb.stands(0.01, 0.0)
    climb.stands(0.02, 0.0)  # a step twice as long doubles the change: power 1
    assert climb.alpha == pytest.approx(2.0 * 0.04 / 0.02)


def test_levels_that_a_step_has_passed_are_skipped():
    climb = Climb(1.0, 100.0, (0.01, 0.02, 0.04, 0.16))
    climb.stands(0.0396, 0.0)
    assert climb.alpha == pytest.approx((0.16 / 0.0396) ** 0.5)
    climb.stands(0.2, 0.0)
    assert climb.ended
