"""Places on a path: levels, interpolation, ends and remarks."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import DirectionsError
from resefa.paths import EditPath

VECTOR = torch.nn.functional.normalize(torch.arange(1.0, 6.0), dim=0)


def line(down: float = 0.04, up: float = 0.09, nodes: int = 4) -> EditPath:
    """A straight path whose displacement is ``level * VECTOR``."""
    levels = torch.cat(
        [torch.linspace(-(down**0.5), 0, nodes + 1)[:-1], torch.linspace(0, up**0.5, nodes + 1)]
    ).double()
    return EditPath(levels[:, None] * VECTOR, levels.square(), levels.square() / 10, nodes, ("spent", ""))


def test_a_straight_path_is_reproduced_between_its_nodes():
    at = torch.linspace(-0.2, 0.3, 23, dtype=torch.float64)
    assert torch.allclose(line().displacements(at), (at[:, None] * VECTOR).float(), atol=1e-7)


def test_nodes_are_met_and_no_coordinate_overshoots():
    draw = torch.Generator().manual_seed(0)
    steps = torch.randn(9, 30, generator=draw).cumsum(0)
    steps -= steps[3].clone()
    levels = torch.rand(9, generator=draw).add(0.05).cumsum(0).double()
    levels -= levels[3].clone()
    path = EditPath(steps, levels.square(), levels.square(), 3)
    assert torch.allclose(path.displacements(levels), steps, atol=1e-6)
    for i in range(8):
        between = path.displacements(torch.linspace(float(levels[i]), float(levels[i + 1]), 7))
        low, high = torch.minimum(steps[i], steps[i + 1]), torch.maximum(steps[i], steps[i + 1])
        assert bool((between >= low - 1e-5).all() and (between <= high + 1e-5).all())


def test_a_curve_is_followed_more_closely_than_by_chords():
    def circle(level: torch.Tensor) -> torch.Tensor:
        return torch.stack([level.sin(), 1 - level.cos(), level.sin() + level], 1)

    errors = []
    for nodes in (6, 12):
        levels = torch.linspace(0, 1, nodes + 1, dtype=torch.float64)
        path = EditPath(circle(levels), levels.square(), levels.square(), 0)
        at = torch.linspace(0, 1, 101, dtype=torch.float64)
        errors.append(float((path.displacements(at) - circle(at)).abs().max()))
    chord = (1 / 12) ** 2 / 8
    assert errors[1] < chord / 3 and errors[1] < errors[0] / 3


def test_a_strength_is_a_root_mean_square_change_inside():
    strengths = line().strengths(0.04)
    assert strengths.alpha(1) == pytest.approx(0.2) and strengths.alpha(-0.5) == pytest.approx(-0.1)
    assert strengths.alpha(9) == pytest.approx(0.3) and strengths.alpha(-9) == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("change", "strength", "limit", "note"),
    [
        (0.04, 1.5, "", ""),
        (0.04, 3, "limit reached: +1.50 of +3", "+3 is limited to +1.50"),
        (0.04, -2, "limit reached: -1.00 of -2", "-2 is limited to -1.00"),
        (0.1, 1, "limit reached: 0.09 of 0.1", "+1 reaches a change of 0.09 instead of 0.1"),
        (0.1, -0.5, "", ""),
        (0.1, -0.8, "limit reached: 0.04 of 0.064", "-0.8 reaches a change of 0.04 instead of 0.064"),
        (0.1, -2, "limit reached: 0.04 of 0.4", "-1 reaches a change of 0.04 instead of 0.1, and -2 reaches no more"),
        (0.1, 0, "", ""),
    ],
)
def test_remarks_are_those_of_a_calibration(change, strength, limit, note):
    strengths = line().strengths(change)
    assert strengths.limit(strength) == limit
    assert strengths.notes([strength, 0]) == ([note] if note else [])


def test_the_change_outside_is_expected_between_nodes():
    path = line()
    assert path.expected_outside(0.3) == pytest.approx(0.009) and path.expected_outside(9) == pytest.approx(0.009)
    assert path.expected_outside(0) == 0 and 0 < path.expected_outside(-0.01) < 0.001


def test_a_path_of_the_origin_alone_stays_there():
    path = EditPath(torch.zeros(1, 5), torch.zeros(1), torch.zeros(1), 0, ("spent", "spent"))
    assert not path.displacements([-1.0, 0.0, 1.0]).any() and path.expected_outside(1) == 0
    assert path.strengths(0.05).limit(1) == "limit reached: 0 of 0.05"
    assert path.reason(-1) == path.reason(1) == "spent"


GOOD = {
    "steps": torch.tensor([[-1.0], [0], [1]]),
    "inside": torch.tensor([1.0, 0, 1]),
    "outside": torch.zeros(3),
    "origin": 1,
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", torch.zeros(3)),
        ("steps", torch.tensor([[-1.0], [0.1], [1]])),
        ("steps", torch.tensor([[float("nan")], [0], [1]])),
        ("inside", torch.tensor([1.0, 0.1, 1])),
        ("inside", torch.tensor([1.0, 0, 0])),
        ("inside", torch.ones(2)),
        ("outside", torch.tensor([0.0, 0, -1])),
        ("outside", torch.tensor([0.0, 1, 1])),
        ("origin", 3),
        ("origin", -1),
        ("origin", True),
        ("reasons", ("", 7)),
        ("reasons", ("",)),
    ],
)
def test_impossible_nodes_are_refused(name, value):
    assert len(EditPath(**GOOD)) == 3
    with pytest.raises(DirectionsError):
        EditPath(**{**GOOD, name: value})
