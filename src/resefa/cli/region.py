"""``resefa region``: draws a region on images and reports its size."""

from __future__ import annotations

from pathlib import Path
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
    from resefa.presentation.region_picture import coverage, region_sheet
    from resefa.presentation.save_images import STILL, save_picture

    if output.suffix.lower() not in STILL:
        raise OutputError(f"{output} is not a picture file; give a name that ends in {', '.join(STILL)}.")
    chosen = ChosenImages.of(seeds, code, code_space, default="0")
    generator = model.opened()
    where = region_of(generator, region, protect, ignore)
    weights = where.weights(*generator.resolution)
    codes = chosen.codes(generator)
    covered = coverage(weights)
    labels = [codes.label(i) for i in range(len(codes))]
    title = f"{generator.name}: {where.label}, {covered}"
    save_picture(output, region_sheet(generator.synthesize(codes), labels, weights, title))
    facts = {
        "output": str(output),
        "model": generator.name,
        "region": where.text,
        "protect": where.protect_text,
        "ignore": where.ignore_text,
        "seeds": codes.seeds,
        "resolution": generator.resolution,
        "edit_pixels": weights.edit_pixels,
        "protect_pixels": weights.protect_pixels,
        "share": weights.edit_pixels / (weights.height * weights.width),
    }
    report(as_json, quiet, f"{where.label} covers {covered}; wrote {output}", facts)
