"""Gram matrices without a kept Jacobian are those of the kept one, both ways, and the plan keeps to its budget."""

from __future__ import annotations

import pytest
import torch
from reference.problems import image_jacobian, jacobian_operator
from reference.small import small_generator

from resefa.errors import BudgetError, GeneratorError
from resefa.jacobian.operator import MODES, JacobianOperator
from resefa.jacobian.streamed_grams import streamed_grams
from resefa.jacobian.streaming_plan import EXACT_WORTH, StreamingPlan, plan_for
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import graph_bytes

HEIGHT, WIDTH, N = 6, 5, 7


def network(z: torch.Tensor) -> torch.Tensor:
    mixing = torch.linspace(-3, 3, N * 3 * HEIGHT * WIDTH, dtype=torch.float64).reshape(N, -1).sin()
    return (z @ mixing.to(z)).tanh().reshape(-1, 3, HEIGHT, WIDTH)


def parts() -> list[torch.Tensor]:
    """Inside, outside and a third one that overlaps both; weights between 0 and 1, and pixels that no part weighs."""
    inside = torch.zeros(HEIGHT, WIDTH, dtype=torch.float64)
    inside[1:3, 1:4] = 1
    inside[3, 1:4] = 0.3
    outside = 1 - inside
    outside[:, 0] = 0
    return [inside, outside, torch.linspace(0, 1, HEIGHT * WIDTH, dtype=torch.float64).reshape(HEIGHT, WIDTH).round()]


def plan_of(bands: int, n: int, count: int) -> StreamingPlan:
    return StreamingPlan(bands, bands * n if bands else (1 + count) * n, 0.0, 2**30, 0)


def literal(matrix: torch.Tensor, weights: torch.Tensor, channels: int = 3) -> torch.Tensor:
    return matrix.double().T @ (matrix.double() * weights.flatten().repeat(channels)[:, None])


@pytest.mark.parametrize("bands", [0, 1, 2, 5])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk", [1, 3, None])
def test_both_ways_are_the_formula(bands, mode, chunk):
    point = torch.linspace(-1, 1, N, dtype=torch.float64)
    operator = JacobianOperator(network, point, mode=mode)
    operator.within = lambda memory: None  # keeps the chunk
    operator._chunk = chunk
    matrix = torch.autograd.functional.jacobian(lambda z: network(z[None]).flatten(), point)
    told: list[tuple[int, int]] = []
    plan = plan_of(bands, N, 3)
    found = streamed_grams(operator, parts(), plan, progress=lambda *at: told.append(at))
    for gram, weights in zip(found.grams, parts(), strict=True):
        assert torch.allclose(gram.total, literal(matrix, weights), atol=1e-12)
        assert torch.equal(gram.total, gram.total.T) and gram.total.dtype == torch.float64
        assert gram.weight == pytest.approx(3 * float(weights.sum()))
    assert (found.asymmetry == 0) == (bands > 0) and found.asymmetry < 1e-14
    assert told == sorted(set(told)) and told[-1] == (plan.products, plan.products)


