"""What is kept of a primal pass is used for the same operands alone, and changes no product in any bit."""

from __future__ import annotations

import pytest
import torch

from resefa.jacobian.operator import JacobianOperator
from resefa.networks.shared_convolution import convolve
from resefa.runtime.memory import chunk_size
from resefa.runtime.primal_cache import kept_result, primal_kept


class Counted:
    """Doubles its operand and counts how often it was asked to."""

    def __init__(self):
        self.calls = 0

    def __call__(self, x, step="double", weight=None):
        def compute():
            self.calls += 1
            return x * 2

        return kept_result(step, (x,) if weight is None else (x, weight), compute)


@pytest.fixture
def doubled():
    return Counted()


def test_computed_once_for_equal_operands(doubled):
    x = torch.randn(1, 3)
    with primal_kept(1, 1000):
        assert torch.equal(doubled(x), doubled(x.clone()))
    assert doubled.calls == 1


@pytest.mark.parametrize("other", ["value", "step", "weight", "dtype"])
def test_anything_else_is_computed_anew(doubled, other):
    x, weight = torch.randn(1, 3), torch.ones(2)
    with primal_kept(1, 1000):
        doubled(x, weight=weight)
        if other == "value":
            result = doubled(x + 1e-7, weight=weight)
            assert torch.equal(result, (x + 1e-7) * 2)
        elif other == "step":
            doubled(x, "else", weight=weight)
        elif other == "weight":
            doubled(x, weight=weight + 1)
        else:
            assert doubled(x.double(), weight=weight).dtype == torch.float64
    assert doubled.calls == 2


@pytest.mark.parametrize("changed", ["operand", "result"])
def test_what_was_changed_in_place_is_not_used(doubled, changed):
    x = torch.randn(1, 3)
    first = x.clone()
    with primal_kept(1, 1000):
        result = doubled(first)
        (first if changed == "operand" else result).add_(1)
        assert torch.equal(doubled(x), x * 2)
        assert torch.equal(doubled(first), first * 2)


def test_nothing_is_kept_beyond_the_room_outside_the_block_or_for_tangents(doubled):
    x = torch.randn(1, 3)
    with primal_kept(1, 23) as kept:
        doubled(x), doubled(x)
    assert kept.asked == 48 and doubled.calls == 2
    doubled(x), doubled(x)
    assert doubled.calls == 4
    with primal_kept(1, 1000):
        doubled(x.expand(2, 3)), doubled(x.expand(2, 3))
    assert doubled.calls == 6


def network(fresh_noise: bool):
    weights = [torch.randn(4, 1, 3, 3, dtype=torch.float64), torch.randn(2, 4, 3, 3, dtype=torch.float64)]

    def function(z):
        x = z.reshape(len(z), 1, 3, 3)
        for weight in weights:
            x = convolve(x, weight, 1).tanh()
            if fresh_noise:
                x = x + torch.randn(x.shape[-2:], dtype=x.dtype)
        return x

    return function


def test_convolutions_of_the_point_run_once_for_all_chunks(monkeypatch):
    function, seen = network(False), []
    plain = torch.nn.functional.conv2d
    monkeypatch.setattr(torch.nn.functional, "conv2d", lambda x, *a, **k: seen.append(len(x)) or plain(x, *a, **k))
    operator = JacobianOperator(function, torch.randn(1, 9, dtype=torch.float64), chunk=3)
    seen.clear()
    whole = operator.dense()
    # The first chunk computes the two of the point; each of three chunks those of its tangents.
    assert seen.count(1) == 2 and seen.count(3) == 6
    monkeypatch.setattr("resefa.jacobian.operator.primal_kept", lambda *a: __import__("contextlib").nullcontext())
    seen.clear()
    assert torch.equal(whole, operator.dense())
    assert seen.count(1) == 6


def test_fresh_noise_is_not_hidden():
    """A network that is another one at each call keeps being one."""
    function = network(True)
    operator = JacobianOperator(function, torch.randn(1, 9, dtype=torch.float64), chunk=3)
    assert not torch.equal(operator.dense(), operator.dense())


def test_chunks_are_smaller_where_the_primal_is_kept():
    options = {"tangents": 512, "per_tangent": 2**28, "budget": 2**34, "device": torch.device("cpu")}
    assert chunk_size(**options, primal_kept=True) < chunk_size(**options)
