"""Edits of toon heads whose directions vary and hold other features than the pixels: colour, frequencies, features of networks, attributes.

For each case, image and sign, the best direction of a part is applied at one mean squared change inside the part. The attribute reader says
which attributes differ from the original; the pixels say in which colours and frequencies the change lies, and how large it is outside.

    python benchmarks/run.py run vary_and_hold --save
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.benchmark.attributes import Distinction, read_pictures
from resefa.discovery import Chroma, HighFrequencies
from resefa.errors import RegionError
from resefa.generators.image_regions import weights_on
from resefa.metrics.features.protocol import as_bytes
from resefa.regions.weights import RegionWeights
from resefa.worlds import AttributeReader

MODEL, SPACE, SEEDS = "toon-faces-64", "W", 12
CHANGES = {"part:hair": 0.03, "part:mouth": 0.1}
"""Part -> mean squared change inside at which edits are compared: enough to change the colour of hair, or the kind of a mouth."""
CASES: dict[str, tuple[tuple[list[str], list[str]], ...]] = {
    "part:hair": (
        ([], []),
        (["chroma"], ["luminance"]),
        (["luminance"], ["chroma"]),
        (["low-frequencies"], ["high-frequencies"]),
        (["high-frequencies"], ["low-frequencies"]),
        (["attributes:hair-colour"], ["attributes:hair,rear-hair"]),
    ),
    "part:mouth": (
        ([], []),
        ([], ["other-attributes:mouth"]),
        ([], ["features:toon-attributes"]),
        ([], ["pixels@part:eyes", "pixels@part:eyebrows"]),
        (["attributes:mouth"], ["other-attributes:mouth"]),
        (["features:toon-attributes"], []),
    ),
}
"""Part -> terms to vary and to hold; empty: the pixels."""
GROUPS = {
    "part:hair": {"colour": {"hair-colour"}, "kind": {"hair", "rear-hair"}},
    "part:mouth": {"mouth": {"mouth"}},
}
"""Part -> groups of attributes that may change; all other attributes are side effects."""


@dataclass
class Tally:
    """The edits of a case: attributes that differ, and figures of the change."""

    different: list[list[str]] = field(default_factory=list)
    outside: list[float] = field(default_factory=list)
    chroma: list[float] = field(default_factory=list)
    fine: list[float] = field(default_factory=list)
    sides: int = 0

    def add(self, other: Tally) -> None:
        """Add the edits of another tally."""
        self.different += other.different
        self.outside += other.outside
        self.chroma += other.chroma
        self.fine += other.fine
        self.sides += other.sides

    def share(self, counts: Callable[[set[str]], bool]) -> float:
        """Fraction of the edits that count."""
        return sum(counts(set(seen)) for seen in self.different) / max(1, len(self.different))


def shares(change: Tensor, weights: RegionWeights) -> tuple[float, float]:
    """Fractions of the change (1, 3, h, w) inside that are chroma, and that are high frequencies, as energies."""

    def energy(values: Tensor) -> float:
        return float((values.square().sum((0, 1)) * weights.edit).sum())

    parts = Chroma().values(change)
    return energy(parts[:, 1:]) / energy(parts), energy(HighFrequencies().values(change)) / energy(change)


def measured(generator: Any, seed: int, part: str, terms: tuple[list[str], list[str]], judge: Any) -> Tally:
    """Both signs of the best direction of a case for one image."""
    reader, rule = judge
    tally = Tally()
    code = generator.sample(seed, SPACE)
    vary, hold = terms
    direction = resefa.discover(generator, code, part, k=1, vary=vary or "pixels", hold=hold)[0]
    assert direction.edit is not None and direction.protect is not None
    weights = RegionWeights(direction.edit, torch.minimum(direction.protect, 1 - direction.edit))
    found = resefa.calibrate(generator, code, direction, CHANGES[part])
    before = generator.synthesize(code).double()
    read = read_pictures(reader, before.float())
    for strength, side in ((1, found.up), (-1, found.down)):
        tally.sides += 1
        if not side.attained:
            continue
        (after,) = resefa.edit(generator, code, direction, [strength * side.alpha]).double()
        tally.different.append(sorted(rule.different(read, read_pictures(reader, after.float()))[0]))
        tally.outside.append(side.change.outside)
        chroma, fine = shares(after - before, weights)
        tally.chroma.append(chroma)
        tally.fine.append(fine)
    return tally


def row(part: str, terms: tuple[list[str], list[str]], tally: Tally) -> list[Any]:
    """The row of a case in the table of its part."""
    groups = GROUPS[part]
    expected = set().union(*groups.values())
    wanted = next(iter(groups.values()))
    figures: list[Any] = [tally.share(lambda seen, group=group: bool(seen & group)) for group in groups.values()]
    figures += [
        tally.share(lambda seen: bool(seen - expected)),
        tally.share(lambda seen: bool(seen & wanted) and not seen - expected),
        *(statistics.median(each) if each else None for each in (tally.outside, tally.chroma, tally.fine)),
    ]
    vary, hold = (", ".join(f"`{term}`" for term in side) or "-" for side in terms)
    return [vary, hold, f"{len(tally.different)} of {tally.sides}", *figures]


def shows(generator: Any, reader: AttributeReader, seed: int, part: str) -> bool:
    """Whether an image shows the part, and all parts that a term of a case names."""
    code = generator.sample(seed, SPACE)
    if part == "part:hair":
        return reader.read(generator.synthesize(code)).kinds("hair") != ["none"]
    try:
        for name in (part, "part:eyes", "part:eyebrows"):
            weights_on(generator, code, resefa.Region.parse(name))
    except RegionError:
        return False
    return True


def journal(path: Path, seeds: int, parts: Sequence[str]) -> list[dict[str, Any]]:
    """The tallies of all cases on the images 0 to seeds - 1, read from a file of JSON lines; missing ones are measured and added."""
    found = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {(one["seed"], one["part"], *map(tuple, one["terms"])) for one in found}
    generator, reader = resefa.load(MODEL), AttributeReader()
    # The settings of `resefa benchmark`.
    judge = (reader, Distinction(0.7, 3.0, 0.04, reader.errors, reader.accurate))
    for seed in range(seeds):
        for part in parts:
            if not shows(generator, reader, seed, part):
                continue
            for terms in CASES[part]:
                if (seed, part, *map(tuple, terms)) in done:
                    continue
                tally = measured(generator, seed, part, terms, judge)
                found.append({"seed": seed, "part": part, "terms": terms, "tally": asdict(tally)})
                with path.open("a") as file:
                    file.write(json.dumps(found[-1]) + "\n")
    return found


def picture(path: Path, seed: int) -> None:
    """Draw the first two directions of each case of the hair, a row per case: strength -1, original, +1 of each direction."""
    generator = resefa.load(MODEL)
    code = generator.sample(seed, SPACE)
    drawn = []
    for vary, hold in CASES["part:hair"]:
        found = resefa.discover(generator, code, "part:hair", k=2, vary=vary or "pixels", hold=hold)
        sides = [resefa.calibrate(generator, code, each, CHANGES["part:hair"]) for each in found]
        images = [
            resefa.edit(generator, code, each, [-side.negative, 0, side.positive])[0]
            for each, side in zip(found, sides, strict=True)
        ]
        drawn.append(torch.cat([image for row in images for image in row], 2))
    sheet = F.interpolate(torch.cat(drawn, 1)[None], scale_factor=2, mode="nearest")[0]
    Image.fromarray(as_bytes(sheet[None])[0].byte().permute(1, 2, 0).numpy()).save(path)


def result(found: list[dict[str, Any]], parts: Sequence[str]) -> dict[str, Any]:
    """The content of the results file."""
    images = {part: len({one["seed"] for one in found if one["part"] == part}) for part in parts}
    tables = []
    for part in parts:
        rows = []
        for terms in CASES[part]:
            total = Tally()
            for one in found:
                if one["part"] == part and tuple(map(list, one["terms"])) == terms:
                    total.add(Tally(**one["tally"]))
            rows.append(row(part, terms, total))
        names = ["vary", "hold", "edits that reach the change"]
        figures = [*(f"{name} differs" for name in GROUPS[part]), "another attribute differs", "clean"]
        columns: list[dict[str, str]] = [{"name": name} for name in names]
        columns += [{"name": name, "format": ".0%"} for name in figures]
        columns += [{"name": "change outside", "format": ".4f"}]
        columns += [{"name": name, "format": ".0%"} for name in ("chroma", "high frequencies")]
        tables.append(
            {
                "id": f"vary-hold-{part.partition(':')[2]}",
                "caption": f"Region {part}, change {CHANGES[part]} inside, {images[part]} images; clean: the {next(iter(GROUPS[part]))} differs and no attribute outside the region's.",
                "columns": columns,
                "rows": rows,
            }
        )
    counts = ", ".join(f"{count} for {part}" for part, count in images.items())
    return {
        "title": "Vary and hold",
        "kind": "accuracy",
        "order": 41,
        "benchmark": "vary_and_hold",
        "about": (
            f"The best direction of each case on images of {MODEL} in {SPACE} ({counts}), both signs, at one mean squared change inside "
            "the part. Attributes are those that the attribute reader reads differently, by the rule of `resefa benchmark`; change outside, and the "
            "fractions of the change inside that are chroma and high frequencies (above 8 cycles per image), are medians."
        ),
        "machine": loaded_machine(),
        "tables": tables,
        "notes": [
            "Holding the reader's attributes or features in addition to the pixels outside takes weight from the pixels: the change outside grows, "
            "and fewer edits of the mouth are clean.",
            "Terms `attributes`, `other-attributes` and `features:toon-attributes` use the network that also judges the edits, so their "
            "figures show that the derivatives work, not that another judge would agree; the change outside does not depend on it.",
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--save", action="store_true", help="write the results file")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="number of images")
    parser.add_argument("--parts", nargs="+", default=list(CASES), choices=list(CASES), help="regions")
    parser.add_argument(
        "--journal", type=Path, default=Path("vary_and_hold.jsonl"), help="file that resumes an interrupted run"
    )
    parser.add_argument("--picture", type=Path, help="draw the edits of the hair into this file instead")
    options = parser.parse_args()
    if options.picture is not None:
        picture(options.picture, 3)
        return
    found = journal(options.journal, options.seeds, options.parts)
    report(result(found, options.parts), "vary_and_hold", options.save)


if __name__ == "__main__":
    main()
