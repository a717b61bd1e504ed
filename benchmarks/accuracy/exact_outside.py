"""Composites compared: the plain edit, a hard paste, a feather, and the seam of ``Composite`` with both kinds of blending.

The edits (the best direction of each region, both signs) are stored in --edits, so that composites can be compared again.

    python benchmarks/run.py run exact_outside --edits edits.pt
    python benchmarks/run.py run exact_outside --edits edits.pt --save        # also writes results/exact_outside.json
    python benchmarks/run.py run exact_outside --edits edits.pt --sheet exact_outside.png
"""

from __future__ import annotations

import argparse
import statistics
import warnings
from pathlib import Path
from typing import Any

import torch

import resefa
from benchmarks.support.results_file import loaded_machine, report
from resefa.editing import fit
from resefa.errors import RegionError
from resefa.metrics.change import region_change
from resefa.presentation.contact_sheet import SheetRow, contact_sheet
from resefa.presentation.pixels import to_picture
from resefa.presentation.save_images import save_picture
from resefa.regions.weights import RegionWeights

MODELS = {
    "toon-faces": ("W", ("mouth", "eyes", "hair", "glasses")),
    "faces-dcgan": ("Z", ("mouth", "eyes", "left-eye")),
}
CHANGE = 0.08
COMPOSITES = {
    "plain edit": None,
    "hard paste": resefa.Composite(0, inset=0),
    "feather": resefa.Composite(inset=0, blend="weights"),
    "seam, feather": resefa.Composite(blend="weights"),
    "seam, gradients (default)": resefa.Composite(),
}


def edits(seeds: list[int]) -> dict[tuple[Any, ...], tuple[torch.Tensor, ...]]:
    """(model, seed, region, rank) -> original, edited images of both signs, weights to edit and to protect."""
    made = {}
    for model, (space, regions) in MODELS.items():
        generator = resefa.load(model)
        for seed in seeds:
            code = generator.sample(seed)
            for region in regions:
                try:
                    direction = resefa.discover(generator, code, region, k=1, space=space)[0]
                    fitted = fit(generator, code, direction, measured=True).on_images()
                except RegionError:  # a head without glasses has no such part
                    continue
                down, original, up = resefa.edit(generator, code, direction, [-1, 0, 1], change=CHANGE)[0]
                made[model, seed, region, 0] = (
                    original,
                    torch.stack([down, up]),
                    *(weights.squeeze(0) for weights in (fitted.composition.edit, fitted.composition.protect)),
                )
    return made


def row(model: str, region: str, name: str, found: list[tuple[torch.Tensor, ...]]) -> list[Any]:
    """The medians of one composite over the edits of one region."""
    figures, outside, collages = [], [], 0
    for original, edited, edit, protect in found:
        weights = RegionWeights(edit.double(), torch.minimum(protect.double(), 1 - edit.double()))
        images, every = edited, []
        if (composite := COMPOSITES[name]) is not None:
            images, every = composite.of(original, edited, weights)
        changes = region_change(images, original[None], weights.edit, weights.protect)
        outside += [change.outside for change in changes]
        figures += [(one.cut, one.cut_inside, one.jump, one.jump_relative) for one in every] or [(0, 0, 0, 0)] * len(
            edited
        )
        collages += sum(one.collage for one in every)
    cells = [statistics.median(column) for column in zip(*figures, strict=True)]
    return [
        model,
        region,
        name,
        statistics.median(outside),
        *cells,
        f"{collages} of {len(figures)}" if name != "plain edit" else "",
    ]


SHOWN = (
    ("toon-faces", 7, "mouth", 0), ("toon-faces", 7, "mouth", -1), ("toon-faces", 3, "eyes", 0), ("faces-dcgan", 7, "mouth", 0),
    ("faces-dcgan", 10, "mouth", -1), ("faces-dcgan", 3, "eyes", 0),
)  # fmt: skip
"""Edits on the sheet: model, seed, region and place of the sign."""


def save_rows(stored: dict[tuple[Any, ...], tuple[torch.Tensor, ...]], path: Path) -> None:
    """A sheet with the original and each composite of the edits in ``SHOWN``."""
    rows = []
    for model, seed, region, sign in SHOWN:
        original, edited, edit, protect = stored[model, seed, region, 0]
        weights = RegionWeights(edit.double(), torch.minimum(protect.double(), 1 - edit.double()))
        made = [
            edited[sign] if one is None else one.of(original, edited[sign], weights).images[0]
            for one in COMPOSITES.values()
        ]
        cells = [to_picture(image, 192) for image in [original, *made]]
        rows.append(SheetRow(f"{model}, seed {seed}, {region} {'-+'[sign]}", cells))
    save_picture(path, contact_sheet(rows, ["original", *COMPOSITES]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--edits", type=Path, required=True, help="file of the edits, made where it does not exist")
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 7, 10])
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/exact_outside.json")
    parser.add_argument("--sheet", type=Path, help="write a sheet of composites instead of the table")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # an edit that does not reach the change is composited as it is
    if not options.edits.exists():
        torch.save(edits(options.seeds), options.edits)
    stored = torch.load(options.edits, weights_only=True)
    if options.sheet is not None:
        save_rows(stored, options.sheet)
        return
    rows = []
    for model, (_, regions) in MODELS.items():
        for region in regions:
            found = [value for key, value in stored.items() if key[0] == model and key[2] == region and key[3] == 0]
            rows += [row(model, region, name, found) for name in COMPOSITES]
            print(*rows[-len(COMPOSITES) :], sep="\n", flush=True)
    columns = [
        {"name": "model"}, {"name": "region"}, {"name": "composite"}, {"name": "change outside", "format": ".1e"},
        {"name": "edit cut off", "format": ".2f"}, {"name": "of that inside", "format": ".3f"},
        {"name": "jump at the seam", "format": ".3f"}, {"name": "relative jump", "format": ".2f"}, {"name": "collages"},
    ]  # fmt: skip
    seeds = sorted({key[1] for key in stored})
    result = {
        "title": "Composites with an exact outside",
        "kind": "accuracy",
        "order": 23,
        "benchmark": "exact_outside --edits edits.pt",
        "about": f"The best direction of each region on seeds {', '.join(map(str, seeds))}, both signs, up to a mean squared change of {CHANGE:g} inside; medians. "
        "Cut off: `|d - c|^2 / (|d - c|^2 + |c|^2)` for the change d of the edit and c of the composite, in the whole picture and inside the region. Jump: by how much "
        "differences of neighbouring pixels leave the interval of those in the two pictures, per pixel of the region's edge (images in [-1, 1]); relative to the root mean "
        "square difference of neighbours.",
        "machine": loaded_machine(),
        "tables": [{"id": "exact-outside", "columns": columns, "rows": rows}],
        "notes": [
            "The jump counts steps at the seam, not the ghosts that a feather leaves where it mixes two pictures."
        ],
    }
    report(result, "exact_outside", options.save)


if __name__ == "__main__":
    main()
