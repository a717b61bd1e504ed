"""Strength profiles: how well they predict changes on the analysed image and on others, and how even the slider is.

python benchmarks/run.py run strength_profiles                        # print the tables; an hour on a processor
python benchmarks/run.py run strength_profiles --save                 # and write benchmarks/results/strength_profiles.json
python benchmarks/run.py run strength_profiles --journal found.jsonl  # resume after an interruption
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.directions import Direction, StrengthSide
from resefa.editing.moves import motions
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import region_change, squared_change, weighted_mean

MODELS = {"faces-dcgan": "Z", "toon-faces-64": "W"}
REGIONS = ("mouth", "eyes", "hair")
STEPS = 6
"""Pictures per side between which evenness is measured; none lies on a knot but the last."""
FAR_AWAY = 3
"""Number of other images for each direction, the next seeds."""


def moved(generator: BaseGenerator, code: LatentCode, direction: Direction, alphas: list[float]) -> Tensor:
    """The original and the images of signed steps."""
    base, (motion,) = motions(generator, code, [direction])
    steps = torch.tensor([0.0, *alphas]).to(base.values)
    return generator.synthesize(LatentCode(base.values + steps[:, None] * motion.lift(direction.vector), base.space))


def unevenness(images: Tensor, weights: Tensor) -> float:
    """The largest over the smallest root mean square of the change inside between neighbouring pictures."""
    chords = weighted_mean(squared_change(images[1:], images[:-1]), weights).sqrt()
    return float(chords.max() / chords.min().clamp(min=1e-9))


def of_side(
    generator: BaseGenerator, codes: list[LatentCode], direction: Direction, side: StrengthSide, sign: int
) -> dict[str, Any]:
    """Figures of one side: on the analysed image (the first code), and on the others."""
    edit, protect = direction.edit, direction.protect
    assert edit is not None and protect is not None
    even = [sign * side.step((i + 1) / STEPS) for i in range(STEPS)]
    images = moved(generator, codes[0], direction, even)
    actual = region_change(images[1:], images[:1], edit, protect)
    equal = moved(generator, codes[0], direction, [sign * side.end * (i + 1) / STEPS for i in range(STEPS)])
    others = []
    for code in codes[1:]:
        alphas = [sign * side.end, *([] if side.unit is None else [sign * side.unit])]
        pictures = moved(generator, code, direction, alphas)
        found = region_change(pictures[1:], pictures[:1], edit, protect)
        others.append([[one.inside, one.outside] for one in found])
    return {
        "even": unevenness(images, edit),
        "equal": unevenness(equal, edit),
        "self": [a.inside / side.change(alpha).inside for a, alpha in zip(actual, even, strict=True)],
        "end": [side.inside[-1], side.outside[-1]],
        "unit": side.unit,
        "reason": side.reason,
        "others": others,
    }


def record(generator: BaseGenerator, space: str, seed: int, folder: str) -> list[dict[str, Any]]:
    """Both sides of the best direction of each region, found on one image."""
    codes = [generator.sample(seed=seed + i) for i in range(FAR_AWAY + 1)]
    found = []
    for region in REGIONS:
        directions = resefa.discover(generator, codes[0], region, k=1, space=space, cache=folder)
        direction = resefa.measure_strengths(generator, directions)[0]
        assert direction.facts is not None and direction.facts.strength is not None
        for sign in (1, -1):
            side = direction.facts.strength.side(sign)
            figures = of_side(generator, codes, direction, side, sign)
            found.append({"model": generator.name, "region": region, "seed": seed, "sign": sign, **figures})
    return found


def _quantiles(values: list[float]) -> list[float | None]:
    if not values:
        return [None, None]
    return [round(float(np.median(values)), 3), round(float(np.quantile(values, 0.9)), 3)]


def _off(values: list[float]) -> list[float]:
    """Factors, 1 or more, by which ratios differ from 1."""
    return [max(value, 1 / max(value, 1e-9)) for value in values]


def tables(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each model and region."""
    evenness, prediction = [], []
    for model, region in sorted({(one["model"], one["region"]) for one in records}):
        sides = [one for one in records if (one["model"], one["region"]) == (model, region)]
        evenness.append(
            [
                model,
                region,
                len(sides),
                *_quantiles([s["equal"] for s in sides]),
                *_quantiles([s["even"] for s in sides]),
            ]
        )
        itself = _off([ratio for s in sides for ratio in s["self"]])
        ends = [other[0][0] / s["end"][0] for s in sides for other in s["others"] if s["end"][0] > 0]
        units = [other[1][0] / 0.05 for s in sides for other in s["others"] if len(other) > 1]
        within = [float(max(ratio, 1 / max(ratio, 1e-9)) <= 2) for ratio in ends]
        reached = sum(s["unit"] is not None for s in sides)
        share = round(float(np.mean(within)), 3) if within else None
        prediction.append(
            [
                model,
                region,
                f"{reached} of {len(sides)}",
                *_quantiles(itself),
                *_quantiles(_off(ends)),
                share,
                *_quantiles(_off(units)),
            ]
        )
    head = [{"name": "model"}, {"name": "region"}]
    factor = {"format": ".2f"}
    return [
        {
            "id": "strength-evenness",
            "caption": "Largest over smallest root mean square of the change inside between neighbouring pictures of six per side",
            "columns": [
                *head,
                {"name": "sides"},
                {"name": "even steps alpha, median", **factor},
                {"name": "90%", **factor},
                {"name": "slider, median", **factor},
                {"name": "90%", **factor},
            ],
            "rows": evenness,
        },
        {
            "id": "strength-prediction",
            "caption": "Factor between the measured and the predicted mean squared change inside (1: as predicted)",
            "columns": [
                *head,
                {"name": "sides that reach 0.05"},
                {"name": "analysed image between knots, median", **factor},
                {"name": "90%", **factor},
                {"name": "other images at the end of the range, median", **factor},
                {"name": "90%", **factor},
                {"name": "share within a factor of 2", **factor},
                {"name": "other images at the unit, median", **factor},
                {"name": "90%", **factor},
            ],
            "rows": prediction,
        },
    ]


