"""Latent codes, latent spaces, the conditions of an image, and the motion of an edit."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.latents.code import LatentCode as LatentCode
    from resefa.latents.conditions import Conditions as Conditions
    from resefa.latents.motion import Motion as Motion
    from resefa.latents.seeds import parse_seeds as parse_seeds
    from resefa.latents.seeds import read_labels as read_labels
    from resefa.latents.space import HasSpaces as HasSpaces
    from resefa.latents.space import LatentSpace as LatentSpace

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.latents.code": ["LatentCode"],
        "resefa.latents.conditions": ["Conditions"],
        "resefa.latents.motion": ["Motion"],
        "resefa.latents.seeds": ["parse_seeds", "read_labels"],
        "resefa.latents.space": ["HasSpaces", "LatentSpace"],
    },
)
