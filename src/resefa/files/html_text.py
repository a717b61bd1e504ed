"""Escaping of text for HTML: markup characters, and control characters that would be invisible in a browser."""

from __future__ import annotations

from html import escape as escape_markup

from resefa.errors import printable

LONGEST_LINE = 20_000


def visible(text: str) -> str:
    """Text whose control, direction-changing and zero-width characters are written as escapes (``\\u202e``); line breaks stay."""
    return "\n".join(printable(line, LONGEST_LINE) for line in text.split("\n"))


def escape(text: str, quote: bool = True) -> str:
    """``html.escape`` of ``visible(text)``. Whole pages are templates (``presentation.html``); this is for short fragments."""
    return escape_markup(visible(text), quote)
