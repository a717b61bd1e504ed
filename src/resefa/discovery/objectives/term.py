"""A term of ``vary`` or ``hold``: a feature, the region in which it counts, and its weight; and the text of a term.

Grammar: ``FEATURE[:ARGUMENT][@REGION][=WEIGHT]``, for example ``luminance``, ``low-frequencies:12``, ``features:toon-attributes=2``,
``pixels@eyes=0.5``. The region is ``inside`` (the edited region), ``outside`` (what the region protects), ``image`` or any region's text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

from resefa.discovery.objectives.attribute_features import Attributes, attribute_names
from resefa.discovery.objectives.feature import Chroma, Feature, Luminance, PixelValues
from resefa.discovery.objectives.frequencies import DEFAULT_CUTOFF, HighFrequencies, LowFrequencies
from resefa.discovery.objectives.network_features import NETWORKS, NetworkFeatures
from resefa.errors import UsageError, did_you_mean, printable, shown_value
from resefa.metrics.features.protocol import FeatureExtractor

INSIDE, OUTSIDE, IMAGE = "inside", "outside", "image"
PLACES = (INSIDE, OUTSIDE, IMAGE)
"""Regions of a term that follow the edited region."""
_TEXT = re.compile(r"\s*([\w-]+)\s*(?::([^@=]*))?(?:@(.*?))?(?:=([^=]*))?\s*", re.DOTALL)
_EXAMPLES = "for example chroma, low-frequencies:8, features:toon-attributes=2 or pixels@eyes=0.5"


@dataclass(frozen=True)
class Term:
    """A feature with its weight and region.

    Attributes:
        feature: what is varied or held.
        weight: 0 or more; a term with weight 0 has no effect.
        region: ``inside``, ``outside``, ``image`` or the text of a region, for features of single pixels; None: the default of its side.

    Raises:
        UsageError: a weight that is negative or not finite, or a region for a feature of the whole image.
    """

    feature: Feature
    weight: float = 1.0
    region: str | None = None

    def __post_init__(self) -> None:
        weight: object = self.weight
        if isinstance(weight, bool) or not isinstance(weight, Real) or not 0 <= float(weight) < math.inf:
            raise UsageError(
                f"The weight of {self.feature.text} is {shown_value(weight)}; give a finite number, 0 or more."
            )
        object.__setattr__(self, "weight", float(weight))
        if self.region is not None and not self.feature.per_pixel:
            raise UsageError(
                f"{self.feature.text} belongs to the whole image and takes no region; omit @{printable(self.region)}."
            )

    @property
    def text(self) -> str:
        """The term as text, which ``parse`` reads."""
        region = "" if self.region is None else f"@{self.region}"
        return f"{self.feature.text}{region}{'' if self.weight == 1 else f'={self.weight:g}'}"

    @classmethod
    def parse(cls, text: str) -> Term:
        """Parse the text of a term.

        Raises:
            UsageError: unknown feature, argument or attribute, a weight that is not a number; WeightsError: a network's weights are missing.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise UsageError(f"The term {printable(text)!r} cannot be read; give FEATURE@REGION=WEIGHT, {_EXAMPLES}.")
        name, argument, region, weight = found.groups()
        if name == "region":
            raise UsageError(
                f"The term {printable(text)!r} names a region but no feature; write pixels@{printable(argument or 'eyes')}."
            )
        if name not in FEATURES:
            raise UsageError(
                f"Unknown feature {printable(name)!r}{did_you_mean(name, FEATURES)} Choose one of {', '.join(FEATURES)}; {_EXAMPLES}."
            )
        if region is not None and not region.strip():
            raise UsageError(f"The term {printable(text)!r} has no region after @; {_EXAMPLES}.")
        feature = FEATURES[name](None if argument is None else argument.strip())
        return cls(feature, 1.0 if weight is None else _weight(text, weight), region and region.strip())


def as_term(value: object) -> Term:
    """A term from its text, a feature, a feature extractor, or a term.

    Raises:
        UsageError: another type, or an impossible term.
    """
    if isinstance(value, Term):
        return value
    if isinstance(value, str):
        return Term.parse(value)
    if isinstance(value, Feature):
        return Term(value)
    if isinstance(value, FeatureExtractor):
        return Term(NetworkFeatures(value))
    raise UsageError(f"A term is {shown_value(value)}; give text, a feature or a feature extractor, {_EXAMPLES}.")


def _weight(text: str, weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        raise UsageError(
            f"The weight {printable(weight.strip())!r} in {printable(text)!r} is not a number; {_EXAMPLES}."
        ) from None


def _plain(feature: Feature) -> Callable[[str | None], Feature]:
    def made(argument: str | None) -> Feature:
        if argument is not None:
            raise UsageError(f"The feature {feature.text} takes no argument, but {printable(argument)!r} was given.")
        return feature

    return made


def _filtered(kind: type[LowFrequencies]) -> Callable[[str | None], Feature]:
    def made(argument: str | None) -> Feature:
        if argument is None:
            return kind()
        try:
            cutoff = float(argument)
        except ValueError:
            cutoff = math.nan
        if not 0 < cutoff < math.inf:
            raise UsageError(
                f"The cutoff {printable(argument)!r} of {kind.name} is not a number above 0; give cycles per image, for example {DEFAULT_CUTOFF:g}."
            )
        return kind(cutoff)

    return made


def _network(argument: str | None) -> Feature:
    if not argument:
        raise UsageError(
            f"The feature 'features' needs the name of a network: features:{', features:'.join(NETWORKS)}."
        )
    return NetworkFeatures.named(argument)


def _attributes(others: bool) -> Callable[[str | None], Feature]:
    def made(argument: str | None) -> Feature:
        names = tuple(name.strip() for name in (argument or "").split(",") if name.strip())
        if not names:
            raise UsageError(
                f"The feature '{'other-' * others}attributes' needs names of attributes, for example attributes:hair; choose from {', '.join(attribute_names())}."
            )
        return Attributes(names, others)

    return made


FEATURES: dict[str, Callable[[str | None], Feature]] = {
    "pixels": _plain(PixelValues()),
    "luminance": _plain(Luminance()),
    "chroma": _plain(Chroma()),
    "low-frequencies": _filtered(LowFrequencies),
    "high-frequencies": _filtered(HighFrequencies),
    "features": _network,
    "attributes": _attributes(False),
    "other-attributes": _attributes(True),
}
"""Name of a feature -> function of the argument's text, or None, that makes the feature."""
