"""``resefa region``: draws a region on images and reports its size."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import (
    AsJson,
    ChosenImages,
    CodeOption,
    CodeSpaceOption,
    Ignore,
    Output,
    Protect,
    Quiet,
    Regions,
    region_of,
)
from resefa.cli.terminal import report


@takes_model
def region(
    model: ModelOptions,
    region: Regions,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            metavar="SEEDS",
            help="Seeds of the images: 7, 0-15 or 1,4,9-12; default 0.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    protect: Protect = None,
    ignore: Ignore = None,
    output: Output = Path("region.png"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw a region on images and report its size, before any discovery."""
    from resefa.errors import OutputError
    from resefa.generators.image_regions import weights_where_present
    from resefa.presentation.region_picture import coverage, region_sheet
    from resefa.presentation.save_images import STILL, save_picture

    if output.suffix.lower() not in STILL:
        raise OutputError(f"{output} is not a picture file; give a name that ends in {', '.join(STILL)}.")
    chosen = ChosenImages.of(seeds, code, code_space, default="0")
    generator = model.opened()
    where = region_of(generator, region, protect, ignore)
    codes = chosen.codes(generator)
    images = generator.synthesize(codes)
    labels = [codes.label(i) for i in range(len(codes))]
    weights = weights_where_present(generator, images, labels, where)
    found = [each for each in weights if each is not None]
    covered = coverage(weights)
    title = f"{generator.name}: {where.label}, {covered}"
    save_picture(output, region_sheet(images, labels, weights, title))
    pixels = found[0].edit.numel()
    facts = {
        "output": str(output),
        "model": generator.name,
        "region": where.text,
        "protect": where.protect_text,
        "ignore": where.ignore_text,
        "seeds": codes.seeds,
        "resolution": generator.resolution,
        "edit_pixels": mean(each.edit_pixels for each in found),
        "protect_pixels": mean(each.protect_pixels for each in found),
        "share": mean(each.edit_pixels for each in found) / pixels,
        "follows_image": where.follows_image,
        "images": [
            {"image": label, "edit_pixels": 0.0 if each is None else each.edit_pixels}
            for label, each in zip(labels, weights, strict=True)
        ],
    }
    report(as_json, quiet, f"{where.label} covers {covered}; wrote {output}", facts)
