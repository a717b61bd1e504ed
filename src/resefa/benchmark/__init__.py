"""The benchmark of region editing with known truth: a drawn world in which every attribute and every part's mask can be read."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.benchmark.attributes import ReadAttributes as ReadAttributes
    from resefa.benchmark.attributes import Reader as Reader
    from resefa.benchmark.benchmark import Benchmark as Benchmark
    from resefa.benchmark.cases import Case as Case
    from resefa.benchmark.cases import cases_of as cases_of
    from resefa.benchmark.report.report import write_benchmark_report as write_benchmark_report
    from resefa.benchmark.report.results import BenchmarkResults as BenchmarkResults
    from resefa.benchmark.report.results import Outcome as Outcome
    from resefa.benchmark.settings import Settings as Settings

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.benchmark.attributes": ["ReadAttributes", "Reader"],
        "resefa.benchmark.benchmark": ["Benchmark"],
        "resefa.benchmark.cases": ["Case", "cases_of"],
        "resefa.benchmark.report.report": ["write_benchmark_report"],
        "resefa.benchmark.report.results": ["BenchmarkResults", "Outcome"],
        "resefa.benchmark.settings": ["Settings"],
    },
)
