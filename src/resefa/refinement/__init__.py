"""Refinement of discovered directions by measurement on images: distinct directions, orientation, strength ranges, captions."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.refinement.strength_profile import measure_strengths as measure_strengths

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.refinement.strength_profile": ["measure_strengths"],
    },
)
