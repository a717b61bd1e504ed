"""Accuracy of the part segmenter and the attribute reader on drawn heads, and their confidence on generated heads. Takes two minutes.

python benchmarks/run.py run toon_networks            # print the tables
python benchmarks/run.py run toon_networks --save     # and write benchmarks/results/toon_parts.json and toon_attributes.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import resefa
from benchmarks.machine import machine
from benchmarks.tables import table
from benchmarks.training.drawn_heads import EVALUATION, DrawnHeads, drawn_heads
from benchmarks.training.reader_figures import accuracy, calibration_errors, errors, shown_fraction, visibility_accuracy
from resefa.segmenters.toon_parts import ToonParts
from resefa.types import Image
from resefa.worlds import KINDS, LABELS, AttributeReader, ToonWorld
from resefa.worlds.attribute_reader import TARGET

RESULTS = Path(__file__).parents[1] / "results"
HEADS, GENERATED, TIMED = 2_000, 256, 100
_BATCH = 50
_CONFIDENT = 0.9
SIZES = (256, 128, 64)
"""Sides of the pictures that the segmenter labels."""


class Overlap:
    """Intersection over union of each label, summed over the pixels of many pictures."""

    def __init__(self) -> None:
        self.common = np.zeros(len(LABELS))
        self.either = np.zeros(len(LABELS))

    def add(self, found: Tensor, truth: Tensor) -> None:
        """Count labels (b, h, w)."""
        for label in range(len(LABELS)):
            a, b = found == label, truth == label
            self.common[label] += int((a & b).sum())
            self.either[label] += int((a | b).sum())

    def ratios(self) -> list[float]:
        return [round(float(value), 4) for value in self.common / self.either]


def drawn_pictures(size: int, count: int) -> Iterator[tuple[Image, Tensor]]:
    """Pictures and labels of the evaluation's heads at a size."""
    world = ToonWorld(size)
    for first in range(0, count, _BATCH):
        drawing = world.draw(world.sample(min(_BATCH, count - first), EVALUATION, first))
        yield drawing.images, drawing.labels


def milliseconds(function: Any, images: Image) -> float:
    """Time of a call on one picture of 256 pixels, the median of several."""
    times = []
    for image in images.split(1):
        began = time.perf_counter()
        function(image)
        times.append(1000 * (time.perf_counter() - began))
    return round(float(np.median(times)), 1)


def generated_pictures() -> Image:
    generator = resefa.load("toon-faces")
    parts = range(0, GENERATED, 8)
    return torch.cat([generator.synthesize(generator.sample(range(seed, seed + 8))) for seed in parts])


def segmenter_result(heads: int) -> dict[str, Any]:
    segmenter = ToonParts()
    columns = []
    for size in SIZES:
        overlap = Overlap()
        for images, labels in drawn_pictures(size, heads):
            overlap.add(segmenter(images), labels)
        columns.append(overlap.ratios())
    images, _ = next(drawn_pictures(256, _BATCH))
    rows = [[name, *values] for name, *values in zip(LABELS, *columns, strict=True)]
    return {
        "title": "Part segmenter of toon heads",
        "kind": "accuracy",
        "order": 40,
        "benchmark": "toon_networks",
        "about": f"Labels of `toon-parts` on {heads:,} drawn heads that the training did not use: intersection over union with the exact labels, over all pixels, at three sizes of the picture.",
        "machine": machine(),
        "tables": [
            {
                "id": "toon-parts",
                "columns": [{"name": "part"}, *({"name": f"{size} px", "format": ".3f"} for size in SIZES)],
                "rows": rows,
            }
        ],
        "notes": [f"One picture of 256 px takes {milliseconds(segmenter, images)} ms (median of {_BATCH})."],
    }


def reader_result(heads: DrawnHeads, generated: Image) -> dict[str, Any]:
    reader = AttributeReader()
    found = reader.read(heads.pictures(slice(None)))
    unseen = reader.read(generated)
    right, gaps, shown, told = (
        figure(found, heads)
        for figure in (accuracy, calibration_errors, lambda _, h: shown_fraction(h), visibility_accuracy)
    )
    kinds = []
    for name in KINDS:
        confidence = unseen.confidence(name)[unseen.visible[name] > 0.5]
        confident = round(float((confidence >= _CONFIDENT).float().mean()), 4)
        kinds.append(
            [
                name,
                shown[name],
                right[name],
                "yes" if reader.accuracy[name] >= TARGET else "no",
                gaps[name],
                told[name],
                round(float(confidence.median()), 4),
                confident,
            ]
        )
    numbers = [
        [name, shown.get(name, 1.0), ", ".join(f"{value:.4f}" for value in error)]
        for name, error in errors(found, heads).items()
    ]
    return {
        "title": "Attribute reader of toon heads",
        "kind": "accuracy",
        "order": 41,
        "benchmark": "toon_networks",
        "about": f"Kinds, colours and poses that `toon-attributes` reads from {len(heads):,} drawn heads that neither the training nor the calibration used, in heads that show the attribute: the eyes behind sunglasses and a mouth mostly below a beard cannot be read. Confidence is the calibrated probability of the most probable kind; on {len(generated)} images of `toon-faces`, where the truth is unknown, it counts the images in which the reader takes the part to be visible.",
        "machine": machine(),
        "tables": [
            {
                "id": "toon-attributes",
                "columns": [
                    {"name": "attribute"},
                    {"name": "heads that show it", "format": ".3f"},
                    {"name": "accuracy", "format": ".4f"},
                    {"name": "in benchmarks"},
                    {"name": "calibration error", "format": ".4f"},
                    {"name": "visibility read correctly", "format": ".3f"},
                    {"name": "median confidence, generated", "format": ".3f"},
                    {"name": f"confidence of {_CONFIDENT} or more, generated", "format": ".3f"},
                ],
                "rows": kinds,
            },
            {
                "id": "toon-attributes-numbers",
                "caption": "Root mean squared errors: red, green and blue in [0, 1]; scale, shifts (fractions of the picture's side), angle (radians)",
                "columns": [{"name": "attribute"}, {"name": "heads that show it", "format": ".3f"}, {"name": "errors"}],
                "rows": numbers,
            },
        ],
        "notes": [
            f"An attribute is left out of benchmarks below an accuracy of {TARGET:.0%} on the calibration's heads, which the weights file states.",
            f"One picture of 256 px takes {milliseconds(reader.read, F.interpolate(heads.pictures(slice(0, TIMED)), scale_factor=2.0))} ms (median of {TIMED}).",
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the results files")
    parser.add_argument("--heads", type=int, default=HEADS, help="number of drawn heads")
    parser.add_argument("--folder", type=Path, help="existing folder that holds drawn heads of an earlier run")
    options = parser.parse_args()
    found = {
        "toon_parts": segmenter_result(options.heads),
        "toon_attributes": reader_result(drawn_heads(options.heads, EVALUATION, options.folder), generated_pictures()),
    }
    for name, result in found.items():
        for data in result["tables"]:
            print(table(data), end="\n\n")
        print("\n".join(result["notes"]), end="\n\n")
        if options.save:
            text = json.dumps(result, indent=1, ensure_ascii=False)
            (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
