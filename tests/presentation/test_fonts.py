from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resefa.presentation.fonts import drawable, lettering, wrapped

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


def test_signs_of_the_field_are_spelled_out_where_the_font_lacks_them():
    assert drawable("λ −0.5 ± 0.1, 2×") == "lambda -0.5 ± 0.1, 2x"
    assert drawable("Zoë: 日") == "Zoe: ?"


@given(st.text(max_size=40))
def test_nothing_is_drawn_as_the_box_of_a_missing_sign(text):
    font = lettering(20)
    box = bytes(font.getmask("\uffff"))
    assert all(bytes(font.getmask(sign)) != box for sign in drawable(text) if not sign.isspace())


@given(st.lists(WORDS, max_size=12), st.integers(40, 300))
def test_wrapped_lines_fit_and_lose_no_letter(words, width):
    lines = wrapped(" ".join(words), 14, width)
    assert all(lettering(14).getlength(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words)


def test_words_stay_whole_where_they_fit():
    assert wrapped("one two three", 14, 1000) == ["one two three"]
    assert wrapped("one two three", 14, lettering(14).getlength("three") + 1) == ["one", "two", "three"]
    assert wrapped("", 14, 100) == []
