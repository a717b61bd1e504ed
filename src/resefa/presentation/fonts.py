"""Text in pictures: Pillow's built-in font, so that a sheet looks the same on every machine, and line breaks."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import ImageFont

# Signs that the field's labels use and the built-in font does not draw. It would print an empty box for them.
_SPELLED = {
    "−": "-", "–": "-", "—": "-", "×": "x", "→": "->", "≤": "<=", "≥": ">=", "≈": "~", "²": "^2", "’": "'", "‘": "'",
    "“": '"', "”": '"', "α": "alpha", "λ": "lambda", "τ": "tau", "σ": "sigma", "Δ": "delta ", "µ": "u", "ß": "ss",
}  # fmt: skip


@cache
def lettering(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The built-in font at ``size`` pixels."""
    return ImageFont.load_default(size)


def drawable(text: str) -> str:
    """``text`` with the signs that the font lacks spelled in ASCII, accents dropped, and "?" where nothing else helps."""
    return "".join(_drawable_character(character) for character in text)


def wrapped(text: str, size: int, width: float) -> list[str]:
    """Break drawable text at spaces into lines of at most ``width`` pixels; a longer word is cut."""
    lines: list[str] = []
    for word in drawable(text).split():
        if lines and _width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
            continue
        while len(word) > 1 and _width(word, size) > width:
            fits = next((n for n in range(len(word) - 1, 1, -1) if _width(word[:n], size) <= width), 1)
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


def _width(text: str, size: int) -> float:
    return lettering(size).getlength(text)


@cache
def _drawable_character(character: str) -> str:
    if character.isspace() or _has_glyph(character):
        return character
    if character in _SPELLED:
        return _SPELLED[character]
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return plain if plain and all(_has_glyph(c) for c in plain) else "?"


@cache
def _has_glyph(character: str) -> bool:
    # Pillow does not tell which characters a font has: a missing one is drawn as the same box as a code that
    # Unicode will never assign.
    box, drawn = (lettering(20).getmask(c) for c in ("\uffff", character))
    return (box.size, bytes(box)) != (drawn.size, bytes(drawn))
