"""Budgets in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resefa.runtime.memory import in_words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (2**30, "1 GiB"),
        (10**10, "9.4 GiB"),
        (12 * 2**20, "12 MiB"),
        (3 * 2**20 + 1, "3.1 MiB"),
        (200 * 2**30, "200 GiB"),
        (5, "1 KiB"),
    ],
)
def test_bytes_in_words(size, words):
    assert in_words(size) == words


@given(st.integers(1, 10**13))
def test_what_is_asked_for_suffices_and_is_not_much_more(size):
    number, unit = in_words(size).split()
    said = float(number) * {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}[unit]
    assert size <= said * (1 + 1e-8) and said <= size * 1.1 + 2**10
