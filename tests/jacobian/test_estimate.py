"""What is said before a Jacobian starts."""

from __future__ import annotations

import pytest
import torch

from resefa.jacobian.estimate import Estimate
from resefa.jacobian.operator import JacobianOperator


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.01, "about 1 s"), (89, "89 s"), (120, "2 min"), (3600, "60 min"), (9000, "2.5 h")]
)
def test_the_sentence(seconds, words):
    sentence = Estimate(512, 8, seconds, 2**30, 2**31).sentence()
    assert words in sentence and "and 3 GiB of memory" in sentence
    assert "2 GiB of memory, with 1 GiB in a file" in Estimate(512, 8, seconds, 2**30, 2**31).sentence(in_file=True)


def test_it_grows_with_the_columns_that_are_left():
    def slow(z):
        for _ in range(20):
            z = torch.tanh(z @ torch.eye(300))
        return z

    operator = JacobianOperator(slow, torch.zeros(1, 300), chunk=4)
    whole, rest = operator.estimate(300), operator.estimate(300, done=290)
    assert (whole.columns, rest.columns, whole.chunk) == (300, 10, 4)
    assert whole.kept == rest.kept == 300 * 300 * 4
    assert 0 < rest.seconds < whole.seconds
