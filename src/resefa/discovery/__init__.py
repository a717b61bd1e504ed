"""A region problem: what is asked, how it is planned, and its sums over many images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.discovery.findings import Findings
    from resefa.discovery.gram_sums import GramSums, Holding
    from resefa.discovery.objective import OBJECTIVES, Chroma, Luminance, Objective, Pixels
    from resefa.discovery.planner import Plan, Reason, plan
    from resefa.discovery.problem import EditSpace, RegionProblem
    from resefa.discovery.region_grams import RegionGrams, summed

__getattr__, __dir__, _names = lazy_exports(
    __name__,
    {
        "resefa.discovery.findings": ["Findings"],
        "resefa.discovery.gram_sums": ["GramSums", "Holding"],
        "resefa.discovery.objective": ["OBJECTIVES", "Chroma", "Luminance", "Objective", "Pixels"],
        "resefa.discovery.planner": ["Plan", "Reason", "plan"],
        "resefa.discovery.problem": ["EditSpace", "RegionProblem"],
        "resefa.discovery.region_grams": ["RegionGrams", "summed"],
    },
)
__all__ = [
    "OBJECTIVES",
    "Chroma",
    "EditSpace",
    "Findings",
    "GramSums",
    "Holding",
    "Luminance",
    "Objective",
    "Pixels",
    "Plan",
    "Reason",
    "RegionGrams",
    "RegionProblem",
    "plan",
    "summed",
]
