"""Accuracy of the attribute reader on drawn heads, and its confidence on generated heads. Takes a minute.

python benchmarks/run.py run attribute_reader            # print the tables
python benchmarks/run.py run attribute_reader --save     # and write benchmarks/results/toon_attributes.json
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

import resefa
from benchmarks.support.results_file import loaded_machine, milliseconds, report
from benchmarks.training.drawn_heads import EVALUATION, DrawnHeads, drawn_heads
from benchmarks.training.reader_figures import accuracy, calibration_errors, errors, shown_fraction, visibility_accuracy
from resefa.types import Image
from resefa.worlds import KINDS, AttributeReader, Readings
from resefa.worlds.attribute_reader import TARGET

HEADS, GENERATED, TIMED = 2_000, 256, 50
_BATCH = 8
CONFIDENT, VISIBLE = 0.9, 0.5


def generated_pictures() -> Image:
    """Images of ``toon-faces``, of the first seeds."""
    generator = resefa.load("toon-faces")
    first = range(0, GENERATED, _BATCH)
    return torch.cat([generator.synthesize(generator.sample(range(seed, seed + _BATCH))) for seed in first])


def kinds_table(reader: AttributeReader, found: Readings, heads: DrawnHeads, unseen: Readings) -> dict[str, Any]:
    """One row for each attribute of kind."""
    shown, right, gaps = shown_fraction(heads), accuracy(found, heads), calibration_errors(found, heads)
    visibility = visibility_accuracy(found, heads)
    rows: list[list[Any]] = []
    for name in KINDS:
        confidence = unseen.confidence(name)[unseen.visible[name] > VISIBLE]
        confident = float((confidence >= CONFIDENT).float().mean())
        kept = "yes" if name in reader.accurate else "no"
        figures = (shown[name], right[name], kept, gaps[name], visibility[name])
        rows.append([name, *figures, round(float(confidence.median()), 4), round(confident, 4)])
    columns = [
        {"name": "attribute"},
        {"name": "heads that show it", "format": ".3f"},
        {"name": "accuracy", "format": ".4f"},
        {"name": "in benchmarks"},
        {"name": "calibration error", "format": ".4f"},
        {"name": "visibility read correctly", "format": ".3f"},
        {"name": "median confidence, generated", "format": ".3f"},
        {"name": f"confidence of {CONFIDENT} or more, generated", "format": ".3f"},
    ]
    return {"id": "toon-attributes", "columns": columns, "rows": rows}


def numbers_table(found: Readings, heads: DrawnHeads) -> dict[str, Any]:
    """One row for each colour, and one for the pose."""
    shown = shown_fraction(heads)
    rows = [
        [name, shown.get(name, 1.0), ", ".join(f"{value:.4f}" for value in values)]
        for name, values in errors(found, heads).items()
    ]
    return {
        "id": "toon-attributes-numbers",
        "caption": (
            "Root mean squared errors: red, green and blue in [0, 1]; scale, shifts (fractions of the picture's side), angle (radians)"
        ),
        "columns": [{"name": "attribute"}, {"name": "heads that show it", "format": ".3f"}, {"name": "errors"}],
        "rows": rows,
    }


def measured(heads: DrawnHeads, generated: Image) -> dict[str, Any]:
    """The content of the results file."""
    reader = AttributeReader()
    found, unseen = reader.read(heads.pictures(slice(None))), reader.read(generated)
    return {
        "title": "Attribute reader of toon heads",
        "kind": "accuracy",
        "order": 41,
        "benchmark": "attribute_reader",
        "about": (
            f"Kinds, colours and poses that `toon-attributes` reads from {len(heads):,} drawn heads that neither the training nor the "
            "calibration used. Accuracy and errors count the heads that show the attribute: eyes behind sunglasses, a closed mouth "
            "under a beard or clothes below the picture's edge cannot be read. Confidence is the calibrated probability of the most "
            f"probable kind. On {len(generated)} images of `toon-faces` (seeds 0 to {len(generated) - 1}) the truth is unknown; the "
            "figures count the images in which the reader takes the part to be visible."
        ),
        "machine": loaded_machine(),
        "tables": [kinds_table(reader, found, heads, unseen), numbers_table(found, heads)],
        "notes": [
            f"An attribute is left out of benchmarks if its accuracy is below {TARGET:.0%} on the heads of the calibration; the weights file states that accuracy.",
            f"One picture of 256 px takes {milliseconds(reader.read, generated[:TIMED])} ms of processor time (median of {TIMED}).",
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the results file")
    parser.add_argument("--heads", type=int, default=HEADS, help="number of drawn heads")
    parser.add_argument("--folder", type=Path, help="existing folder that holds drawn heads of an earlier run")
    options = parser.parse_args()
    heads = drawn_heads(options.heads, EVALUATION, options.folder)
    report(measured(heads, generated_pictures()), "toon_attributes", options.save)


if __name__ == "__main__":
    main()
