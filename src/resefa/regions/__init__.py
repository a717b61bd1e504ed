"""Regions of an image: the pixels to edit, to protect and to ignore."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.regions.as_region import RegionLike as RegionLike
    from resefa.regions.operations import Expression as Expression
    from resefa.regions.presets import preset_families as preset_families
    from resefa.regions.presets import preset_names as preset_names
    from resefa.regions.region import Region as Region
    from resefa.regions.weights import RegionWeights as RegionWeights

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.regions.as_region": ["RegionLike"],
        "resefa.regions.operations": ["Expression"],
        "resefa.regions.presets": ["preset_families", "preset_names"],
        "resefa.regions.region": ["Region"],
        "resefa.regions.weights": ["RegionWeights"],
    },
)
