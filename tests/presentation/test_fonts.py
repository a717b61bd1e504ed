"""Text in pictures: every character is drawn as itself, spelled, or escaped; never as a box or a question mark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from resefa.presentation import fonts
from resefa.presentation.fonts import built_in, draw_text, drawable, text_width, wrapped

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
CACHES = (fonts._installed, fonts._font_file, fonts._drawable_character)


def forget():
    for one in CACHES:
        one.cache_clear()


@pytest.fixture
def no_fonts(monkeypatch):
    """A machine without any installed font."""
    monkeypatch.setattr(fonts, "_folders", lambda: [])
    forget()
    yield
    forget()


@pytest.fixture
def dejavu(monkeypatch):
    """A machine with DejaVu Sans, here that of matplotlib."""
    matplotlib = pytest.importorskip("matplotlib")
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    monkeypatch.setattr(fonts, "_folders", lambda: [folder])
    forget()
    yield folder / "DejaVuSans.ttf"
    forget()


def drawn(text: str) -> np.ndarray:
    picture = Image.new("L", (200, 40), 0)
    draw_text(ImageDraw.Draw(picture), (5, 5), text, 255, 20)  # type: ignore[arg-type]
    return np.asarray(picture)


def test_signs_of_the_field_are_spelled_out_where_the_font_lacks_them():
    assert drawable("λ −0.5 ± 0.1, 2×") == "lambda -0.5 ± 0.1, 2x"


def test_without_a_font_accents_are_dropped_and_other_characters_escaped(no_fonts):
    assert drawable("Zoë: 日本") == "Zoe: \\u65e5\\u672c"


def test_an_installed_font_draws_what_the_built_in_font_lacks(dejavu):
    assert drawable("Zoë Ж 日") == "Zoë Ж \\u65e5"
    assert text_width("Ж", 20) == pytest.approx(fonts._installed_font(dejavu, 20).getlength("Ж"))
    assert not np.array_equal(drawn("Ж"), drawn("Щ")) and drawn("Ж").any()


def test_text_from_right_to_left_is_escaped_and_not_drawn_backwards(dejavu):
    assert drawable("שלום") == "\\u05e9\\u05dc\\u05d5\\u05dd"


def test_mixed_text_stands_on_one_baseline(dejavu):
    rows = {text: np.flatnonzero(drawn(text).any(1))[-1] for text in ("H", "Ж", "HЖ")}
    assert max(rows.values()) - min(rows.values()) <= 1


@given(st.text(max_size=40))
def test_nothing_is_drawn_as_the_box_of_a_missing_sign(text):
    font = built_in(20)
    box = bytes(font.getmask("\uffff"))
    shown = drawable(text)
    assert all(fonts._font_file(sign) or bytes(font.getmask(sign)) != box for sign in shown if not sign.isspace())


@given(st.lists(WORDS, max_size=12), st.integers(40, 300))
def test_wrapped_lines_fit_and_lose_no_letter(words, width):
    lines = wrapped(" ".join(words), 14, width)
    assert all(text_width(line, 14) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words)


def test_words_stay_whole_where_they_fit():
    assert wrapped("one two three", 14, 1000) == ["one two three"]
    assert wrapped("one two three", 14, text_width("three", 14) + 1) == ["one", "two", "three"]
    assert wrapped("", 14, 100) == []
