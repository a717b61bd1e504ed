"""Generators: the protocol, the classes that implement it, and adapters for other networks and objects."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator as BaseGenerator
    from resefa.generators.biggan import BigGANDeepGenerator as BigGANDeepGenerator
    from resefa.generators.biggan import BigGANGenerator as BigGANGenerator
    from resefa.generators.completed import as_generator as as_generator
    from resefa.generators.conversion import convert as convert
    from resefa.generators.dcgan import DCGANGenerator as DCGANGenerator
    from resefa.generators.inspection import Inspection as Inspection
    from resefa.generators.inspection import inspect as inspect
    from resefa.generators.progan import ProGANGenerator as ProGANGenerator
    from resefa.generators.protocol import BatchLimit as BatchLimit
    from resefa.generators.protocol import Conditional as Conditional
    from resefa.generators.protocol import ConvertsCodes as ConvertsCodes
    from resefa.generators.protocol import Fingerprinted as Fingerprinted
    from resefa.generators.protocol import Generator as Generator
    from resefa.generators.protocol import IntermediateImages as IntermediateImages
    from resefa.generators.protocol import LinearSpaces as LinearSpaces
    from resefa.generators.protocol import MovesLayers as MovesLayers
    from resefa.generators.protocol import RegionPresets as RegionPresets
    from resefa.generators.protocol import RendersMotions as RendersMotions
    from resefa.generators.protocol import Synthesizes as Synthesizes
    from resefa.generators.style import StyleGenerator as StyleGenerator
    from resefa.generators.tracking import Shift as Shift
    from resefa.generators.tracking import track_region as track_region
    from resefa.generators.wrapped import WrappedGenerator as WrappedGenerator

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.generators.base": ["BaseGenerator"],
        "resefa.generators.biggan": ["BigGANDeepGenerator", "BigGANGenerator"],
        "resefa.generators.completed": ["as_generator"],
        "resefa.generators.conversion": ["convert"],
        "resefa.generators.dcgan": ["DCGANGenerator"],
        "resefa.generators.inspection": ["Inspection", "inspect"],
        "resefa.generators.progan": ["ProGANGenerator"],
        "resefa.generators.protocol": [
            "BatchLimit",
            "Conditional",
            "ConvertsCodes",
            "Fingerprinted",
            "Generator",
            "IntermediateImages",
            "LinearSpaces",
            "MovesLayers",
            "RegionPresets",
            "RendersMotions",
            "Synthesizes",
        ],
        "resefa.generators.style": ["StyleGenerator"],
        "resefa.generators.tracking": ["Shift", "track_region"],
        "resefa.generators.wrapped": ["WrappedGenerator"],
    },
)
