"""The held features of the whole image, such as a network's embedding, measured on edited images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from resefa.discovery.objectives.term import Term
from resefa.errors import ResefaError
from resefa.types import Image


@dataclass(frozen=True)
class HeldFeature:
    """Agreement of a held feature of the whole image with the original.

    Attributes:
        term: as text, for example ``features:toon-attributes``.
        cosines: for each image the cosine between its features and the original's; empty where the feature cannot be computed here.
        reason: why it cannot be computed; empty if it can.
    """

    term: str
    cosines: tuple[float, ...] = ()
    reason: str = ""

    def facts(self) -> dict[str, object]:
        """The fields as plain data."""
        return {"term": self.term, "cosines": list(self.cosines), "reason": self.reason}


def held_features(terms: Sequence[str], images: Image, original: Image) -> list[HeldFeature]:
    """The agreement of each held term that belongs to the whole image; terms of single pixels are measured by the region's change.

    Args:
        terms: texts from the provenance of directions.
        images: (b, c, h, w). ``original``: (1, c, h, w).
    """
    found = [_measured(text, images, original) for text in dict.fromkeys(terms)]
    return [each for each in found if each is not None]


@torch.no_grad()
def _measured(text: str, images: Image, original: Image) -> HeldFeature | None:
    try:
        feature = Term.parse(text).feature
    except ResefaError as error:  # the network of another process, or weights that are not in the store
        return HeldFeature(text, reason=str(error))
    if feature.per_pixel:
        return None

    def values(some: Image) -> Tensor:
        # One at a time: a network rounds otherwise in a batch.
        return torch.cat([feature.values(one.float()).flatten(1) for one in some.split(1)]).double()

    cosines = F.cosine_similarity(values(images), values(original), dim=1)
    return HeldFeature(text, tuple(cosines.tolist()))
