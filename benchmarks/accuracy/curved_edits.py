"""Curved edits against straight ones at the same change inside: change outside, reach, Frechet distance and cost, over seeds, regions and signs.

The best direction of each image and region is followed by ``resefa.follow`` to the largest level. At each level (a mean squared change inside)
that both reach, the change outside is measured on the images of the path and of the straight line at exactly the same change inside; the
straight line may take any step up to the distance between two samples. Reach is the change inside at the end of the path divided by that of
the straight line under the limits of a calibrated edit, both at most the largest level. A further level is different for each side: the end of
the straight line under these limits, where people see most. The last table tells whether the edited images are still good images: their
Frechet distance to their originals and to unedited images of other seeds, and their precision.

    python benchmarks/run.py run curved_edits
    python benchmarks/run.py run curved_edits --models toon-faces-64=20 faces-dcgan=20 toon-faces=4 --save
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeVar

import torch

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.editing.fitting import FittedEdit, fit
from resefa.editing.moves import motions
from resefa.editing.strength import calibrated, side_for_figures
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change, region_change
from resefa.metrics.features.efficientnet_lite import EfficientNetLite0
from resefa.metrics.frechet import frechet_distance_of_features

MODELS = ("toon-faces-64=20", "faces-dcgan=20")
REGIONS = ("mouth", "eyes", "hair")
LEVELS = (0.02, 0.05, 0.1)
END = 0.0
"""Key of the level at the end of the straight line."""
UNEDITED = range(10_000, 11_000)
NEIGHBOUR = 3
ALL = "all"
T = TypeVar("T")
BATCH = 50


@dataclass
class Figures:
    """Figures of one region (or of all) and one model; a pair is one side of one image at one level.

    Attributes:
        outside: level -> change outside of path and straight line, for each pair.
        images: level -> edited images along the path and along the straight line, and the original, for each pair.
        reach: reach of the path as a fraction of the straight line's, for each side.
        fell_short: sides whose path does not reach the largest level.
        products: JVPs and VJPs for both signs, as a multiple of the JVPs of one Jacobian, for each image.
        seconds: time of one path.
    """

    outside: dict[float, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    images: dict[float, list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    reach: list[float] = field(default_factory=list)
    fell_short: int = 0
    products: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Join the figures of another region."""
        for mine, others in ((self.outside, other.outside), (self.images, other.images)):
            for level, pairs in others.items():
                mine[level] += pairs
        self.reach += other.reach
        self.fell_short += other.fell_short
        self.products += other.products
        self.seconds += other.seconds


def images_at(fitted: FittedEdit, steps: torch.Tensor) -> tuple[torch.Tensor, list[Change]]:
    """Images at displacements (s, n) of one code, and their changes in the region of the image."""
    (direction,) = fitted.composition.directions
    base, (motion,) = motions(fitted.generator, fitted.code, [direction])
    images = fitted.generator.synthesize(LatentCode(base.values + motion.lift(steps.to(base.values)), base.space))
    return images, region_change(images, fitted.generator.synthesize(base), direction.edit, direction.protect)


def compare(generator: resefa.Generator, seed: int, region: str, figures: Figures, levels: tuple[float, ...]) -> None:
    """Follow the best direction of one image and region, and add both signs to the figures."""
    code, session = generator.sample(seed), resefa.Session(cache=resefa.JacobianCache())
    space = "W" if "W" in generator.spaces else None
    direction = resefa.discover(generator, code, region, k=1, space=space, session=session)[0]
    fitted = fit(generator, code, direction, measured=True)
    start = time.perf_counter()
    # Without the discovery's Jacobian, which would be free: the whole cost of a path counts.
    paths = resefa.follow(
        generator, code, direction, change=levels[-1], largest=1.0, session=resefa.Session(cache=resefa.JacobianCache())
    )
    figures.seconds.append(time.perf_counter() - start)
    (path,) = paths.paths
    figures.products.append(path.certificate.products / path.dimensions)
    line = calibrated(fitted.generator, fitted.code, direction, levels[-1])
    original = fitted.generator.synthesize(fitted.code)[0].clamp(-1, 1).cpu()
    for sign in (1, -1):
        end = path.end(sign)
        figures.fell_short += end < 0.99 * levels[-1]
        straight_end = line.side(sign).change.inside
        figures.reach.append(min(end, levels[-1]) / min(straight_end, levels[-1]))
        for key in (*levels, END):
            level = key or min(end, straight_end, levels[-1])
            if end < 0.99 * level or level <= 0:
                continue
            images, (change,) = images_at(fitted, path.displacements([sign * level**0.5]))
            side = side_for_figures(fitted.generator, fitted.code, direction, change.inside, sign)
            if not side.attained:
                continue
            others, (straight,) = images_at(fitted, sign * side.alpha * direction.vector[None].cpu())
            figures.outside[key].append((change.outside, straight.outside))
            figures.images[key].append((images[0].clamp(-1, 1).cpu(), others[0].clamp(-1, 1).cpu(), original))


