"""Comparison of methods on the same images at matched edit strength, and the report of the results."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.comparison.bootstrap import Estimate as Estimate
    from resefa.comparison.comparison import Comparison as Comparison
    from resefa.comparison.experiment import Experiment as Experiment
    from resefa.comparison.experiment import Method as Method
    from resefa.comparison.journal import Journal as Journal
    from resefa.comparison.measures.pair_measures import PairMeasure as PairMeasure
    from resefa.comparison.measures.registry import Measures as Measures
    from resefa.comparison.measures.registry import measures_for as measures_for
    from resefa.comparison.methods import GivenDirections as GivenDirections
    from resefa.comparison.methods import methods_of as methods_of
    from resefa.comparison.methods import with_directions as with_directions
    from resefa.comparison.methods import with_labels as with_labels
    from resefa.comparison.report.report import write_report as write_report
    from resefa.comparison.report.results import Results as Results
    from resefa.comparison.report.results import summary as summary

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.comparison.bootstrap": ["Estimate"],
        "resefa.comparison.comparison": ["Comparison"],
        "resefa.comparison.experiment": ["Experiment", "Method"],
        "resefa.comparison.journal": ["Journal"],
        "resefa.comparison.measures.pair_measures": ["PairMeasure"],
        "resefa.comparison.measures.registry": ["Measures", "measures_for"],
        "resefa.comparison.methods": ["GivenDirections", "methods_of", "with_directions", "with_labels"],
        "resefa.comparison.report.report": ["write_report"],
        "resefa.comparison.report.results": ["Results", "summary"],
    },
)
