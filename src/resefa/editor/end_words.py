"""Words for the two ends of a slider, read from the very pictures at its ends; where they are uncertain, no words.

A wrong word misleads more than a missing word: the card shows both pictures. So a kind ("eyes: closed") is said only if the reader of
attributes is sure of it and the area of the part, which the segmenter marks independently, agrees; a colour only if the part changes
by about the same colour everywhere. Beards and moods of eyebrows are never said: the reader finds them in mouths and lids of edited heads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from resefa.generators.base import BaseGenerator
from resefa.refinement.caption_words import UNCLEAR, hue_word
from resefa.refinement.image_effects import COLOUR, LIGHTNESS, lab
from resefa.refinement.read_kinds import read_kinds
from resefa.regions.image_parts import ImageParts, parts_of
from resefa.types import PixelWeights

Mask = npt.NDArray[np.bool_]
SURE = 0.9
"""Smallest probability of a kind, and that the image shows the part."""


@dataclass(frozen=True)
class Kind:
    """How a kind of a part is called, and the area that the part then has.

    Attributes:
        word: in everyday language.
        least, most: of the part's area, as fractions of the image.
    """

    word: str
    least: float = 0.0
    most: float = 1.0


_CLOSED, _OPEN = Kind("closed", most=0.0095), Kind("open", least=0.018)
_GLASSES = Kind("glasses", least=0.015)
KINDS: Mapping[str, Mapping[str, Kind]] = {
    "glasses": {
        "none": Kind("no glasses", most=0.003), "round": _GLASSES, "square": _GLASSES,
        "sunglasses": Kind("sunglasses", least=0.015),
    },
    "eyes": {
        "humble": _CLOSED, "bow": _CLOSED, "happy": _OPEN, "wide": Kind("wide open", least=0.018),
        "wink": Kind("winking", least=0.009, most=0.026),
    },
    "mouth": {
        "laugh": Kind("laughing", least=0.008), "angry": Kind("grimace", least=0.005), "agape": Kind("round", least=0.002),
        "smile": Kind("smiling"), "sad": Kind("closed", most=0.005),
    },
}  # fmt: skip
"""Attributes of the toon heads whose kinds are said, in the order in which they lead, with areas seen on edited heads."""
_SPEAKS = frozenset({"glasses"})
"""Attributes whose words need no name of the part before them."""
INSIDE = 0.3
"""Fraction of a part's pixels that must lie in the region for its kinds to be said, and for the part to name a card. Boxes are rough."""
SHARE, MOST_SHARE = 0.2, 0.6
"""Fractions of the change inside the region that lie in the part by whose name a card goes: with ``INSIDE``, and without. Colours are
said from the second on."""
UNIFORM = 0.5
"""Fraction of the squared change of colour that the mean change must explain to be said."""
_VISIBLE = 2.0
"""Multiple of the smallest visible change of colour that is said."""
_GROWS, _SHRINKS, _GONE, _HAIRY = 1.25, 0.8, 0.02, 0.03
"""Ratios of areas of hair that are said, and the least area, as a fraction of the image, of the larger: bald heads shine."""
WHOLE = ("background", "head", "body", "face")
"""Parts that contain others; they name a card only if no other part does."""
_HAIR = ("hair", "front-hair", "rear-hair")
_SHAPED = ("mouth", "eyes", "left-eye", "right-eye", "glasses")
"""Parts whose look is their shape: a mouth that opens gets darker, but nobody would say so."""
LEAST_BEARD = 0.01
"""Smallest area of a beard, as a fraction of the image: smaller beards are shadows below the mouth."""
_OPENING, _SHUT = 35.0, 0.35
"""Difference from the face's colour (CIELAB units) of an open mouth's pixels, and the fraction of them that a closed mouth has."""


