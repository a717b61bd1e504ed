"""Facts about each direction, measured on edited images. The annotations are the schema of ``facts`` in a directions file.

A further fact is a field here with a default, and a line in ``sentences``; files without the field remain readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from math import nan
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from resefa.directions.strength_profile import StrengthProfile
from resefa.errors import DirectionsError, printable

if TYPE_CHECKING:
    from typing import TypeAlias

LONGEST_FACTS = 2**21
"""Largest size of the facts of all directions in bytes of JSON: in a header of at most 8 MiB, where quotes are escaped once more."""
_SHOWN = 120
Caption = Annotated[str, Meta(max_length=200)]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=1, le=2**20)]
ENOUGH = 0.9
"""Fraction of the score of all images from which fewer images are enough."""


@dataclass(frozen=True)
class Transfer:
    """The transfer of a direction to images that were not analysed, to first order.

    A score is the Rayleigh quotient of a direction on an image that took no part, as a fraction of the quotient of the image's best direction.

    Attributes:
        scores: of analysed images, each left out in turn: the score there of the direction of all other images.
        images: numbers of analysed images on the curve, ascending.
        curve: for each of these numbers, the median score of directions of so many images on the others.
    """

    scores: Annotated[tuple[Share, ...], Meta(max_length=1000)] = ()
    images: Annotated[tuple[Count, ...], Meta(max_length=64)] = ()
    curve: Annotated[tuple[Share, ...], Meta(max_length=64)] = ()

    @property
    def median(self) -> float:
        """The median score of the images left out; NaN without scores."""
        return median(self.scores) if self.scores else nan

    @property
    def worst(self) -> float:
        """The lowest score of the images left out; NaN without scores."""
        return min(self.scores, default=nan)

    @property
    def enough(self) -> int | None:
        """The smallest number of images on the curve with at least ``ENOUGH`` of the median score; None if no number has."""
        points = zip(self.images, self.curve, strict=False)
        return next((images for images, score in points if score >= ENOUGH * self.median), None)

    def sentence(self) -> str:
        """The scores and the curve as text; empty without scores."""
        if not self.scores:
            return ""
        found = f"transfer: {self.median:.2f} of the best quotient on images left out (median of {len(self.scores)}; worst {self.worst:.2f})"
        if self.curve:
            points = ", ".join(f"{images}: {score:.2f}" for images, score in zip(self.images, self.curve, strict=False))
            found += f"; by number of images {points}"
        return found


@dataclass(frozen=True)
class DirectionFacts:
    """Facts about one direction. All fields are optional: a fact that was not measured has its default.

    Attributes:
        caption: what changes in a few words, such as ``opens the mouth``.
        caption_details: the figures behind the caption, by name.
        strength: how far each sign goes, and steps that look even.
        transfer: how well the direction works on other images.
        orientation: the meaning of a strength above 0, such as ``brighter inside the region``.
        orientation_share: of several analysed images, the fraction on which a strength above 0 has this meaning.
        near: largest absolute correlation of the change of the image with that of a better direction in the same file, from 0 to 1.
    """

    caption: Caption = ""
    caption_details: Annotated[dict[Caption, float], Meta(max_length=64)] = field(default_factory=dict)
    strength: StrengthProfile | None = None
    transfer: Transfer | None = None
    orientation: Caption = ""
    orientation_share: Share | None = None
    near: Share | None = None

    def in_another_region(self) -> DirectionFacts:
        """The facts that remain after a change of region: those not measured in the region."""
        return replace(self, strength=None, transfer=None, near=None, orientation_share=None)

    def as_dict(self) -> dict[str, Any]:
        """A dictionary for JSON, without fields that have their default."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", {})}

    def sentences(self) -> list[str]:
        """The facts as lines of text for ``resefa show``, without line breaks."""
        found = [printable(self.caption, _SHOWN)] if self.caption else []
        if self.orientation:
            share = "" if self.orientation_share is None else f" on {self.orientation_share:.0%} of the analysed images"
            found.append(f"+ is {printable(self.orientation, _SHOWN)}{share}")
        if self.transfer is not None and (said := self.transfer.sentence()):
            found.append(said)
        if self.near is not None:
            found.append(f"largest correlation with a better direction: {self.near:.2f}")
        if self.strength is not None:
            found += self.strength.sentences()
        return found


Facts: TypeAlias = "tuple[DirectionFacts, ...] | None"


def check_facts(facts: Any, count: int) -> None:
    """Raise DirectionsError unless the facts are None, or a tuple with one entry for each direction."""
    if facts is None:
        return
    if not isinstance(facts, tuple) or not all(isinstance(one, DirectionFacts) for one in facts):
        raise DirectionsError(
            f"facts is a {type(facts).__name__}; expected a tuple of resefa.directions.DirectionFacts, one for each direction."
        )
    if len(facts) != count:
        raise DirectionsError(f"facts has {len(facts)} entries; expected {count}, one for each direction.")


def facts_of(facts: Facts, indices: Sequence[int]) -> Facts:
    """The facts of the directions with these indices, in this order."""
    return None if facts is None else tuple(facts[i] for i in indices)


def facts_in_another_region(facts: Facts) -> Facts:
    """The facts that remain after a change of region."""
    return None if facts is None else tuple(one.in_another_region() for one in facts)
