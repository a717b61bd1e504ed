"""Text of files in sentences: what a terminal would obey is shown instead."""

from __future__ import annotations

import pytest

from resefa.errors import ResefaError, printable


@pytest.mark.parametrize(
    "text, shown",
    [
        ("mouth é 漢 😀", "mouth é 漢 😀"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("a\nb\rc\td\u2028e\x85", r"a\nb\rc\td\u2028e\x85"),
        ("\u202egnp\u2066", r"\u202egnp\u2066"),
        ("mo\u200buth\ufeff\u00ad", r"mo\u200buth\ufeff\xad"),
        ("mo\u3164uth\ufe0f\U000e0100", r"mo\u3164uth\ufe0f\U000e0100"),
        ("\ud800", r"\ud800"),
        (7, "7"),
        ((1, "a"), "(1, 'a')"),
    ],
)
def test_what_nobody_would_see_is_made_visible(text, shown):
    assert printable(text) == shown
    assert str(ResefaError(shown)).isprintable()


def test_long_text_is_cut_to_the_length_asked_for():
    for text in ("a" * 10**6, "\x1b" * 10**6, "\U000e0100" * 1000):
        assert 50 < len(printable(text, 60)) <= 60
        assert len(str(ResefaError(text))) <= 480
    assert printable("a" * 60, 60) == "a" * 60


def test_tuples_within_tuples_are_not_written_out():
    laugh: object = "ha"
    for _ in range(60):
        laugh = (laugh, laugh)
    assert len(printable(laugh)) <= 100
    assert printable(10**5000) == "a number of thousands of digits"
