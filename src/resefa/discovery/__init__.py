"""The region problem, the planner that chooses its solver, and Gram matrices summed over many images."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.discovery.edited_images import EditedImages as EditedImages
    from resefa.discovery.findings import Findings as Findings
    from resefa.discovery.gram_sums import GramSums as GramSums
    from resefa.discovery.gram_sums import Holding as Holding
    from resefa.discovery.objective import OBJECTIVES as OBJECTIVES
    from resefa.discovery.objective import Chroma as Chroma
    from resefa.discovery.objective import Luminance as Luminance
    from resefa.discovery.objective import Objective as Objective
    from resefa.discovery.objective import Pixels as Pixels
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
        "resefa.discovery.edited_images": ["EditedImages"],
        "resefa.discovery.findings": ["Findings"],
        "resefa.discovery.gram_sums": ["GramSums", "Holding"],
        "resefa.discovery.objective": ["Chroma", "Luminance", "OBJECTIVES", "Objective", "Pixels"],
        "resefa.discovery.planner": ["Plan", "Reason", "plan"],
        "resefa.discovery.problem": ["EditSpace", "RegionProblem"],
        "resefa.discovery.region_grams": ["RegionGrams", "summed"],
    },
)
