"""``resefa edit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.options import (
    AsJson,
    Device,
    DirectionsFile,
    Dtype,
    LatentShape,
    Model,
    Output,
    Quiet,
    Trust,
    open_model,
    report,
)


def edit(
    model: Model,
    directions: DirectionsFile,
    direction: Annotated[
        list[str] | None, typer.Option(help="Which, 0 the best; several move together, 2=-0.5 by a factor.")
    ] = None,
    held: Annotated[
        list[str] | None,
        typer.Option("--with", help="Another edit that stays on: FILE:INDEX=STRENGTH, as in eyes.safetensors:1=2.5."),
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Images to edit; default those that were analysed.")] = None,
    strengths: Annotated[
        str, typer.Option(help="--strengths=-3:3:7 (from, to, how many) or --strengths=-2,0,2.")
    ] = "-3:3:7",
    change: Annotated[float | None, typer.Option(help="Strength 1 = this mean squared change in the region.")] = None,
    output: Output = Path("sheet.png"),
    device: Device = "cpu",
    dtype: Dtype = "float32",
    latent_shape: LatentShape = None,
    trust_program: Trust = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Apply directions to images: a sheet (.png), an animation (.gif, .mp4) or a page (.html)."""
    import sys

    import resefa
    from resefa.cli.arguments import held_of, moved_of, seeds_of, strengths_of
    from resefa.cli.outputs import check_ending, write_sweeps
    from resefa.cli.progress import bar
    from resefa.editing.composition import Composition
    from resefa.errors import UsageError

    check_ending(output)
    steps = strengths_of(strengths)
    found = resefa.Directions.load(directions)
    moves = [(found[index], factor) for index, factor in map(moved_of, direction or ["0"])]
    others = [(resefa.Directions.load(file), index, strength) for file, index, strength in map(held_of, held or [])]
    composition = Composition(tuple(moves), tuple((one[index], strength) for one, index, strength in others))
    generator = open_model(model, device, dtype, latent_shape, trust_program)
    space = found.provenance.space
    dimensions = generator.space(space).dimensions
    for file in (found, *(one for one, _, _ in others)):
        warning = file.check_fits(generator.name, generator.fingerprint, space, dimensions)
        if warning and not quiet:
            print(f"resefa: {warning}.", file=sys.stderr)
    if seeds is not None:
        codes = generator.sample(seeds_of(seeds), space)
    elif found.codes is not None:
        codes = resefa.LatentCode(found.codes.to(generator.device, generator.dtype), space, found.provenance.seeds)
    else:
        raise UsageError(
            f"{directions.name} holds no codes of its own: say which images to edit, for example --seeds 0-7."
        )
    with bar("editing", quiet or as_json) as progress:
        measured = write_sweeps(output, generator, codes, composition, steps, change, progress)
    facts = {"output": str(output), "model": generator.name, "edit": composition.name, "strengths": steps}
    report(as_json, quiet, f"wrote {output}", facts | {"change": change, "images": measured})
