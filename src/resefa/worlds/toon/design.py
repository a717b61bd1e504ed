"""The design of toon heads as data: parts in the order of drawing, kinds, palettes, and the ranges that attributes are drawn from.

The trained generator ``toon-faces`` learned this distribution: a change here makes another world.
"""

from __future__ import annotations

from dataclasses import dataclass

DRAWING = (104.0, 84.0, 560.0)
"""The part of ToonHead's 768-unit drawing that is shown: left, top and side, in units. Places below are in these units."""
CENTRE = (384.0, 400.0)
"""Point about which the head turns and scales."""
NONE = "none"
"""Kind of an absent part."""


@dataclass(frozen=True)
class Looseness:
    """Ranges in which a part moves on its head, uniform: scale in exp(-log_scale) ... exp(log_scale), shifts in units."""

    log_scale: float
    x: float
    y: float


@dataclass(frozen=True)
class Part:
    """A part of the head: one label of the label map.

    Attributes:
        name: of the label; also the attribute's name if there are several kinds.
        kinds: the drawings to choose from.
        pivot: point about which the part scales, in units.
        colour: name of the colour attribute that paints it, None for a fixed colour.
        absent: probability that a head has no such part.
        loose: ranges in which it moves, None if it is fixed to the head.
        shade: factor of its colour.
        continues: whether it continues beyond the picture's edge when the head moves up.
    """

    name: str
    kinds: tuple[str, ...]
    pivot: tuple[float, float]
    colour: str | None = None
    absent: float = 0.0
    loose: Looseness | None = None
    shade: float = 1.0
    continues: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Values of the attribute: ``none`` first if the part may be absent, then the kinds."""
        return (NONE, *self.kinds) if self.absent else self.kinds


PARTS = (
    Part(
        "rear-hair",
        ("long-straight", "long-wavy", "shoulder-high", "neck-high"),
        (384, 350),
        "hair-colour",
        absent=0.35,
        loose=Looseness(0.10, 4, 10),
        continues=True,
    ),
    Part("body", ("body",), (384, 560), "skin-colour", continues=True),
    Part("head", ("head",), (384, 360), "skin-colour"),
    Part(
        "clothes",
        ("turtle-neck", "open-jacket", "dress", "shirt", "t-shirt"),
        (384, 700),
        "clothes-colour",
        continues=True,
    ),
    Part("mouth", ("laugh", "angry", "agape", "smile", "sad"), (384, 510), loose=Looseness(0.28, 8, 10)),
    Part(
        "beard",
        ("moustache-twirl", "full-beard", "chin", "chin-moustache", "long-beard"),
        (384, 500),
        "hair-colour",
        absent=0.65,
        loose=Looseness(0.05, 2, 4),
    ),
    Part("eyes", ("happy", "wide", "bow", "humble", "wink"), (384, 405), loose=Looseness(0.16, 4, 10)),
    Part(
        "eyebrows",
        ("raised", "angry", "happy", "sad", "neutral"),
        (384, 350),
        "hair-colour",
        loose=Looseness(0.12, 4, 12),
    ),
    Part(
        "hair",
        ("side-combed", "undercut", "spiky", "bun"),
        (384, 300),
        "hair-colour",
        absent=0.12,
        loose=Looseness(0.06, 4, 6),
    ),
    Part(
        "glasses",
        ("round", "square", "sunglasses"),
        (384, 404),
        "clothes-colour",
        absent=0.65,
        loose=Looseness(0.08, 3, 6),
        shade=0.55,
    ),
)
"""In the order of drawing: a later part hides an earlier part."""

LABELS = ("background", *(part.name for part in PARTS))
"""Names of the labels, by label."""

_ORDER = ("mouth", "eyes", "eyebrows", "hair", "rear-hair", "beard", "glasses", "clothes")
KINDS: dict[str, tuple[str, ...]] = {name: part.classes for name in _ORDER for part in PARTS if part.name == name}
"""Values of each attribute of kind."""
LOOSE = tuple(name for name in _ORDER if any(part.name == name and part.loose for part in PARTS))
"""Parts that move on their head."""


@dataclass(frozen=True)
class Palette:
    """Colours of which two are mixed: ``(1 - t) first + t second`` with t uniform in [0, most)."""

    colours: tuple[str, ...]
    most: float


PALETTES = {
    "skin-colour": Palette(("5c3829", "8d5b3f", "a36b4f", "b98e6a", "c68e7a", "e5b38f", "f1c3a5", "ffdbc0"), 0.6),
    "hair-colour": Palette(
        (
            *("2c1b18", "3a2420", "724133", "a55728", "b58143", "d6b370", "c93305", "d8d0d0", "ecdcbf", "e88fa0"),
            "4a5a8c",
        ),
        0.4,
    ),
    "background-colour": Palette(
        ("b6e3f4", "c0aede", "d1d4f9", "ffd5dc", "ffdfbf", "f4f4f4", "cdeac0", "e4e8d0", "9fb8cc", "f0c9a8"), 0.6
    ),
    "clothes-colour": Palette(
        (
            *("262e33", "65c9ff", "5199e4", "25557c", "e6e6e6", "929598", "3c4f5c", "a7ffc4", "ffafb9", "ffe08a"),
            *("d8487a", "e05c4c", "4c9a6a", "6b4a8c", "f4f4f4"),
        ),
        0.5,
    ),
}
COLOURS = tuple(PALETTES)
"""Names of the colour attributes."""

POSE_LOG_SCALE, POSE_X, POSE_Y, POSE_ANGLE = 0.09, 26.0, 20.0, 0.12
"""Ranges of the head's pose: scale in exp(-range) ... exp(range), shifts in units, angle in radians."""
POSE = ("scale", "shift-x", "shift-y", "angle")
PLACE = ("scale", "shift-x", "shift-y")
"""Names of the columns of a pose and of a part's place."""
