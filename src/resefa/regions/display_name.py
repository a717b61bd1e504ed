"""What a region is called on sheets and pages: short, and made of its text alone, so that a directions file's region has it too."""

from __future__ import annotations

import re

from resefa.errors import printable
from resefa.regions.presets import ALIASES, preset_families

LONGEST = 48
_LOOKED_AT = 2000

_QUOTED = re.compile(r"""'((?:[^']|'')*)'|"((?:[^"]|"")*)\"""")
_POLYGON = re.compile(r"polygon:([-+0-9.,;%\s]*[0-9.%])", re.IGNORECASE)
_SHAPE = re.compile(r"(box|ellipse):([-+0-9.,%\s]*[0-9.%])", re.IGNORECASE)
_ARRAY = re.compile(r"(mask|labels)\[(\d+)x(\d+) sha256:[0-9a-f]+\]")
_WORD = re.compile(r"[^\s+&!()~#]+")
_LONG_NUMBER, _SHORT_NUMBER = re.compile(r"(\d+\.\d{2})\d+"), r"\1"
_FAMILY = re.compile(rf"\b(?:{'|'.join([*preset_families(), *ALIASES])}):", re.IGNORECASE)


def display_name(text: str) -> str:
    """A region's text for people, at most ``LONGEST`` characters and all of them visible.

    A preset has its part's name, a polygon the number of its points, a file its name without folders, an array in memory
    its size.
    """
    text = _POLYGON.sub(lambda polygon: f"polygon ({polygon[1].count(';') + 1} points)", text)[:_LOOKED_AT]
    text = _QUOTED.sub(lambda quoted: _base(quoted[1] or quoted[2] or ""), text)
    text = _SHAPE.sub(lambda shape: f"{shape[1]} {_LONG_NUMBER.sub(_SHORT_NUMBER, shape[2])}", text)
    text = _ARRAY.sub(r"\1 (\2 x \3)", text)
    text = _FAMILY.sub("", _WORD.sub(lambda word: _base(word[0]), text))
    text = text.replace("#", " #").replace("&", " & ").replace("+", " + ")
    return printable(" ".join(text.split()), LONGEST)


def _base(name: str) -> str:
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1]
