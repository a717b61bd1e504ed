"""``resefa region``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.options import (
    AsJson,
    ChosenImages,
    CodeOption,
    CodeSpaceOption,
    ModelOptions,
    Output,
    Quiet,
    takes_model,
)
from resefa.cli.terminal import report


@takes_model
def region(
    model: ModelOptions,
    region: Annotated[
        list[str], typer.Option(help="mouth, box:40,18,14,28, mask.png, mouth+eyes, '!hair.png'. Several are combined.")
    ],
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds", "--seed", help="Seeds of the images to draw the region on: 7, 0-15 or 1,4,9-12; default 0."
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    protect: Annotated[str | None, typer.Option(help="Protect this region and nothing else.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Let this region change freely.")] = None,
    output: Output = Path("region.png"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show a region on images, and how much of them it covers, before any discovery."""
    from functools import reduce

    import resefa
    from resefa.errors import OutputError
    from resefa.presentation.region_picture import coverage, region_sheet
    from resefa.presentation.save_images import STILL, save_picture

    if output.suffix.lower() not in STILL:
        raise OutputError(f"{output} ends in {output.suffix or 'nothing'}; write {', '.join(STILL)}.")
    chosen = ChosenImages.of(seeds, code, code_space, default="0")
    generator = model.opened()
    parts = [resefa.Region.parse(text, generator.presets) for text in region]
    where = reduce(lambda first, second: first | second, parts)
    if protect:
        where = where.protecting(resefa.Region.parse(protect, generator.presets))
    if ignore:
        where = where.ignoring(resefa.Region.parse(ignore, generator.presets))
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
    report(as_json, quiet, f"wrote {output}: {where.label} covers {covered}", facts)