def result(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of the results file."""
    counts = {model: len({one["seed"] for one in records if one["model"] == model}) for model in MODELS}
    images = ", ".join(f"{count} of {model} ({MODELS[model]})" for model, count in counts.items() if count)
    reasons: dict[str, int] = {}
    for one in records:
        reasons[one["reason"]] = reasons.get(one["reason"], 0) + 1
    listed = "; ".join(f"{reason}: {count}" for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1]))
    return {
        "title": "Strength profiles",
        "kind": "accuracy",
        "order": 45,
        "benchmark": "strength_profiles",
        "about": (
            f"Profiles of the best direction of mouth, eyes and hair, each found and measured on one image: {images}. Both signs; the other "
            f"images are the next {FAR_AWAY} seeds."
        ),
        "machine": loaded_machine(),
        "tables": tables(records),
        "notes": [f"Why the ranges end (sides): {listed}."],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the results file")
    parser.add_argument("--seeds", type=int, default=12, help="number of analysed images of each model")
    parser.add_argument("--models", nargs="*", default=list(MODELS), help="models to measure")
    parser.add_argument(
        "--journal", type=Path, help="file of records, one a line, that an interrupted run resumes from"
    )
    options = parser.parse_args()
    records: list[dict[str, Any]] = []
    if options.journal is not None and options.journal.exists():
        records = [json.loads(line) for line in options.journal.read_text("utf-8").splitlines()]
    for model in options.models:
        generator = resefa.load(model)
        for seed in range(options.seeds):
            if any((one["model"], one["seed"]) == (generator.name, seed) for one in records):
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = record(generator, MODELS[model], seed, folder)
            records += found
            if options.journal is not None:
                with options.journal.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(one) + "\n" for one in found)
    report(result(records), "strength_profiles", options.save)


if __name__ == "__main__":
    main()
