"""Straight against curved edits with known truth: the share of edits on drawn heads that change the wanted attribute and no other.

`resefa benchmark` measures the same edits for all methods and also measures transferred directions and recall, which take hours with
curved edits. A run that is interrupted resumes in its folder.

    python benchmarks/run.py run curved_truth --images 12 --folder truth
    python benchmarks/run.py run curved_truth --images 12 --folder truth --save      # also writes results/curved_truth.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.benchmark import BenchmarkResults
from resefa.benchmark.benchmark import Benchmark
from resefa.benchmark.settings import CASES, PER_IMAGE, Settings
from resefa.comparison.bootstrap import Estimate
from resefa.worlds import AttributeReader

MODEL, SIZE, SPACES = "toon-faces", 64, ("W", "S")
FIRST = 1000


def percent(found: Estimate | None) -> str | None:
    """A rate with its interval: ``45% [30, 60]``."""
    if found is None:
        return None
    interval = "" if found.low is None or found.high is None else f" [{100 * found.low:.0f}, {100 * found.high:.0f}]"
    return f"{100 * found.value:.0f}%{interval}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=12)
    parser.add_argument("--folder", type=Path, default=Path("curved_truth"))
    parser.add_argument("--tables-only", action="store_true", help="only the tables of the images that the folder has")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/curved_truth.json")
    options = parser.parse_args()
    generator = resefa.load(MODEL)
    settings = Settings(
        MODEL, generator.fingerprint, seeds=tuple(range(FIRST, FIRST + options.images)),
        cases=tuple(case for case in CASES if case.method == "resefa" and case.space in SPACES), measured_at=SIZE, discovery=0,
        recall_images=0, version=resefa.__version__,
    )  # fmt: skip
    if not options.tables_only:
        Benchmark(generator, settings, options.folder, reader=AttributeReader(), segmenter=generator.segmenter).run()
    results = BenchmarkResults(options.folder)
    rows: list[list[object]] = []
    for case in results.cases:
        sides = results.edits(PER_IMAGE, case.name)
        outside, (missed, _) = results.outside(PER_IMAGE, case.name), results.not_reached(PER_IMAGE, case.name)
        rows.append([
            case.title, len(sides), percent(results.hits(PER_IMAGE, case.name)), percent(results.clean_hits(PER_IMAGE, case.name)),
            percent(results.clean_of_hits(PER_IMAGE, case.name)), None if outside is None else outside.value, missed, results.seconds(PER_IMAGE, case.name),
        ])  # fmt: skip
    columns = [
        {"name": "edit"}, {"name": "edits"}, {"name": "hits"}, {"name": "clean hits"}, {"name": "clean, of hits"},
        {"name": "outside at 0.03 inside", "format": ".1e"}, {"name": "edits below 0.03 inside"},
        {"name": "discovery and path", "unit": "s", "format": ".1f"},
    ]  # fmt: skip
    result = {
        "title": "Straight against curved edits with known truth",
        "kind": "accuracy",
        "order": 1,
        "benchmark": f"curved_truth --images {len(results.images)} --folder truth",
        "about": f"`{MODEL}` at {SIZE} px, the first direction of each part ({', '.join(results.parts)}) that {len(results.images)} heads from seed {FIRST} show, found on that head, "
        "both signs. Hits, clean hits and changes outside as in the [benchmark](benchmark.md): a hit shows another kind of the part, a clean hit changes no attribute of "
        "another part. Brackets: 95 % bootstrap intervals over heads.",
        "machine": loaded_machine(),
        "tables": [{"id": "curved-truth", "columns": columns, "rows": rows}],
        "notes": [],
    }
    report(result, "curved_truth", options.save)


if __name__ == "__main__":
    main()