def features_of(extractor: EfficientNetLite0, images: torch.Tensor) -> torch.Tensor:
    """Features (n, d) of images, in batches."""
    return torch.cat([extractor.features(batch) for batch in images.split(BATCH)])


def unedited_features(generator: resefa.Generator, extractor: EfficientNetLite0) -> torch.Tensor:
    """Features of unedited images of other seeds."""
    images = [
        generator.synthesize(generator.sample(list(UNEDITED)[i : i + BATCH])).clamp(-1, 1)
        for i in range(0, len(UNEDITED), BATCH)
    ]
    return features_of(extractor, torch.cat(images))


def precision(features: torch.Tensor, real: torch.Tensor) -> float:
    """Share of images that lie within the distance of a real image to its third neighbour (Kynkaanniemi et al., NeurIPS 2019, equation 2)."""
    radii = torch.cdist(real, real).kthvalue(NEIGHBOUR + 1, dim=1).values
    return float((torch.cdist(features, real) <= radii).any(1).double().mean())


def rows_of(name: str, region: str, figures: Figures) -> list[list[object]]:
    """A row for each level."""
    rows: list[list[object]] = []
    for level in (*LEVELS, END):
        pairs = figures.outside[level]
        ratios = sorted(path / line for path, line in pairs)
        middle = statistics.median(ratios) if ratios else None
        quartiles = [ratios[len(ratios) // 4], ratios[3 * len(ratios) // 4]] if ratios else None
        medians = [statistics.median(each) for each in zip(*pairs, strict=True)] if pairs else [None, None]
        rows.append([
            name, region, f"{level:g}" if level else "end of the line", len(pairs), *medians, middle, quartiles,
            statistics.median(figures.reach), statistics.median(figures.products), max(figures.products), statistics.median(figures.seconds),
        ])  # fmt: skip
    return rows


def without_region(row: list[T]) -> list[T]:
    """A row of the table of all regions, or its columns."""
    return [row[0], *row[2:]]


def quality_rows(
    name: str, figures: Figures, unedited: torch.Tensor, extractor: EfficientNetLite0
) -> list[list[object]]:
    """A row of the last table for each level."""
    rows: list[list[object]] = []
    for level in (*LEVELS, END):
        if len(figures.images[level]) < 2:
            continue
        both = [
            features_of(extractor, torch.stack(list(images))) for images in zip(*figures.images[level], strict=True)
        ]
        originals = both[-1]
        apart = [frechet_distance_of_features(one, originals, allow_singular=True) for one in both[:2]]
        others = [frechet_distance_of_features(one, unedited, allow_singular=True) for one in both]
        rows.append([
            name, f"{level:g}" if level else "end of the line", len(originals), *apart, *others,
            *(100 * precision(one, unedited) for one in both),
        ])  # fmt: skip
    return rows


COLUMNS = [
    {"name": "model"},
    {"name": "region"},
    {"name": "change inside"},
    {"name": "pairs"},
    {"name": "outside, curved", "format": ".1e"},
    {"name": "outside, straight", "format": ".1e"},
    {"name": "median ratio", "format": ".2f"},
    {"name": "quartiles of the ratio", "format": ".2f"},
    {"name": "median reach", "format": ".2f"},
    {"name": "median cost", "unit": "Jacobians", "format": ".1f"},
    {"name": "largest cost", "unit": "Jacobians", "format": ".1f"},
    {"name": "time", "unit": "s", "format": ".0f"},
]


QUALITY = [
    {"name": "model"},
    {"name": "change inside"},
    {"name": "pairs"},
    {"name": "Frechet distance to the originals, curved", "format": ".1f"},
    {"name": "the same, straight", "format": ".1f"},
    {"name": "Frechet distance to other seeds, curved", "format": ".1f"},
    {"name": "the same, straight", "format": ".1f"},
    {"name": "the same, originals", "format": ".1f"},
    {"name": "precision, curved", "unit": "%", "format": ".0f"},
    {"name": "precision, straight", "unit": "%", "format": ".0f"},
    {"name": "precision, originals", "unit": "%", "format": ".0f"},
]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="MODEL=SEEDS")
    parser.add_argument("--regions", nargs="+", default=REGIONS)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/curved_edits.json")
    options = parser.parse_args()
    rows, quality, extractor, notes = [], [], EfficientNetLite0(), []
    for number, text in enumerate(options.models, 1):
        name, _, count = text.partition("=")
        generator, seeds = resefa.load(name), int(count or 20)
        unedited, every = unedited_features(generator, extractor), Figures()
        for region in options.regions:
            figures = Figures()
            for seed in range(seeds):
                compare(generator, seed, region, figures, LEVELS)
                ratios = [statistics.median(a / b for a, b in figures.outside[level]) if figures.outside[level] else math.nan for level in (*LEVELS, END)]  # fmt: skip
                print(
                    f"{name} {region} seed {seed}: ratios so far {' '.join(f'{one:.2f}' for one in ratios)}, reach {statistics.median(figures.reach):.2f}, "
                    f"{figures.products[-1]:.1f} Jacobians, {figures.seconds[-1]:.0f} s",
                    flush=True,
                )
            rows += rows_of(name, region, figures)
            every.add(figures)
        rows += rows_of(name, ALL, every)
        quality += quality_rows(name, every, unedited, extractor)
        low = sum(reach < 0.9 for reach in every.reach)
        notes.append(
            f"{name}: {every.fell_short} of {len(every.reach)} sides of paths end before a change of {LEVELS[-1]:g}; {low} reach less than 0.9 of the straight line's change."
        )
        # Saved after each model, so that an interrupted run keeps the models before.
        report(result_of(options.models[:number], options.regions, rows, quality, notes), "curved_edits", options.save)


def result_of(
    models: list[str], regions: list[str], rows: list[list[object]], quality: list[list[object]], notes: list[str]
) -> dict[str, object]:
    """The content of the results file."""
    return {
        "title": "Curved edits against straight ones",
        "kind": "accuracy",
        "order": 1,
        "benchmark": f"curved_edits --models {' '.join(models)} --regions {' '.join(regions)}",
        "about": "The best direction of each image (W, or Z of `faces-dcgan`), both signs, followed by `resefa.follow`, and the straight line at exactly the same mean squared change "
        "inside the region (images in [-1, 1], boxes of the presets), which may take any step up to the distance between two samples. A pair is one side of one image "
        "where both reach the change. End of the line: for each side the change inside at which a calibrated straight edit ends, at most the largest change. "
        "Reach: the change inside at the end of the path over that of the straight line under the limits of a calibrated edit. Cost: JVPs and "
        "VJPs for both signs, the Jacobian included, as a multiple of the JVPs of one Jacobian. Last table, features of EfficientNet-Lite0, all regions: Frechet distances of the "
        f"edited images to the originals of the same pairs and to {len(UNEDITED)} unedited images of other seeds, comparable within a row only; precision: share of images "
        "that lie within the distance of an unedited image of another seed to its third neighbour (Kynkaanniemi et al. 2019).",
        "machine": loaded_machine(),
        "tables": [
            {
                "id": "curved-edits",
                "columns": without_region(COLUMNS),
                "rows": [without_region(row) for row in rows if row[1] == ALL],
            },
            {"id": "curved-edits-regions", "columns": COLUMNS, "rows": [row for row in rows if row[1] != ALL]},
            {"id": "curved-edits-quality", "columns": QUALITY, "rows": quality},
        ],
        "notes": notes,
    }


if __name__ == "__main__":
    main()
