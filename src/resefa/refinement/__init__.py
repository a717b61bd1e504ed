"""Refinement of discovered directions by measurement on images: distinct directions, orientation, strength ranges, captions."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.refinement.captions import captioned as captioned
    from resefa.refinement.captions import named_by_captions as named_by_captions
    from resefa.refinement.distinct import correlations as correlations
    from resefa.refinement.distinct import deflated as deflated
    from resefa.refinement.distinct import merged as merged
    from resefa.refinement.orientation import Orientation as Orientation
    from resefa.refinement.orientation import orientation_of as orientation_of
    from resefa.refinement.orientation import oriented as oriented
    from resefa.refinement.strength_profile import measure_strengths as measure_strengths

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.refinement.captions": ["captioned", "named_by_captions"],
        "resefa.refinement.distinct": ["correlations", "deflated", "merged"],
        "resefa.refinement.orientation": ["Orientation", "orientation_of", "oriented"],
        "resefa.refinement.strength_profile": ["measure_strengths"],
    },
)
