"""Candidates are ordered by the region's contrast; populations stand in the coordinates of the edit."""

from __future__ import annotations

import pytest
import torch
from reference.problems import image_jacobian, search

import resefa
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.errors import SolverError, UsageError
from resefa.methods.ranked import order, rates_of
from resefa.methods.samples import sampled_along, values_along


def test_random_directions_hang_on_the_seed_alone(style, region):
    code = style.sample(0)
    one, same, other = (search("random", seed=s, ranked=False).find(style, code, region, k=2) for s in (1, 1, 2))
    assert torch.equal(one.vectors, same.vectors) and not torch.allclose(one.vectors, other.vectors)


def test_ranking_never_loses_against_the_own_order_and_counts_in_it(style, region):
    code = style.sample([0, 1], "W")
    ranked = search("sefa").find(style, code, region, k=1)
    own = search("sefa", ranked=False).find(style, code, region, k=12)
    best = (own.inside_rate / own.outside_rate).argmax()
    assert (
        torch.allclose(ranked.vectors[0], own.vectors[best])
        and f"numbers {int(best)} in the method's order" in ranked.status
    )
    with pytest.raises(UsageError, match="candidates is 0"):
        search("sefa", candidates=0).find(style, code, region, k=1)


def test_rates_are_quotients_of_the_gram_matrices(style, region):
    problem = RegionProblem(style, style.sample([0, 1], "W"), region, EditSpace(analysis_resolution=16))
    vectors = torch.eye(12, dtype=torch.float64)[:3]
    inside, outside, _ = rates_of(problem, vectors)
    grams = [
        [image_jacobian(style, one, problem.size).gram(part).mean for one in problem.code]
        for part in next(problem.parts())
    ]
    for found, (one, two) in zip((inside, outside), grams, strict=True):
        assert torch.allclose(found, ((one + two) / 2).diagonal()[:3])


def test_quiet_candidates_come_last_and_dead_ones_are_refused(style):
    inside, outside = torch.tensor([1.0, 0.001, 0.5]), torch.tensor([1.0, 0.0, 0.1])
    assert order(inside, outside, 0.0).tolist() == [1, 2, 0] and order(inside, outside, 0.01).tolist() == [2, 0, 1]
    dead = resefa.wrap(lambda z: torch.cat([z[:, :3], 0 * z[:, 3:]], 1).reshape(-1, 1, 2, 3), 6)
    with pytest.raises(SolverError, match="None of the 20 candidates of random"):
        search("random").find(dead, dead.sample(0), resefa.Region.box(1, 0, 1, 1), k=1)


def test_populations_in_the_coordinates_of_an_edit(style):
    code = style.sample([4, 5], "W+")
    motion = style.motion("W+", "2-3", "W+")
    assert torch.allclose(values_along(style, motion, code), code.values.reshape(2, 8, 12)[:, 2:4].flatten(1))
    assert torch.allclose(sampled_along(style, motion, [4, 5]), values_along(style, motion, code))
    one = style.motion("W", "3", "Z")
    assert torch.allclose(sampled_along(style, one, [4, 5]), style.sample([4, 5], "W").values)
