"""Regions for one attribute of toon faces compared: a preset's box, the image's part, and the part grown, at the same change.

Directions for the mouth (``part:mouth`` grown by several distances, and the box ``mouth``) in W+, analysed on the network's image of 64
pixels, and edits measured on that of 128. Every edit makes the same mean squared change in the box. Then: the change outside the true part (the mask of the original and of
the edited image together), and whether the attribute reader sees another kind of mouth (hit), and no other change of kind (clean).

    python benchmarks/run.py run parts
    python benchmarks/run.py run parts --seeds 16 --space S --level 0.05
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict

import torch

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.comparison.strength_matching import Path, Paths
from resefa.errors import RegionError
from resefa.generators.image_regions import weights_on
from resefa.metrics.change import squared_change
from resefa.segmenters import parts_of
from resefa.worlds import AttributeReader

GROWTHS = ("", "^2%", "^4%")
OTHERS = ("eyes", "eyebrows", "hair", "rear-hair", "beard", "glasses", "clothes")


def outside_true_part(generator, part, images, original):
    """The mean change of each image (b,) outside its part and that of the original."""
    masks = [torch.from_numpy(each.mask(part)) for each in parts_of(torch.cat([original, images]), generator.segmenter)]
    outside = torch.stack([~(masks[0] | mask) for mask in masks[1:]])
    change = squared_change(images, original)
    return (change * outside).sum((1, 2)) / outside.sum((1, 2))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", default="mouth", help="part, preset and attribute")
    parser.add_argument("--seeds", type=int, default=8, help="images that have the part, from seed 0")
    parser.add_argument("--space", default="W+")
    parser.add_argument("--side", type=int, default=128, help="of the network's image on which edits are measured")
    parser.add_argument("--level", type=float, default=0.1, help="mean squared change in the box")
    parser.add_argument("--k", type=int, default=2, help="directions of each region")
    parser.add_argument("--save", action="store_true", help="write results/parts.json")
    options = parser.parse_args()
    generator, reader = resefa.load("toon-faces").at_resolution(options.side), AttributeReader()
    box = resefa.Region.preset(options.part, "toon-faces")
    regions = {options.part: box} | {
        text: resefa.Region.parse(text) for text in (f"part:{options.part}{growth}" for growth in GROWTHS)
    }
    figures = defaultdict(list)
    done, seed, start = 0, -1, time.perf_counter()
    while done < options.seeds:
        seed += 1
        code = generator.sample(seed)
        try:
            area = weights_on(generator, code, regions[f"part:{options.part}"]).edit_pixels
        except RegionError:
            continue
        done += 1
        session = resefa.Session(cache=resefa.JacobianCache())
        paths, names = [], []
        for name, region in regions.items():
            found = resefa.discover(
                generator,
                code,
                region,
                k=options.k,
                space=options.space,
                analysis_resolution=64,
                intermediate=True,
                session=session,
            )
            weights = weights_on(generator, code, box)
            paths += [Path(direction, weights, sign) for direction in found for sign in (1, -1)]
            names += [name] * (2 * len(found))
        edits = Paths(generator, code, paths)
        sides = [side for (side,) in edits.matched([options.level])]
        images = edits.images(range(len(paths)), [side.alpha for side in sides])
        outside = outside_true_part(generator, options.part, images, edits.original)
        before, after = reader.read(edits.original), reader.read(images)
        for i, (name, side) in enumerate(zip(names, sides, strict=True)):
            hit = after.kinds(options.part)[i] != before.kinds(options.part)[0]
            clean = all(after.kinds(other)[i] == before.kinds(other)[0] for other in OTHERS if other != options.part)
            figures[name].append((float(outside[i]), side.change.outside, side.attained, hit, hit and clean))
        print(f"seed {seed}: {area:.0f} pixels, {time.perf_counter() - start:.0f} s", flush=True)
    report(result(options, figures, generator.segmenter.fingerprint), "parts", options.save)


def result(options, figures, segmenter):
    """The figures of each region, (outside the true part, outside the box, reached, hit, clean) of each edit, as a results file."""
    columns = [
        {"name": "region"},
        {"name": "outside the true part", "format": ".1e"},
        {"name": "outside the box", "format": ".1e"},
        {"name": "edits that reach the change"},
        {"name": "hits"},
        {"name": "clean hits"},
    ]
    rows = []
    for name, edits in figures.items():
        true, boxed, reached, hits, clean = zip(*edits, strict=True)
        rows.append([
            f"`{name}`", statistics.median(true), statistics.median(boxed), f"{sum(reached)} of {len(edits)}", sum(hits), sum(clean)
        ])  # fmt: skip
    about = (
        f"`toon-faces`, {options.seeds} images from seed 0 that have the part, the first {options.k} directions of each region in {options.space} "
        f"with both signs, analysed at 64 pixels and edited on the network's image of {options.side}: every edit makes a mean squared change of "
        f"{options.level:g} in the box. True part: the mask of the original and of the edit together; medians. Hit: the attribute reader sees "
        f"another kind of {options.part}; clean: and no other change of kind. Segmenter {segmenter[:8]}."
    )
    return {
        "title": "A region by box and by part of the image", "kind": "accuracy", "order": 21, "benchmark": f"parts --seeds {options.seeds}",
        "about": about, "machine": loaded_machine(), "tables": [{"id": "parts", "columns": columns, "rows": rows}], "notes": [],
    }  # fmt: skip


if __name__ == "__main__":
    main()