@dataclass(frozen=True)
class EndWords:
    """Words for the ends of a slider.

    Attributes:
        minus, plus: phrases for both ends, the leading phrase first; empty where nothing is certain.
    """

    minus: tuple[str, ...]
    plus: tuple[str, ...]

    @property
    def caption(self) -> str:
        """The words in the form of captions: ``+ eyes: open; - eyes: closed``."""
        plus, minus = (", ".join(phrases) or UNCLEAR for phrases in (self.plus, self.minus))
        return UNCLEAR if plus == minus == UNCLEAR else f"+ {plus}; - {minus}"


def end_words(generator: BaseGenerator, images: Tensor, weights: PixelWeights) -> EndWords:
    """Words for the pictures (3, c, h, w) at -1, 0 and +1 of a slider, in [-1, 1].

    Args:
        weights: (h, w) of the edited region.
    """
    inside = weights.to("cpu", torch.float64) / weights.max().clamp_min(1e-12)
    parts = None if generator.segmenter is None else parts_of(images, generator.segmenter)
    part, share = ("", 1.0) if parts is None else _changed_part(images, parts, inside)
    phrases: tuple[list[str], list[str]] = ([], [])
    if parts is not None:
        _add_kinds(phrases, read_kinds(generator, images, confidence=SURE, visible=SURE), parts, inside, part)
    for found, end in zip(phrases, (0, 2), strict=True):
        if not any(not phrase.startswith("also ") for phrase in found):
            found[:0] = _looks(images, parts, inside, part, end) if share >= MOST_SHARE or part == "mouth" else []
    minus, plus = (tuple(found[:2]) for found in phrases)
    return EndWords(minus, plus)


def _plain(part: str) -> str:
    return "hair" if part == "front-hair" else part.replace("-", " ")


def _changed_part(images: Tensor, parts: Sequence[ImageParts], inside: Tensor) -> tuple[str, float]:
    """The part in which most of the change inside the region lies, and the fraction of the change there; of no part, 1."""
    changes = (images[[0, 2]] - images[1]).square().mean(1).to("cpu", torch.float64) * inside
    total = float(changes.sum())
    if not total:
        return "", 1.0
    shares: dict[str, float] = {}
    inner: dict[str, bool] = {}
    for end, change in zip((0, 2), changes, strict=True):
        for name in parts[1].present:
            before = parts[1].mask(name)
            if name == "beard" and before.mean() < LEAST_BEARD:
                continue
            mask = torch.from_numpy(before | parts[end].mask(name))
            inner[name] = inner.get(name, True) and float(inside[mask].sum()) >= INSIDE * float(mask.sum())
            shares[name] = shares.get(name, 0.0) + float(change[mask].sum()) / total
    likely = [name for name, share in shares.items() if share >= (SHARE if inner[name] else MOST_SHARE)]
    # Of the eyes and the left eye, the eyes, unless almost all of the change lies in the left eye.
    ranked = sorted(likely, key=lambda name: (name in WHOLE, -round(shares[name], 1), "-" in name, name))
    return (ranked[0], shares[ranked[0]]) if ranked else ("", 1.0)


def _add_kinds(
    phrases: tuple[list[str], list[str]],
    kinds: Sequence[Mapping[str, str]],
    parts: Sequence[ImageParts],
    inside: Tensor,
    part: str,
) -> None:
    """Add the kinds that the ends show: those of parts in the region, then a remark on other parts that change."""
    others: tuple[list[str], list[str]] = ([], [])
    # A segmenter of the user's may mark other parts than that of the toon heads.
    known = [name for name in KINDS if name in parts[0].groups]
    ranked = sorted(known, key=lambda name: (name not in _SPEAKS, name != part))
    for attribute in ranked:
        words = [_word(attribute, found, one) for found, one in zip(kinds, parts, strict=True)]
        if attribute == "eyes":  # glasses hide them, or are taken for lids
            words = ["" if _wears(one) else word for word, one in zip(words, parts, strict=True)]
        masks = [one.mask(attribute) for one in parts]
        union = torch.from_numpy(masks[0] | masks[1] | masks[2])
        here = bool(union.any()) and float(inside[union].sum()) >= INSIDE * float(union.sum())
        minus, before, plus = words
        for found, other, word, opposite in (
            (phrases[0], others[0], minus, plus),
            (phrases[1], others[1], plus, minus),
        ):
            differs = (before and word != before) or (opposite and word != opposite)
            if not word or not differs:
                continue
            if here:
                found.append(word if attribute in _SPEAKS else f"{attribute}: {word}")
            elif before and word != before:
                other.append(f"also changes the {attribute}")
    for found, other in zip(phrases, others, strict=True):
        found.extend(other)


