"""One of a pair and tiny regions (the limits in section 4.4 of the paper): how much the twin and the rest change with the part.

Every edit makes the same mean squared change inside its region, on both signs; edits that do not reach it are counted. Twin: the mirror
region, or for a tooth the rest of the mouth's box. An edit changes the part alone if the twin and the rest each change by at most a
tenth of the part. Heads without the part are left out. Measurements are appended to --journal, so that a run can be continued.

    python benchmarks/run.py run one_of_a_pair --journal pair.jsonl
    python benchmarks/run.py run one_of_a_pair --model faces-dcgan --journal pair.jsonl
    python benchmarks/run.py run one_of_a_pair --journal pair.jsonl --save     # also writes results/one_of_a_pair.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.metrics.change import squared_change, weighted_mean
from resefa.segmenters import parts_of

ALONE = 0.1
"""Largest change of the twin and of the rest, relative to that of the part, of an edit that changes the part alone."""
REACHED = 0.9
IMAGES = 24
METHODS = {
    "toon-faces-64": ("W", "W+", "S", "W, 24 images", "W, curved", "W, exact outside"),
    "faces-dcgan": ("Z", "Z, 24 images", "Z, curved", "Z, exact outside"),
}
PARTS = {
    "toon-faces-64": ("left-eye", "left-eyebrow", "left lens", "pupil", "tooth"),
    "faces-dcgan": ("left-eye",),
}


def box(top: float, left: float, height: float, width: float) -> resefa.Region:
    return resefa.Region.box(top, left, height, width, unit="fraction")


def regions(generator: Any, code: resefa.LatentCode, part: str) -> tuple[resefa.Region, resefa.Region] | None:
    """The region of a part on an image, and that of its twin; None if the image lacks the part."""
    if part in ("left-eye", "left-eyebrow"):
        return tuple(resefa.Region.preset(name, generator.presets) for name in (part, part.replace("left", "right")))
    (labels,) = parts_of(generator.synthesize(code), generator.segmenter)
    size = labels.labels.shape[0]
    if part == "left lens":
        sides = box(0.453, 0.164, 0.227, 0.28), box(0.453, 0.556, 0.227, 0.28)
        return sides if labels.mask("glasses").sum() > size else None
    if part == "pupil":
        eyes = [labels.mask(name) for name in ("left-eye", "right-eye")]
        if min(eye.sum() for eye in eyes) < 0.004 * size**2:
            return None  # closed
        side = 1 / 16
        places = [[float(axis.mean()) / size for axis in np.nonzero(eye)] for eye in eyes]
        return tuple(box(row - side / 2, column - side / 2, side, side) for row, column in places)
    mouth = np.nonzero(labels.mask("mouth"))
    if len(mouth[0]) < 0.004 * size**2:
        return None
    row, column = (float(axis.mean()) / size for axis in mouth)
    tooth = box(row - 1 / 32, column - 1 / 24, 1 / 16, 1 / 24)  # left of the middle
    return tooth, resefa.Region.preset("mouth", generator.presets) - tooth


def edits(
    generator: Any, code: resefa.LatentCode, part: str, methods: list[str], change: float
) -> Iterator[dict[str, Any]]:
    """The measurements of each method and sign on one image."""
    found = regions(generator, code, part)
    if found is None:
        return
    region, twin = (one.weights(*generator.resolution) for one in found)
    rest = (region.protect - twin.edit).clamp(min=0)
    original = generator.synthesize(code)
    shared: dict[str, resefa.Directions] = {}
    for method in methods:
        space, _, kind = method.partition(", ")
        start = time.process_time()
        fixed = part not in ("pupil", "tooth")
        if kind == "24 images" and not fixed:
            continue  # the box belongs to one image
        if kind == "24 images":
            key = f"{part} {space}"
            if key not in TOGETHER:
                TOGETHER[key] = resefa.discover(
                    generator, generator.sample(range(1000, 1000 + IMAGES)), found[0], k=1, space=space
                )
            directions = TOGETHER[key]
        else:
            if space not in shared:
                shared[space] = resefa.discover(generator, code, found[0], k=1, space=space)
            directions = shared[space]
        direction: Any = directions[0]
        if kind == "curved":
            direction = resefa.follow(generator, code, direction, change=change, largest=1.0)
        images = resefa.edit(generator, code, direction, [-1, 1], change=change)[0]
        cut = None
        if kind == "exact outside":
            images, figures = resefa.Composite().of(original, images, region)
            cut = [one.cut_inside for one in figures]
        changes = squared_change(images, original)
        inside, other, elsewhere = (weighted_mean(changes, w).tolist() for w in (region.edit, twin.edit, rest))
        for i, sign in enumerate((-1, 1)):
            yield {
                "method": method, "sign": sign, "inside": inside[i], "twin": other[i], "rest": elsewhere[i],
                "cut_inside": None if cut is None else cut[i], "seconds": time.process_time() - start,
            }  # fmt: skip


TOGETHER: dict[str, resefa.Directions] = {}


def table_rows(journal: list[dict[str, Any]], change: float) -> list[list[Any]]:
    """One row for each model, part and method: medians over the edits that reach the change."""
    rows = []
    for model, parts in PARTS.items():
        for part in parts:
            for method in METHODS[model]:
                every = [one for one in journal if (one["model"], one["part"], one["method"]) == (model, part, method)]
                if not every:
                    continue
                # A composite shows the edit of the plain method, which must have reached the change.
                plain = {
                    (one["seed"], one["sign"]): one["inside"]
                    for one in journal
                    if (one["model"], one["part"], one["method"]) == (model, part, method.split(", ")[0])
                }
                exact = "exact" in method
                good = [
                    one
                    for one in every
                    if (plain[one["seed"], one["sign"]] if exact else one["inside"]) >= REACHED * change
                ]
                alone = [one for one in good if max(one["twin"], one["rest"]) <= ALONE * one["inside"]]
                retained = [one["inside"] / change for one in good]
                rows.append([
                    model, part, method, len({one["seed"] for one in every}), f"{len(good)} of {len(every)}",
                    *(statistics.median(one[name] / one["inside"] for one in good) if good else None for name in ("twin", "rest")),
                    statistics.median(retained) if good else None, f"{len(alone)} of {len(every)}",
                ])  # fmt: skip
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="toon-faces-64", choices=[*METHODS])
    parser.add_argument("--parts", nargs="+")
    parser.add_argument("--methods", nargs="+")
    parser.add_argument(
        "--seeds", type=int, default=0, help="images from seed 0 to measure; 0: only the tables of the journal"
    )
    parser.add_argument("--first", type=int, default=0, help="first seed to measure")
    parser.add_argument("--change", type=float, default=0.05)
    parser.add_argument("--journal", type=Path, required=True, help="file of measurements, one JSON object a line")
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/one_of_a_pair.json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # an edit that does not reach the change is a figure here
    if options.seeds:
        generator = resefa.load(options.model)
        for seed in range(options.first, options.seeds):
            for part in options.parts or PARTS[options.model]:
                code = generator.sample(seed)
                with options.journal.open("a", encoding="utf-8") as file:
                    for one in edits(
                        generator, code, part, list(options.methods or METHODS[options.model]), options.change
                    ):
                        print(
                            json.dumps({"model": options.model, "part": part, "seed": seed} | one),
                            file=file,
                            flush=True,
                        )
            print(f"seed {seed}", flush=True)
    lines = options.journal.read_text(encoding="utf-8").splitlines()
    last = {(one["model"], one["part"], one["seed"], one["method"], one["sign"]): one for one in map(json.loads, lines)}
    columns = [
        {"name": "model"}, {"name": "part"}, {"name": "edit"}, {"name": "images"}, {"name": "edits that reach the change"},
        {"name": "twin / part", "format": ".3f"}, {"name": "rest / part", "format": ".3f"}, {"name": "change shown / wanted", "format": ".2f"},
        {"name": "part alone"},
    ]  # fmt: skip
    result = {
        "title": "One of a pair and tiny regions",
        "kind": "accuracy",
        "order": 22,
        "benchmark": "one_of_a_pair --journal pair.jsonl",
        "about": f"The limits of section 4.4 of the paper: both signs of the best direction at a mean squared change of {options.change:g} inside, on images from seed 0 "
        "that have the part. Twin: the mirror region; for a tooth the rest of the mouth's box. Medians over the edits that reach the change. Part alone: "
        f"twin and rest each change by at most {ALONE:g} of the part, among all edits. 24 images: the direction of seeds 1000 to 1023 together, on unseen images. "
        "Exact outside: the composite of the plain edit; its change shown is what the seam retains.",
        "machine": loaded_machine(),
        "tables": [
            {"id": "one-of-a-pair", "columns": columns, "rows": table_rows(list(last.values()), options.change)}
        ],
        "notes": [
            "A pupil and a tooth have a box on each image, so that no direction of 24 images exists for them; heads without glasses have no lens.",
            "A composite leaves the twin and the rest as they were by construction; its price is the share of the change that its seam retains.",
        ],
    }
    report(result, "one_of_a_pair", options.save)


if __name__ == "__main__":
    main()
