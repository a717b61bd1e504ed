"""Overlap of the part segmenter's labels with the exact masks of drawn heads. Takes a minute.

python benchmarks/run.py run part_segmenter            # print the table
python benchmarks/run.py run part_segmenter --save     # and write benchmarks/results/toon_parts.json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.support.results_file import loaded_machine, milliseconds, report
from benchmarks.training.drawn_heads import EVALUATION
from resefa.segmenters import ToonParts
from resefa.types import Image
from resefa.worlds import LABELS, ToonWorld

SIZES = (256, 128, 64)
"""Sides of the pictures that the segmenter labels."""
HEADS, _BATCH = 500, 50


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
        """The ratio of each label."""
        return [round(float(value), 4) for value in self.common / self.either]


def drawn_pictures(size: int, count: int) -> Iterator[tuple[Image, Tensor]]:
    """Pictures and labels of the evaluation's heads at a size."""
    world = ToonWorld(size)
    for first in range(0, count, _BATCH):
        drawing = world.draw(world.sample(min(_BATCH, count - first), EVALUATION, first))
        yield drawing.images, drawing.labels


def overlaps(segmenter: ToonParts, size: int, heads: int) -> list[float]:
    """Intersection over union of each label at a size."""
    overlap = Overlap()
    for images, labels in drawn_pictures(size, heads):
        overlap.add(segmenter(images), labels)
    return overlap.ratios()


def measured(heads: int) -> dict[str, Any]:
    """The content of the results file."""
    segmenter = ToonParts()
    columns = [overlaps(segmenter, size, heads) for size in SIZES]
    images, _ = next(drawn_pictures(256, _BATCH))
    return {
        "title": "Part segmenter of toon heads",
        "kind": "accuracy",
        "order": 40,
        "benchmark": "part_segmenter",
        "about": (
            f"Labels of `toon-parts` on {heads:,} drawn heads that the training did not use: intersection over union with the exact "
            "labels, summed over all pixels, at three sizes of the picture."
        ),
        "machine": loaded_machine(),
        "tables": [
            {
                "id": "toon-parts",
                "columns": [{"name": "part"}, *({"name": f"{size} px", "format": ".3f"} for size in SIZES)],
                "rows": [[name, *values] for name, *values in zip(LABELS, *columns, strict=True)],
            }
        ],
        "notes": [
            f"One picture of 256 px takes {milliseconds(segmenter, images)} ms of processor time (median of {_BATCH})."
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the results file")
    parser.add_argument("--heads", type=int, default=HEADS, help="number of drawn heads")
    options = parser.parse_args()
    report(measured(options.heads), "toon_parts", options.save)


if __name__ == "__main__":
    main()