def _word(attribute: str, kinds: Mapping[str, str], parts: ImageParts) -> str:
    """The word for the kind of a part; empty if it is uncertain, or the part's area speaks against it."""
    kind = KINDS[attribute].get(kinds.get(attribute, ""))
    if kind is None:
        return ""
    area = float(parts.mask(attribute).mean())
    return kind.word if kind.least <= area <= kind.most else ""


def _wears(parts: ImageParts) -> bool:
    return "glasses" in parts.groups and float(parts.mask("glasses").mean()) >= _GLASSES.least


def _looks(images: Tensor, parts: Sequence[ImageParts] | None, inside: Tensor, part: str, end: int) -> list[str]:
    """The change of size and colour of the part at one end; of a mouth, whether it closes."""
    found: list[str] = []
    weights = inside
    if part == "mouth" and parts is not None:
        return ["mouth: closed"] if _closes(lab(images[1]), lab(images[end]), parts, end) else []
    if part in _SHAPED:
        return []
    if parts is not None and part:
        before, after = (parts[i].mask(part) for i in (1, end))
        found += _growth(before, after) if part in _HAIR else []
        common = torch.from_numpy(before & after).double()
        if float(common.sum()) > 0.25 * float(before.sum()):
            weights = common
        elif found:
            return [f"{found[0]} {_plain(part)}"]
    colours = _colours(lab(images[1]), lab(images[end]), weights)
    if found:
        return [f"{' and '.join(found + colours)} {_plain(part)}"]
    return [f"{_plain(part)}: {word}" if part else word for word in colours]


def _growth(before: Mask, after: Mask) -> list[str]:
    if max(before.mean(), after.mean()) < _HAIRY:
        return []
    ratio = float(after.sum()) / max(float(before.sum()), 1.0)
    if ratio < _GONE:
        return ["no"]
    return ["more"] if ratio >= _GROWS else ["less"] if ratio <= _SHRINKS else []


def _closes(before: Tensor, after: Tensor, parts: Sequence[ImageParts], end: int) -> bool:
    """Whether the pixels of an open mouth, which differ from the skin around, are gone at one end; False where no head is marked."""
    if "head" not in parts[1].groups:
        return False
    mouth = torch.from_numpy(parts[1].mask("mouth") | parts[end].mask("mouth"))
    skin = torch.from_numpy(parts[1].mask("head") & parts[end].mask("head")) & ~mouth
    if not bool(mouth.any()) or not bool(skin.any()):
        return False
    counts = [
        int(((one - one[:, skin].median(1).values[:, None, None]).norm(dim=0)[mouth] > _OPENING).sum())
        for one in (before, after)
    ]
    return counts[0] >= mouth.numel() * KINDS["mouth"]["agape"].least and counts[1] <= _SHUT * counts[0]


def _colours(before: Tensor, after: Tensor, weights: Tensor) -> list[str]:
    """The word for a change of colour that is about the same everywhere in the weights: "darker" or "bluer"; none of small changes."""
    total = weights.sum()
    change = after - before
    mean = (change * weights).sum((1, 2)) / total
    size = float((change.square().sum(0) * weights).sum() / total)
    if float(mean.square().sum()) < UNIFORM * size:
        return []
    lightness, red, yellow = mean.tolist()
    found = {
        "lighter" if lightness > 0 else "darker": abs(lightness) / LIGHTNESS,
        hue_word(math.degrees(math.atan2(yellow, red)) % 360): math.hypot(red, yellow) / COLOUR,
    }
    strongest = max(found, key=lambda word: found[word])
    return [strongest] if found[strongest] >= _VISIBLE else []
