"""Directions and their provenance: the result of discovery and the input of an edit."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.directions.directions import Direction as Direction
    from resefa.directions.directions import Directions as Directions
    from resefa.directions.facts import DirectionFacts as DirectionFacts
    from resefa.directions.facts import Transfer as Transfer
    from resefa.directions.library import NamedDirection as NamedDirection
    from resefa.directions.library import NamedDirections as NamedDirections
    from resefa.directions.library import named_by_model as named_by_model
    from resefa.directions.provenance import Provenance as Provenance
    from resefa.directions.storage import OpenedFile as OpenedFile
    from resefa.directions.strength_profile import StrengthProfile as StrengthProfile
    from resefa.directions.strength_profile import StrengthSide as StrengthSide

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.directions.directions": ["Direction", "Directions"],
        "resefa.directions.facts": ["DirectionFacts", "Transfer"],
        "resefa.directions.library": ["NamedDirection", "NamedDirections", "named_by_model"],
        "resefa.directions.provenance": ["Provenance"],
        "resefa.directions.storage": ["OpenedFile"],
        "resefa.directions.strength_profile": ["StrengthProfile", "StrengthSide"],
    },
)
