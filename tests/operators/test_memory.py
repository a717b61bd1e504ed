"""Budgets in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resefa.operators.memory import in_gib


@pytest.mark.parametrize(
    ("size", "words"), [(2**30, "1.00 GiB"), (10**10, "9.32 GiB"), (12 * 2**20, "0.012 GiB"), (3 * 2**20, "0.0030 GiB")]
)
def test_in_gib(size, words):
    assert in_gib(size) == words


@given(st.integers(1, 10**13))
def test_what_is_asked_for_suffices_and_is_not_much_more(size):
    number, unit = in_gib(size).split()
    assert unit == "GiB" and size <= float(number) * 2**30 * (1 + 1e-12) and float(number) * 2**30 <= size * 1.1 + 2**30 * 0.01
