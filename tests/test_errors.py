"""Text of files in sentences: what a terminal would obey is shown instead."""

from __future__ import annotations

import warnings

import pytest

from resefa.errors import ResefaError, ResefaWarning, SolverError, UsageError, parameter, printable


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
    assert printable(10**5000) == "a number with thousands of digits"


def test_a_message_names_a_parameter_as_python_or_as_the_command_line_does():
    error = UsageError(f"{parameter('tolerance')} is 5; give less, or {parameter('solver', 'cholesky')}.")
    assert str(error) == "tolerance is 5; give less, or solver='cholesky'."
    assert error.message.worded(lambda name, value: f"--{name}") == "--tolerance is 5; give less, or --solver."


def test_an_error_made_of_another_names_its_parameters_too():
    inner = UsageError(f"{parameter('memory', '1KB')} is too little.")
    for outer in (SolverError(inner), SolverError(inner.message), ResefaWarning(inner)):
        assert str(outer) == "memory='1KB' is too little."
        assert outer.message.worded(lambda name, value: f"--{name} {value}") == "--memory '1KB' is too little."


def test_text_of_a_file_is_shown_as_it_is_within_a_parameter():
    assert str(UsageError(parameter("entry", "a\x03b\x1b"))).isprintable()
    with pytest.warns(ResefaWarning, match="^k=3 is large$"):
        warnings.warn(f"{parameter('k', 3)} is large", ResefaWarning, stacklevel=1)
