"""Text in pictures: the font, characters that it lacks, and line breaks.

Pillow's built-in font draws the sheets, so that equal labels look equal on every machine. It has little more than ASCII. A character
that it lacks is drawn, in this order of preference,

1. spelled in ASCII, if it is one of the field's signs: "−" as "-", "λ" as "lambda";
2. by an installed font that has it (``INSTALLED``), for scripts that need no shaping: Latin with accents, Greek, Cyrillic, Chinese,
   Japanese, Korean;
3. without its accent;
4. as its escape, "\\u65e5": text is never replaced by question marks or boxes.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import cast

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
INSTALLED = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf",
    "SourceHanSans.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "wqy-microhei.ttc", "wqy-zenhei.ttc", "NanumGothic.ttf",
    "ipag.ttf", "unifont.otf",  # Linux
    "Arial Unicode.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc",  # macOS
    "segoeui.ttf", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "simsun.ttc",  # Windows
)  # fmt: skip
"""Fonts with many characters, by file name, in order of preference."""
_SPELLED = {
    "−": "-", "–": "-", "—": "-", "×": "x", "→": "->", "≤": "<=", "≥": ">=", "≈": "~", "²": "^2", "’": "'", "‘": "'",
    "“": '"', "”": '"', "α": "alpha", "λ": "lambda", "τ": "tau", "σ": "sigma", "Δ": "delta ", "µ": "u", "ß": "ss",
}  # fmt: skip
_MISSING = "\uffff"
"""A code point that Unicode never assigns: fonts draw the box of a missing character."""


def drawable(text: str) -> str:
    """The text with a replacement for every character that cannot be drawn, in the module's order of preference."""
    return "".join(_drawable_character(character) for character in text)


def escaped_character(character: str) -> str:
    """The Python escape sequence of a character, for example ``\\u65e5``."""
    return character.encode("unicode_escape").decode("ascii")


def is_simple(character: str) -> bool:
    """Whether a character can be drawn alone, from left to right: not a combining mark, and not of a right-to-left script."""
    left_to_right = unicodedata.bidirectional(character) not in ("R", "AL", "AN", "RLE", "RLO", "RLI")
    return left_to_right and not unicodedata.category(character).startswith(("M", "C"))


def text_width(text: str, size: int) -> float:
    """Width in pixels of drawable text at ``size`` pixels."""
    return sum(font.getlength(run) for run, font in _runs(text, size))


def draw_text(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, colour: tuple[int, int, int], size: int
) -> None:
    """Draw drawable text; ``place`` is the left end of the built-in font's ascender line."""
    left, top = place
    for run, font in _runs(text, size):
        if font is built_in(size):
            draw.text((left, top), run, colour, font, anchor="la")
        else:
            draw.text((left, top + built_in(size).getmetrics()[0]), run, colour, font, anchor="ls")
        left += font.getlength(run)


def wrapped(text: str, size: int, width: float) -> list[str]:
    """Drawable lines of at most ``width`` pixels, broken at spaces; a longer word is split."""
    lines: list[str] = []
    for word in drawable(text).split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
            continue
        while len(word) > 1 and text_width(word, size) > width:
            fits = next((n for n in range(len(word) - 1, 1, -1) if text_width(word[:n], size) <= width), 1)
            lines.append(word[:fits])
            word = word[fits:]
        lines.append(word)
    return lines


@cache
def built_in(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's built-in font at ``size`` pixels."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _runs(text: str, size: int) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """Consecutive pieces of the text, each with the font that draws it."""
    for path, characters in groupby(text, _font_file):
        yield "".join(characters), built_in(size) if path is None else _installed_font(path, size)


@cache
def _drawable_character(character: str) -> str:
    if character.isspace() or _has_glyph(None, character):
        return character
    if character in _SPELLED:
        return _SPELLED[character]
    if _font_file(character) is not None:
        return character
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return plain if plain and all(_has_glyph(None, c) for c in plain) else escaped_character(character)


@cache
def _font_file(character: str) -> Path | None:
    """The installed font that draws a character; None for the built-in font."""
    if character.isspace() or _has_glyph(None, character) or not is_simple(character):
        return None
    return next((path for path in _installed() if _has_glyph(path, character)), None)


@cache
def _has_glyph(path: Path | None, character: str) -> bool:
    # Pillow does not tell which characters a font has: a missing one is drawn as the box of an unassigned code point.
    font = built_in(20) if path is None else _installed_font(path, 20)
    box, drawn = (font.getmask(c) for c in (_MISSING, character))
    return (box.size, _bytes_of(box)) != (drawn.size, _bytes_of(drawn))


def _bytes_of(mask: Image.core.ImagingCore) -> bytes:
    """The pixels of a mask, which Pillow's types do not declare as the sequence that it is."""
    return bytes(cast("Sequence[int]", mask))


@cache
def _installed_font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


@cache
def _installed() -> tuple[Path, ...]:
    """The installed fonts among ``INSTALLED``, those that can be opened."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for at, _, names in os.walk(folder):
            for name in names:
                found.setdefault(name, Path(at) / name)
    return tuple(found[name] for name in INSTALLED if name in found and _opens(found[name]))


def _opens(path: Path) -> bool:
    try:
        _installed_font(path, 20)
    except OSError:
        return False
    return True


def _folders() -> list[Path]:
    """The system's folders of fonts; never the working folder, where an untrusted file may lie."""
    home = Path.home()
    if sys.platform == "win32":
        folder = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        return [folder, home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    return [home / ".local/share/fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]
