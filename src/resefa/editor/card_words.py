"""Words of cards: captions in everyday words, and a headline for each end of a slider."""

from __future__ import annotations

import re

from resefa.editing.strength_search import FAR, GONE, SATURATED, SPREAD
from resefa.refinement.caption_words import UNCLEAR
from resefa.refinement.strength_profile import SATURATES, UNUSUAL

KINDS = {
    "humble": "lowered", "bow": "closed", "agape": "open", "wide": "wide open", "side-combed": "combed to the side", "none": "none",
}  # fmt: skip
"""Kinds of parts of the drawn heads whose names do not speak for themselves."""
REASONS = {
    UNUSUAL: "a longer step would no longer look like a picture of this model",
    FAR: "a longer step would lead to another picture altogether",
    SATURATES: "a longer step hardly changes the region any more",
    SATURATED: "a longer step would change the rest of the picture more than the region",
    SPREAD: "a longer step would change too much of the rest of the picture",
    GONE: "a longer step would turn the rest into another picture",
}
"""Why the range of a slider ends, in everyday words."""
_KIND = re.compile(r"(?P<part>[a-z][a-z ]*): (?:[\w -]+ -> )?(?P<kind>[\w -]+?)(?P<images> \(\d+ of \d+\))?")
_WEAK = ("brightens", "darkens", "smooths", "sharpens")


def plain_words(caption: str) -> str:
    """One sign of a caption in everyday words: "mouth: agape -> laugh" becomes "mouth: laugh"; empty if unclear."""
    return ", ".join(_plain(phrase) for phrase in caption.split(", ") if phrase != UNCLEAR)


def _plain(phrase: str) -> str:
    kind = _KIND.fullmatch(phrase)
    if kind is None:
        return phrase
    return f"{kind['part']}: {KINDS.get(kind['kind'], kind['kind'])}{kind['images'] or ''}"


def plain_reason(reason: str) -> str:
    """Why the range of a slider ends, in everyday words; reasons of other programs' files stay as they are."""
    return REASONS.get(reason, reason)


def headline(words: str) -> str:
    """The phrase that names one end of a slider: kinds, things that appear, go, open, close or move before changes of light."""
    phrases = [phrase for phrase in words.split(", ") if phrase and not phrase.startswith("also ")]
    strong = [phrase for phrase in phrases if not phrase.startswith(_WEAK)]
    return next(iter(strong or phrases), "")


def title(minus: str, plus: str) -> str:
    """The headlines of both ends together: "eyes: wide open ↔ closed"; one of them if they are the same; empty if there is none."""
    part, colon, kind = plus.partition(": ")
    if colon and minus.startswith(f"{part}: ") and kind != minus.removeprefix(f"{part}: "):
        return f"{minus} ↔ {kind}"
    return " ↔ ".join(dict.fromkeys(filter(None, (minus, plus))))
