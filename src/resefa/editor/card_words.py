"""Words of cards: those of a caption by sign, a headline for each end of a slider, a title, and why a range ends."""

from __future__ import annotations

from resefa.editing.strength_search import FAR, GONE, SATURATED, SPREAD
from resefa.refinement.caption_words import UNCLEAR
from resefa.refinement.strength_profile import SATURATES, UNUSUAL

REASONS = {
    UNUSUAL: "a longer step would no longer look like a picture of this model",
    FAR: "a longer step would lead to another picture altogether",
    SATURATES: "a longer step hardly changes the region any more",
    SATURATED: "a longer step would change the rest of the picture more than the region",
    SPREAD: "a longer step would change too much of the rest of the picture",
    GONE: "a longer step would turn the rest into another picture",
}
"""Why the range of a slider ends, in everyday words."""


def plain_reason(reason: str) -> str:
    """Why the range of a slider ends, in everyday words; reasons of other programs' files stay as they are."""
    return REASONS.get(reason, reason)


def signs(caption: str) -> tuple[str, str]:
    """The words of the signs + and - in a caption ``+ eyes: open; - eyes: closed``; empty where the caption is unclear or missing."""
    plus, found, minus = caption.partition("; - ")
    if not found or not plus.startswith("+ "):
        return "", ""
    plus = plus[2:]
    return "" if plus == UNCLEAR else plus, "" if minus == UNCLEAR else minus


def headline(words: str) -> str:
    """The phrase that names one end of a slider: the first that says more than which other parts change."""
    return next((phrase for phrase in words.split(", ") if phrase and not phrase.startswith("also ")), "")


def title(minus: str, plus: str) -> str:
    """The headlines of both ends together: "eyes: wide open ↔ closed"; one of them if they are the same; empty if there is none."""
    part, colon, kind = plus.partition(": ")
    if colon and minus.startswith(f"{part}: ") and kind != minus.removeprefix(f"{part}: "):
        return f"{minus} ↔ {kind}"
    return " ↔ ".join(dict.fromkeys(filter(None, (minus, plus))))
