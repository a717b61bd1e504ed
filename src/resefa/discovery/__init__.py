"""The region problem, the planner that chooses its solver, and Gram matrices summed over many images."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.discovery.consensus import Consensus as Consensus
    from resefa.discovery.edited_images import EditedImages as EditedImages
    from resefa.discovery.findings import Findings as Findings
    from resefa.discovery.gram_sums import GramSums as GramSums
    from resefa.discovery.gram_sums import Holding as Holding
    from resefa.discovery.image_forms import ImageForm as ImageForm
    from resefa.discovery.image_scales import ImageTraces as ImageTraces
    from resefa.discovery.objectives.attribute_features import Attributes as Attributes
    from resefa.discovery.objectives.feature import Chroma as Chroma
    from resefa.discovery.objectives.feature import Feature as Feature
    from resefa.discovery.objectives.feature import Luminance as Luminance
    from resefa.discovery.objectives.feature import PixelValues as PixelValues
    from resefa.discovery.objectives.frequencies import HighFrequencies as HighFrequencies
    from resefa.discovery.objectives.frequencies import LowFrequencies as LowFrequencies
    from resefa.discovery.objectives.network_features import ModuleFeatures as ModuleFeatures
    from resefa.discovery.objectives.network_features import NetworkFeatures as NetworkFeatures
    from resefa.discovery.objectives.objective import FeatureMap as FeatureMap
    from resefa.discovery.objectives.objective import Objective as Objective
    from resefa.discovery.objectives.objective import Pixels as Pixels
    from resefa.discovery.objectives.term import Term as Term
    from resefa.discovery.objectives.vary_hold import VaryHold as VaryHold
    from resefa.discovery.objectives.vary_hold import vary_hold as vary_hold
    from resefa.discovery.planner import Plan as Plan
    from resefa.discovery.planner import Reason as Reason
    from resefa.discovery.planner import plan as plan
    from resefa.discovery.problem import EditSpace as EditSpace
    from resefa.discovery.problem import RegionProblem as RegionProblem
    from resefa.discovery.region_grams import RegionGrams as RegionGrams
    from resefa.discovery.region_grams import summed as summed

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.discovery.consensus": ["Consensus"],
        "resefa.discovery.edited_images": ["EditedImages"],
        "resefa.discovery.findings": ["Findings"],
        "resefa.discovery.gram_sums": ["GramSums", "Holding"],
        "resefa.discovery.image_forms": ["ImageForm"],
        "resefa.discovery.image_scales": ["ImageTraces"],
        "resefa.discovery.objectives.attribute_features": ["Attributes"],
        "resefa.discovery.objectives.feature": ["Chroma", "Feature", "Luminance", "PixelValues"],
        "resefa.discovery.objectives.frequencies": ["HighFrequencies", "LowFrequencies"],
        "resefa.discovery.objectives.network_features": ["ModuleFeatures", "NetworkFeatures"],
        "resefa.discovery.objectives.objective": ["FeatureMap", "Objective", "Pixels"],
        "resefa.discovery.objectives.term": ["Term"],
        "resefa.discovery.objectives.vary_hold": ["VaryHold", "vary_hold"],
        "resefa.discovery.planner": ["Plan", "Reason", "plan"],
        "resefa.discovery.problem": ["EditSpace", "RegionProblem"],
        "resefa.discovery.region_grams": ["RegionGrams", "summed"],
    },
)
