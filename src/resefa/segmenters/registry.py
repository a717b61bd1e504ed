"""Registry of segmenters: from a family of region presets, which names the kind of images, to the segmenter of these images."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from resefa.regions.image_parts import Segmenter
from resefa.segmenters.toon_parts import ToonParts

SEGMENTERS: dict[str, Callable[[], Segmenter]] = {"toon-faces": ToonParts}
"""Family of presets -> function that opens its segmenter. A new segmenter adds one line."""


@cache
def segmenter_for(presets: str) -> Segmenter | None:
    """The segmenter of the images that a family of presets fits; None if the family has none. It is opened once."""
    return SEGMENTERS[presets]() if presets in SEGMENTERS else None
