"""Text for pages: HTML's signs escaped, and made visible what a browser would obey or draw as nothing."""

from __future__ import annotations

import html

from resefa.errors import printable

LONGEST_LINE = 20_000


def escape(text: str, quote: bool = True) -> str:
    """``html.escape`` of text whose control, direction-turning and zero-width characters are shown; line breaks stay."""
    return html.escape("\n".join(printable(line, LONGEST_LINE) for line in text.split("\n")), quote)
