"""Words for the effects of an edit: which effects of several images are reported, and how they are called."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

AGREEMENT = 0.6
"""Fraction of the images that must show an effect with the same sign."""
UNCLEAR = "unclear"
HARDLY = "hardly any change"
REACHED = 0.15
"""Fraction of the requested change inside below which an image counts as hardly changed."""
MOST_PHRASES = 2
OPENING = ("mouth", "lips", "eye", "eyes", "left eye", "right eye")
_PLURAL = ("eyes", "eyebrows", "glasses", "lips", "clothes", "teeth", "ears")
_HUES = (
    (30.0, "redder"), (70.0, "more orange"), (115.0, "yellower"), (190.0, "greener"), (235.0, "more turquoise"),
    (310.0, "bluer"), (345.0, "more purple"), (360.0, "redder"),
)  # fmt: skip
"""Upper ends of the hue angles in the plane of CIELAB (0 red, 90 yellow, 180 green, 270 blue)."""


@dataclass(frozen=True)
class Kinds:
    """The kinds of one attribute before and after an edit of one image, each read with confidence."""

    before: str
    after: str


@dataclass(frozen=True)
class Observation:
    """One image edited with one sign.

    Attributes:
        effects: name -> signed number; 1 is just visible.
        kinds: attribute -> kinds before and after; attributes that were not read with confidence are absent.
        reached: the change inside as a fraction of the requested change.
    """

    effects: Mapping[str, float]
    kinds: Mapping[str, Kinds]
    reached: float = 1.0


@dataclass(frozen=True)
class Phrase:
    """An effect in a caption.

    Attributes:
        text: such as "opens the mouth".
        images: the number of images that show the effect. ``total``: of images.
        size: its median there; 1 is just visible.
    """

    text: str
    images: int
    total: int
    size: float

    @property
    def share(self) -> float:
        """Fraction of the images that show the effect."""
        return self.images / self.total

    def __str__(self) -> str:
        return self.text if self.images == self.total else f"{self.text} ({self.images} of {self.total})"


def phrases(observations: Sequence[Observation], part: str) -> list[Phrase]:
    """The effects that most images show: kinds of the part, then the clearest effects, then other attributes that change.

    Args:
        part: name of the edited part, for example ``mouth``.
    """
    total = len(observations)
    changed = [one for one in observations if one.reached >= REACHED]
    if len(changed) < AGREEMENT * total:
        return [Phrase(HARDLY, total - len(changed), total, 0.0)] if len(changed) <= (1 - AGREEMENT) * total else []
    found = [
        *_kind_phrases(observations, part),
        *_effect_phrases(observations, part),
        *_other_kinds(observations, part),
    ]
    shown: list[Phrase] = []
    for one in found:
        if one.share >= AGREEMENT and one.text not in [other.text for other in shown]:
            shown.append(one)
    return shown


def caption(plus: Sequence[Phrase], minus: Sequence[Phrase]) -> str:
    """The caption of both signs: ``+ opens the mouth; - closes the mouth``."""
    up, down = (", ".join(map(str, side[:MOST_PHRASES])) or UNCLEAR for side in (plus, minus))
    return UNCLEAR if up == down == UNCLEAR else f"+ {up}; - {down}"


def _changed_kinds(observations: Sequence[Observation], attribute: str) -> list[Kinds]:
    found = [one.kinds[attribute] for one in observations if attribute in one.kinds]
    return [each for each in found if each.before != each.after]


def _kind_phrases(observations: Sequence[Observation], part: str) -> list[Phrase]:
    """Changes of kind and colour of the edited part; the most frequent kind after the edit counts."""
    found: list[Phrase] = []
    total = len(observations)
    for attribute in (part.replace(" ", "-"), f"{part.replace(' ', '-')}-colour"):
        changed = _changed_kinds(observations, attribute)
        if not changed:
            continue
        (kind, count), *_ = Counter(each.after for each in changed).most_common(1)
        noun, before = attribute.replace("-", " "), {each.before for each in changed}
        if kind == "none":
            text = f"removes the {noun}"
        elif before == {"none"}:
            text, count = f"adds {_with_article(noun)}", len(changed)
        elif len(before) == 1:
            text = f"{noun}: {before.pop()} -> {kind}"
        else:
            text = f"{noun}: {kind}"
        found.append(Phrase(text, count, total, 2.0))
    return found


def _other_kinds(observations: Sequence[Observation], part: str) -> list[Phrase]:
    """Kinds of other parts that change too."""
    total = len(observations)
    own = part.replace(" ", "-")
    others = dict.fromkeys(name for one in observations for name in one.kinds if name not in (own, f"{own}-colour"))
    counted = {name: len(_changed_kinds(observations, name)) for name in others}
    return [
        Phrase(f"also changes the {name.replace('-', ' ')}", count, total, 1.0)
        for name, count in counted.items()
        if count
    ]


def _with_article(noun: str) -> str:
    return noun if noun in _PLURAL or noun.endswith("hair") else f"a {noun}"


def _effect_phrases(observations: Sequence[Observation], part: str) -> list[Phrase]:
    found: list[Phrase] = []
    total = len(observations)
    for name in dict.fromkeys(name for one in observations for name in one.effects):
        if name in ("red", "yellow"):
            continue
        values = [one.effects.get(name, 0.0) for one in observations]
        for sign in (1, -1):
            seen = [abs(value) for value in values if value * sign >= 1]
            if seen and (text := _words(name, sign, part, observations)):
                found.append(Phrase(text, len(seen), total, median(seen)))
    found += _hue_phrases(observations, part)
    return sorted(found, key=lambda one: -one.share * one.size)


def _hue_phrases(observations: Sequence[Observation], part: str) -> list[Phrase]:
    """The change of colour, if the images agree on its direction in the colour plane."""
    total = len(observations)
    pairs = [(one.effects.get("red", 0.0), one.effects.get("yellow", 0.0)) for one in observations]
    red, yellow = (sum(pair[i] for pair in pairs) / total for i in (0, 1))
    length = math.hypot(red, yellow)
    if length < 0.5:
        return []
    along = [(a * red + b * yellow) / length for a, b in pairs]
    seen = [value for value in along if value >= 1]
    if not seen:
        return []
    angle = math.degrees(math.atan2(yellow, red)) % 360
    return [Phrase(f"makes the {part} {hue_word(angle)}", len(seen), total, median(seen))]


def hue_word(angle: float) -> str:
    """The word for a change of colour in the direction of a hue angle (degrees, CIELAB): "redder"."""
    return next(word for end, word in _HUES if angle <= end)


def _words(name: str, sign: int, part: str, observations: Sequence[Observation]) -> str:
    """The words for one effect with a sign; empty text for an effect that another one describes better."""
    up = sign > 0
    if name in ("area", "height", "width") and part in OPENING:
        # A mouth that opens grows in height; a wider mouth is not more open.
        return {
            "height": f"{'opens' if up else 'closes'} the {part}",
            "width": f"{'widens' if up else 'narrows'} the {part}",
            "area": ""
            if any("height" in one.effects for one in observations)
            else f"{'enlarges' if up else 'shrinks'} the {part}",
        }[name]
    pairs = {
        "lightness": (f"brightens the {part}", f"darkens the {part}"),
        "edges": (f"sharpens the {part}", f"smooths the {part}"),
        "area": (f"enlarges the {part}", f"shrinks the {part}"),
        "down": (f"moves the {part} down", f"moves the {part} up"),
        "right": (f"moves the {part} right", f"moves the {part} left"),
        "appears": (f"adds {_with_article(part)}", f"removes the {part}"),
        "height": ("", ""),
        "width": ("", ""),
    }
    return pairs[name][0 if up else 1]
