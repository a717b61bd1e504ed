"""Editing: directions applied to images, with strengths, compositions and locality."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.editing.composite import Composite as Composite
    from resefa.editing.composite import Composited as Composited
    from resefa.editing.composite_figures import CompositeFigures as CompositeFigures
    from resefa.editing.composition import Composition as Composition
    from resefa.editing.curved import CurvedDirection as CurvedDirection
    from resefa.editing.curved import Strengths as Strengths
    from resefa.editing.edit import CodeEdits as CodeEdits
    from resefa.editing.edit import PictureLimit as PictureLimit
    from resefa.editing.edit import edited as edited
    from resefa.editing.fitting import FittedEdit as FittedEdit
    from resefa.editing.fitting import fit as fit
    from resefa.editing.fitting import under_conditions_of as under_conditions_of
    from resefa.editing.held import HeldFeature as HeldFeature
    from resefa.editing.held import held_features as held_features
    from resefa.editing.locality import Locality as Locality
    from resefa.editing.locality import random_directions as random_directions
    from resefa.editing.strength import Calibration as Calibration
    from resefa.editing.strength_search import Limits as Limits
    from resefa.editing.strength_search import Side as Side

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.editing.composite": ["Composite", "Composited"],
        "resefa.editing.composite_figures": ["CompositeFigures"],
        "resefa.editing.composition": ["Composition"],
        "resefa.editing.curved": ["CurvedDirection", "Strengths"],
        "resefa.editing.edit": ["CodeEdits", "PictureLimit", "edited"],
        "resefa.editing.fitting": ["FittedEdit", "fit", "under_conditions_of"],
        "resefa.editing.held": ["HeldFeature", "held_features"],
        "resefa.editing.locality": ["Locality", "random_directions"],
        "resefa.editing.strength": ["Calibration"],
        "resefa.editing.strength_search": ["Limits", "Side"],
    },
)