@pytest.mark.parametrize("family", ["faces", "stylegan2"])
def test_in_single_precision_products_round_far_below_the_ridge(family, faces):
    generator = faces if family == "faces" else small_generator(family, "float32")
    code, size = generator.sample(7), generator.resolution
    weights = [torch.zeros(size, dtype=torch.float64)]
    weights[0][size[0] // 4 : size[0] // 2, size[1] // 4 : size[1] // 2] = 1
    weights.append(1 - weights[0])
    kept = image_jacobian(generator, code, size, cache=JacobianCache()).grams(weights)
    operator = jacobian_operator(generator, code, size)
    for bands in (0, 3):
        found = streamed_grams(operator, weights, plan_of(bands, operator.shape[1], 2))
        for a, b in zip(found.grams, kept, strict=True):
            gap = float((a.total - b.total).norm() / b.total.trace())
            # The mean over columns of tangents' own rounding is what bands share with a kept J.
            assert gap < (1e-6 if bands == 0 else 3e-7)
        assert found.asymmetry < 1e-6


def test_the_sweep_shares_its_primal_and_pull_backs_leave_it_alone():
    """A network whose convolutions are kept: reverse products in between must neither use nor spoil what is kept."""
    generator = small_generator("stylegan2")
    code, size = generator.sample(1, "W"), generator.resolution
    operator = jacobian_operator(generator, code, size, chunk=4)
    weights = [torch.ones(size, dtype=torch.float64)]
    wanted = operator.dense()
    operator.within = lambda memory: None
    found = streamed_grams(operator, weights, plan_of(0, operator.shape[1], 1))
    assert torch.allclose(found.grams[0].total, wanted.T @ wanted, rtol=1e-10, atol=1e-10 * float(wanted.norm()) ** 2)


def test_a_band_in_half_precision_refuses_what_it_cannot_hold():
    operator = JacobianOperator(lambda z: (z * 1e6).reshape(-1, 1, 2, 2), torch.zeros(1, 4))
    with pytest.raises(GeneratorError, match="too large for float16"):
        streamed_grams(operator, [torch.ones(2, 2)], plan_of(2, 4, 1), stored=torch.float16)


WIDE = torch.ones(64, 3 * 32 * 32)


def wide(z: torch.Tensor) -> torch.Tensor:
    return (z @ WIDE).sin().reshape(-1, 3, 32, 32)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("exact", [False, True])
def test_the_cheaper_way_that_fits_is_taken(count, exact):
    operator = JacobianOperator(wide, torch.zeros(1, 64))
    weights = [torch.ones(32, 32, dtype=torch.float64)] * count
    sums = (count + 2) * 64 * 64 * 8
    whole, graph = 3 * 32 * 32 * 64 * 4, graph_bytes(wide, operator.point)
    ways = set()
    for tenths in range(1, 30):
        budget = sums + whole * tenths // 20
        try:
            plan = plan_for(operator, weights, budget, itemsize=4, exact=exact)
        except BudgetError as error:
            assert "even without storing the Jacobian" in str(error)
            continue
        ways.add(plan.bands)
        assert plan.held + plan.work == budget and plan.work >= operator.per_tangent
        band = -(-3 * 32 * 32 // plan.bands) * 64 * 4 if plan.bands else graph
        assert plan.held == sums + band
        assert plan.products == (plan.bands or 1 + count) * 64
        if plan.bands and not exact:
            # Never so many sweeps that products, had they fitted, would have been the better way by far.
            assert plan.bands <= (1 + count) * EXACT_WORTH * 2
    assert 1 in ways and (0 in ways) == (not exact)


def test_rows_that_no_part_weighs_take_no_room():
    operator = JacobianOperator(wide, torch.zeros(1, 64))
    small = torch.zeros(32, 32, dtype=torch.float64)
    small[:4, :8] = 1
    whole = 3 * 32 * 32 * 64 * 4
    plan = plan_for(operator, [small, small], whole, itemsize=4)
    assert plan.bands == 1 and plan.held == 4 * 64 * 64 * 8 + 3 * 32 * 64 * 4


def test_a_budget_too_small_names_one_that_suffices():
    operator = JacobianOperator(wide, torch.zeros(1, 64))
    weights = [torch.ones(32, 32, dtype=torch.float64)]
    with pytest.raises(BudgetError, match=r"need \d+(\.\d+)? KiB") as refused:
        plan_for(operator, weights, 1000, itemsize=4)
    needed = float(str(refused.value).split("need ")[1].split()[0])
    assert plan_for(operator, weights, int(needed * 2**10) + 1, itemsize=4)
    with pytest.raises(BudgetError):
        plan_for(operator, weights, int(needed * 2**10 * 0.9), itemsize=4)


def test_the_graph_of_a_pass_is_measured():
    weight = torch.ones(8, 8)

    def three(z: torch.Tensor) -> torch.Tensor:
        # The sine keeps its input, which was there, exp its output, the products the weight; nothing keeps the last product.
        return (z.sin() @ weight.T).exp() @ weight

    assert graph_bytes(three, torch.zeros(1, 8)) == 8 * 4
