"""Benchmark of region editing with known truth: `resefa benchmark`, written down as benchmarks/results/toon_benchmark.json.

The folder is measured with `resefa benchmark` unless it is complete; its tables become the page docs/measurements/benchmark.md.

    python benchmarks/run.py run toon_benchmark --folder benchmark
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from resefa.benchmark import BenchmarkResults
from resefa.benchmark.distances import DRAWN, UNEDITED
from resefa.benchmark.settings import PER_IMAGE, SETTINGS, TRANSFERRED
from resefa.comparison.bootstrap import Estimate

OUTPUT = Path(__file__).resolve().parents[1] / "results" / "toon_benchmark.json"
CAPTIONS = {
    PER_IMAGE: "Per-image directions: found on the edited image",
    TRANSFERRED: "Transferred directions: found on discovery images",
}
ABOUT = """`resefa benchmark` edits the parts of heads that the generator `toon-faces` makes, and reads every picture with a network trained on drawn heads,
whose attributes are known. {images} held-out images (seeds {first} to {last}), measured at {size} px; directions found on {analysed}. {edits} edits of each
method: the first direction for every part that an image shows ({parts}), with both signs.

- **Region.** The true mask of the part, by segmentation of the image, grown by {margin:.1%} of the height but not into other parts. Every method gets the same region.
- **Strengths.** Up to {levels} steps along the direction that aim at mean squared changes inside from {least:g} to {most:g} (images in [-1, 1]), until a picture no longer looks
  drawn; no step is longer than the typical distance between two samples.
- **Looks drawn.** The Mahalanobis distance of the reader's features to those of unedited samples is at most {threshold:.1f}: the 99th percentile of unedited
  samples that took no part in the fit.
- **Hit.** A picture that looks drawn, at or before the last step before the first that does not, shows another kind of the part than the original, both read with a
  probability of {confidence:g} or more; for hair, another kind or another colour.
- **Clean hit.** In the first picture that hits, no attribute of another part differs: no kind with that confidence, and no colour and no pose by more than
  {tolerance:g} times the reader's root mean squared error on drawn heads (a colour at least by {colour:g} of its range). Rates are fractions of all edits, as means over images.
- **Outside.** Mean squared change outside the region at {reference:g} inside, interpolated on the logarithmic scale; median over images.
- **Found, kinds.** Recall of the first {k} directions, on {recall} images. *Found*: parts for which one of them gives a clean hit. *Kinds*: the part's other kinds that
  their clean pictures show.
- **Kernel distance.** Of the edited pictures at {near:g} inside to {drawn} drawn heads, on the reader's features; pictures of one image are not compared with each
  other, so that it is unbiased.
