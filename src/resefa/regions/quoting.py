"""How a person's own text is quoted back in a sentence."""

from __future__ import annotations

_LONGEST = 100


def shown(text: object) -> str:
    """The text in quotes, with odd characters escaped, cut where it is very long."""
    text = str(text)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")
