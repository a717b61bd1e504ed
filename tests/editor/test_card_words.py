"""Words of cards: everyday words, headlines and titles."""

from __future__ import annotations

import pytest

from resefa.editing import strength_search
from resefa.editor.card_words import REASONS, headline, plain_reason, signs, title
from resefa.refinement import strength_profile


@pytest.mark.parametrize(
    ("caption", "plus", "minus"),
    [
        ("+ eyes: open; - eyes: closed", "eyes: open", "eyes: closed"),
        ("+ glasses, also changes the mouth; - unclear", "glasses, also changes the mouth", ""),
        ("+ unclear; - no hair", "", "no hair"),
        ("unclear", "", ""),
        ("", "", ""),
    ],
)
def test_the_words_of_both_signs(caption: str, plus: str, minus: str):
    assert signs(caption) == (plus, minus)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("also changes the hair, eyes: open", "eyes: open"),
        ("also changes the hair", ""),
        ("", ""),
        ("glasses, eyes: open", "glasses"),
    ],
)
def test_the_headline_is_what_names_an_edit_best(words: str, found: str):
    assert headline(words) == found


@pytest.mark.parametrize(
    ("minus", "plus", "found"),
    [
        ("eyes: wide open", "eyes: closed", "eyes: wide open ↔ closed"),
        ("mouth: laugh", "closes the mouth", "mouth: laugh ↔ closes the mouth"),
        ("moves the eyes left", "moves the eyes left", "moves the eyes left"),
        ("eyes: closed", "eyes: closed", "eyes: closed"),
        ("", "adds glasses", "adds glasses"),
        ("", "", ""),
    ],
)
def test_the_title_says_both_ends(minus: str, plus: str, found: str):
    assert title(minus, plus) == found


def test_every_reason_for_the_end_of_a_range_has_everyday_words() -> None:
    constants = {**vars(strength_search), **vars(strength_profile)}
    reasons = {value for name, value in constants.items() if name.isupper() and isinstance(value, str)}
    assert reasons == set(REASONS)
    assert not [words for words in REASONS.values() if "code" in words.split()]
    assert plain_reason("another program's reason") == "another program's reason"