- **DCI, SAP.** Of the first transferred direction of each part, against the kinds read from {samples} samples.
- **Candidates.** LowRankGAN, SeFa, GANSpace, InterFaceGAN and the Jacobian's singular vectors run in W, StyleSpace in S, as in their papers. Methods that ignore the region
  offer 20 candidates (InterFaceGAN one for each kind, from the reader's labels of {samples} samples), ranked by the region's contrast on the analysed images. Random directions
  are not chosen.
- **Seconds.** Discovery for one part on one image (or on {discovery} images), a shared Jacobian charged in full; in W+ and S the
  search continues that of the parts before.

Brackets: 95 % bootstrap intervals over images. **Bold**: the best of a column, and every figure of another method that is better than the best of ReSeFa."""
LIMITS = (
    "Drawn heads are simpler than photographs: flat colours, few kinds of each part, no light, no texture, no identity. Order and size of the figures need not hold on photographs.",
    "The kinds are discrete. An edit that opens a mouth by half counts only once the reader sees another kind.",
    "Looks drawn is judged on features that were trained for attributes. Some damaged pictures pass, for example with a smeared eye.",
    "The reader is a network. Its accuracy is that on drawn heads; generated heads are not labelled by anybody.",
    "Hair has the colour of eyebrows and beard in this world, so an edit of the hair's colour changes attributes of other parts.",
    "The distances between sets judge few images: all edits of a dozen heads stay near these heads, and a method that moves them far apart looks more varied, hence nearer to "
    "drawn heads. They rank methods by change rather than by quality until many images are measured.",
    "One generator of 3.3 MB, trained for ten minutes. A larger generator may separate its attributes more or less.",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=Path("benchmark"))
    options, rest = parser.parse_known_args()
    command = [sys.executable, "-m", "resefa", "benchmark", "-o", str(options.folder), *rest]
    subprocess.run(command, check=True)
    results = BenchmarkResults(options.folder)
    OUTPUT.write_text(json.dumps(measurement(results), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {OUTPUT}")


def measurement(results: BenchmarkResults) -> dict[str, Any]:
    """The results file of a folder."""
    settings = results.settings
    minutes = sum(run.seconds for run in results.runs) / 60
    words = {
        "images": len(results.images), "first": settings.seeds[0], "last": settings.seeds[-1], "size": settings.measured_at,
        "analysed": f"the network's intermediate image of {settings.analysed_at} px" if settings.analysed_at else "the whole image",
        "edits": len(results.edits(PER_IMAGE, results.cases[0].name)), "parts": ", ".join(results.parts),
        "margin": settings.margin, "levels": len(settings.levels), "least": settings.levels[0], "most": settings.levels[-1],
        "threshold": results.threshold, "confidence": settings.confidence, "tolerance": settings.tolerance, "colour": settings.colour_change,
        "reference": settings.reference, "k": settings.k, "recall": min(settings.recall_images, len(results.images)),
        "near": results.level_near_reference(), "drawn": settings.drawn, "samples": settings.samples,
        "discovery": settings.discovery,
    }  # fmt: skip
    return {
        "title": "Region editing with known truth",
        "kind": "benchmark",
        "order": 1,
        "benchmark": "toon_benchmark",
        "about": ABOUT.format(**words),
        "machine": {**machine(), "load": f"the run took {minutes:.0f} minutes"},
        "tables": [
            *(_edits(results, setting) for setting in SETTINGS),
            _factors(results),
            *(_parts(results, setting) for setting in SETTINGS),
            _distances(results),
            _reader(results),
        ],
        "notes": list(LIMITS),
    }


def _edits(results: BenchmarkResults, setting: str) -> dict[str, Any]:
    near, k = results.level_near_reference(), results.settings.k
    columns: list[tuple[dict[str, str], Callable[[str], Any], bool | None]] = [
        ({"name": "hits", "unit": "%", "format": ".0f"}, lambda case: _percent(results.hits(setting, case)), True),
        ({"name": "clean hits", "unit": "%", "format": ".0f"}, lambda case: _percent(results.clean_hits(setting, case)), True),
        ({"name": "clean, of hits", "unit": "%", "format": ".0f"}, lambda case: _percent(results.clean_of_hits(setting, case)), True),
        ({"name": f"outside at {results.settings.reference:g} inside", "format": ".1e"}, lambda case: _plain(results.outside(setting, case)), False),
    ]  # fmt: skip
    if setting == PER_IMAGE:
        columns += [
            ({"name": f"found within {k}", "unit": "%", "format": ".0f"}, lambda case: _percent(results.found_within(case, k)), True),
            ({"name": f"kinds within {k}", "unit": "%", "format": ".0f"}, lambda case: _percent(results.kinds_within(case, k)), True),
        ]  # fmt: skip
    columns += [
        ({"name": "kernel distance", "format": ".3g"}, lambda case: _value(results.distance(setting, case, near), "kernel"), False),
        ({"name": "time", "unit": "s", "format": ".2g"}, lambda case: _number(results.seconds(setting, case)), None),
    ]  # fmt: skip
    return _table(results, f"benchmark-{setting}", CAPTIONS[setting], columns)


def _parts(results: BenchmarkResults, setting: str) -> dict[str, Any]:
    columns: list[tuple[dict[str, str], Callable[[str], Any], bool | None]] = [
        ({"name": part, "unit": "%", "format": ".0f"}, lambda case, part=part: _without(_percent(results.clean_hits(setting, case, part))), True)
        for part in results.parts
    ]  # fmt: skip
    return _table(results, f"benchmark-parts-{setting}", f"Clean hits by part, {setting} directions", columns)


def _factors(results: BenchmarkResults) -> dict[str, Any]:
    names = (("disentanglement", True), ("completeness", True), ("informativeness", False), ("sap", True))
    columns: list[tuple[dict[str, str], Callable[[str], Any], bool | None]] = [
        ({"name": "SAP" if name == "sap" else name, "format": ".3f"}, lambda case, name=name: _value(results.factors(case), name), largest)
        for name, largest in names
    ]  # fmt: skip
    return _table(
        results,
        "benchmark-factors",
        "DCI and SAP of transferred directions (informativeness: an error, 1 is chance)",
        columns,
    )


def _distances(results: BenchmarkResults) -> dict[str, Any]:
    columns: list[tuple[dict[str, str], Callable[[str], Any], bool | None]] = [
        ({"name": f"{kind}, {level:g}", "format": ".3g"}, lambda case, kind=kind, level=level: _value(results.distance(PER_IMAGE, case, level), kind), False)
        for kind in ("frechet", "kernel") for level in results.settings.levels[1::2]
    ]  # fmt: skip
    floors = [results.distance(None, name, None) for name in (UNEDITED, DRAWN)]
    scale = "; ".join(
        f"{name} Frechet {record['frechet']:.3g}, kernel {record['kernel']:.3g}"
        for name, record in zip(("unedited samples", "other drawn heads"), floors, strict=True) if record
    )  # fmt: skip
    return _table(
        results,
        "benchmark-distances",
        f"Distances of per-image edits to drawn heads, by change inside ({scale})",
        columns,
    )


def _reader(results: BenchmarkResults) -> dict[str, Any]:
    rows = [
        [one["attribute"], *(None if one[name] is None else 100 * one[name] for name in ("accuracy", "confident_accuracy", "confident_drawn", "confident")),
         ", ".join(f"{error:.3g}" for error in one["errors"]) or None, "yes" if one["used"] else "no"]
        for one in results.of("reader")
    ]  # fmt: skip
    heads = [
        {"name": "attribute"}, {"name": "accuracy on drawn heads", "unit": "%", "format": ".1f"},
        {"name": "accuracy where confident", "unit": "%", "format": ".1f"},
        {"name": "read with confidence, drawn", "unit": "%", "format": ".1f"},
        {"name": "read with confidence, generated", "unit": "%", "format": ".1f"},
        {"name": "root mean squared errors"}, {"name": "used"},
    ]  # fmt: skip
    return {"id": "benchmark-reader", "caption": "The attribute reader", "columns": heads, "rows": rows}


def _table(
    results: BenchmarkResults,
    name: str,
    caption: str,
    columns: list[tuple[dict[str, str], Callable[[str], Any], bool | None]],
) -> dict[str, Any]:
    cells = [[cell(case.name) for _, cell, _ in columns] for case in results.cases]
    for j, (_, _, largest) in enumerate(columns):
        if largest is None:
            continue
        sign = 1 if largest else -1
        values = {i: sign * row[j]["value"] for i, row in enumerate(cells) if row[j] is not None}
        ours = [value for i, value in values.items() if results.cases[i].ours]
        for i, value in values.items():
            if len(values) > 1 and (value == max(values.values()) or (ours and value > max(ours))):
                cells[i][j]["best"] = True
    rows = [[case.title, *row] for case, row in zip(results.cases, cells, strict=True)]
    heads = [{"name": "method, space"}, *(head for head, _, _ in columns)]
    return {"id": name, "caption": caption, "columns": heads, "rows": rows}


def _plain(found: Estimate | None, factor: float = 1.0) -> dict[str, Any] | None:
    if found is None:
        return None
    interval = None if found.low is None or found.high is None else [factor * found.low, factor * found.high]
    return {"value": factor * found.value, **({"interval": interval} if interval else {})}


def _percent(found: Estimate | None) -> dict[str, Any] | None:
    return _plain(found, 100.0)


def _without(found: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found["value"]}


def _number(value: float | None) -> dict[str, Any] | None:
    return None if value is None else {"value": value}


def _value(record: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    return _number(None if record is None else record[name])


if __name__ == "__main__":
    main()
