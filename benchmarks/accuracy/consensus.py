"""Change outside at equal change inside of the direction of 24 images against that of one image, on 24 other images with both signs.

Each of the 24 analysed images has one unseen image as its partner: there the direction of the analysed image alone, the direction of all
24 by normalised sums, and that by plain sums are measured in turn at a mean squared change of 0.05 inside. Ratios are taken where all of them
reach the change. On drawn heads an edit is clean if the attribute reader sees no other attribute change.

    python benchmarks/run.py run consensus --setups faces-dcgan:Z
    python benchmarks/run.py run consensus --save --sheet consensus.png      # writes results/consensus.json
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.benchmark.attributes import Distinction, read_pictures
from resefa.benchmark.settings import Settings, attributes_of
from resefa.directions.directions import Direction
from resefa.editing.moves import motions
from resefa.editing.strength import side_for_figures
from resefa.latents.code import LatentCode
from resefa.presentation.contact_sheet import SheetRow, contact_sheet
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture
from resefa.worlds import AttributeReader

CHANGE = 0.05
SINGLE, CONSENSUS, PLAIN = "one image", "consensus", "consensus, plain sums"
METHODS = (SINGLE, CONSENSUS, PLAIN)
SETUPS = ("toon-faces-64:W", "toon-faces-64:W+", "faces-dcgan:Z")
SIGNS = (1, -1)


@dataclass
class Judge:
    """Attributes of drawn heads before and after an edit; none for other models."""

    reader: AttributeReader | None

    def clean(self, before: torch.Tensor, after: torch.Tensor, region: str) -> bool | None:
        """Whether no attribute of another part changed; None without a reader."""
        if self.reader is None:
            return None
        rule = Distinction(
            Settings.confidence, Settings.tolerance, Settings.colour_change, self.reader.errors, self.reader.accurate
        )
        different = rule.different(read_pictures(self.reader, before), read_pictures(self.reader, after))[0]
        return not different - set(attributes_of(region))


@dataclass
class Measured:
    """The sides of one region in one space: method -> change outside of each side, NaN where the change inside is not reached."""

    outside: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in METHODS})
    clean: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in METHODS})
    scores: tuple[float, float] = (math.nan, math.nan)
    curve: str = ""

    def median(self, method: str) -> float:
        """Median change outside over the sides that every method reaches."""
        return statistics.median(self.outside[method][i] for i in self.reached())

    def reached(self) -> list[int]:
        """The sides on which every method reaches the change inside."""
        return [i for i, each in enumerate(zip(*self.outside.values(), strict=True)) if not any(map(math.isnan, each))]

    def ratio(self, method: str) -> float:
        """Median over sides of the change outside, divided by that of the direction of one image."""
        return statistics.median(self.outside[method][i] / self.outside[SINGLE][i] for i in self.reached())

    def row(self, model: str, space: str, region: str) -> list[object]:
        sides = len(self.outside[SINGLE])
        cleaned = [f"{sum(self.clean[name])} of {sides}" if self.clean[name] else None for name in METHODS[:2]]
        return [
            model, space, region, *(self.median(name) for name in METHODS), self.median(CONSENSUS) / self.median(SINGLE),
            self.ratio(CONSENSUS), self.ratio(PLAIN),
            *(f"{sides - sum(map(math.isnan, self.outside[name]))} of {sides}" for name in METHODS[:2]), *cleaned,
            self.scores[0], self.curve,
        ]  # fmt: skip


def measured(
    generator, space: str, region: str, count: int, judge: Judge, cache: resefa.JacobianCache, rows: list[SheetRow]
) -> Measured:
    """All sides of one region; ``rows`` gets the pictures of the first unseen images."""
    found = Measured()
    seeds = range(count)
    options = {"k": 1, "space": space, "cache": cache}
    together = resefa.discover(generator, generator.sample(seeds), region, **options)
    plain = resefa.discover(generator, generator.sample(seeds), region, weighting="plain", **options)[0]
    transfer = together[0].facts.transfer
    found.scores = (transfer.median, transfer.worst)
    found.curve = ", ".join(
        f"{images}: {score:.2f}" for images, score in zip(transfer.images, transfer.curve, strict=True)
    )
    for seed in seeds:
        alone = resefa.discover(generator, generator.sample(seed), region, **options)[0]
        code = generator.sample(count + seed)
        original = generator.synthesize(code)
        pictures = {}
        for method, direction in zip(METHODS, (alone, together[0], plain), strict=True):
            for sign in SIGNS:
                side = side_for_figures(generator, code, direction, CHANGE, sign)
                image = edited(generator, code, direction, sign * side.alpha)
                pictures[method, sign] = image
                found.outside[method].append(side.change.outside if side.attained else math.nan)
                if (clean := judge.clean(original, image, region)) is not None:
                    found.clean[method].append(clean and side.attained)
        if seed < 4:
            order = [(SINGLE, -1), (CONSENSUS, -1), None, (SINGLE, 1), (CONSENSUS, 1)]
            drawn = [original if each is None else pictures[each] for each in order]
            rows.append(SheetRow(f"{region}, seed {count + seed}", [to_picture(image[0], 128) for image in drawn]))
    return found


def edited(generator, code: LatentCode, direction: Direction, alpha: float) -> torch.Tensor:
    """The image of a code moved by ``alpha`` along a direction."""
    base, (motion,) = motions(generator, code, [direction])
    return generator.synthesize(base.moved(alpha * motion.lift(direction.vector.to(base.values))))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--setups", nargs="+", default=list(SETUPS), metavar="MODEL:SPACE")
    parser.add_argument("--regions", nargs="+", default=["mouth", "eyes"])
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/consensus.json")
    options = parser.parse_args(arguments)
    rows, table = [], []
    for setup in options.setups:
        model, space = setup.split(":")
        generator, cache = resefa.load(model), resefa.JacobianCache()
        judge = Judge(AttributeReader() if model.startswith("toon") else None)
        for region in options.regions:
            pictures: list[SheetRow] = []
            found = measured(generator, space, region, options.images, judge, cache, pictures)
            table.append(found.row(model, space, region))
            print(table[-1], flush=True)
            rows += pictures if space != "W+" else []
    if options.sheet is not None:
        heads = ["one image, -1", "24 images, -1", "original", "one image, +1", "24 images, +1"]
        save_picture(options.sheet, contact_sheet(rows, heads, f"Unseen images at a change of {CHANGE} inside"))
    columns = [
        {"name": "model"}, {"name": "space"}, {"name": "region"},
        {"name": "outside, one image", "format": ".4f"}, {"name": "outside, consensus", "format": ".4f"},
        {"name": "outside, plain sums", "format": ".4f"}, {"name": "ratio of the medians", "format": ".2f"},
        {"name": "median ratio", "format": ".2f"},
        {"name": "median ratio, plain sums", "format": ".2f"}, {"name": "reached, one image"}, {"name": "reached, consensus"},
        {"name": "clean, one image"}, {"name": "clean, consensus"}, {"name": "transfer score", "format": ".2f"},
        {"name": "score by number of images"},
    ]  # fmt: skip
    result = {
        "title": "Directions of 24 images against directions of one, on unseen images",
        "kind": "accuracy",
        "order": 1,
        "benchmark": "consensus",
        "about": f"Seeds 0 to {options.images - 1} are analysed, one by one and together; each direction is measured on unseen images, seeds "
        f"{options.images} to {2 * options.images - 1}, with both signs at a mean squared change of {CHANGE} inside the region (boxes of the "
        "presets). Changes outside and ratios are medians over the sides that every method reaches. Clean: the change is reached, and the "
        "attribute reader sees no attribute of another part change. The transfer score is the median first-order score of the analysed images, "
        "each left out in turn.",
        "machine": loaded_machine(),
        "tables": [{"id": "consensus", "columns": columns, "rows": table}],
        "notes": [],
    }
    report(result, "consensus", options.save)


if __name__ == "__main__":
    main()
