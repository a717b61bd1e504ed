"""``resefa edit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.codes import ChosenImages, CodeOption, CodeSpaceOption
from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import (
    AsJson,
    DirectionsFile,
    Output,
    Quiet,
    report,
)
from resefa.cli.saying import say


@takes_model
def edit(
    model: ModelOptions,
    directions: DirectionsFile,
    direction: Annotated[
        list[str] | None, typer.Option(help="Which, 0 the best; several move together, 2=-0.5 by a factor.")
    ] = None,
    held: Annotated[
        list[str] | None,
        typer.Option("--with", help="Another edit that stays on: FILE:INDEX=STRENGTH, as in eyes.safetensors:1=2.5."),
    ] = None,
    seeds: Annotated[str | None, typer.Option("--seeds", "--seed", help="Images to edit: 7, 0-15 or 1,4,9-12. Default: those that were analysed.")] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    strengths: Annotated[
        str, typer.Option(help="--strengths=-3:3:7 (from, to, how many) or --strengths=-2,0,2.")
    ] = "-3:3:7",
    change: Annotated[float | None, typer.Option(help="Strength 1 = this mean squared change in the region.")] = None,
    output: Output = Path("sheet.png"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Apply directions to images: a sheet (.png), an animation (.gif, .mp4) or a page (.html)."""
    import resefa
    from resefa.cli.arguments import held_of, moved_of, strengths_of
    from resefa.cli.outputs import check_ending, write_sweeps
    from resefa.cli.progress import bar
    from resefa.directions.storage import interpreted, open_directions
    from resefa.editing.composition import Composition
    from resefa.errors import UsageError

    check_ending(output)
    steps = strengths_of(strengths)
    # Files are opened before the model, whose loading may take long; it then says what another tool's array means.
    opened = open_directions(directions)
    others = [(open_directions(file), index, strength) for file, index, strength in map(held_of, held or [])]
    images = ChosenImages.of(seeds, code, code_space)
    chosen = list(map(moved_of, direction or ["0"]))
    generator = model.open()
    found = interpreted(opened, generator=generator)
    with_them = [(interpreted(one, generator=generator), index, strength) for one, index, strength in others]
    composition = Composition(
        tuple((found[index], factor) for index, factor in chosen),
        tuple((one[index], strength) for one, index, strength in with_them),
    )
    own = found.provenance
    # What the directions were found under holds, unless the user says otherwise.
    generator = model.under(
        generator,
        {
            "truncation": own.truncation,
            "cutoff": own.cutoff,
            "label": None if own.label is None else str(own.label),
            "noise": own.noise,
        },
    )
    start = own.code_space or own.space
    if (codes := images.codes(generator, start)) is not None:
        start = codes.space
    for file in (found, *(one for one, _, _ in with_them)):
        motion = generator.motion(file.provenance.space, file.provenance.layers, start)
        warning = file.check_fits(generator.name, generator.fingerprint, motion.space, motion.dimensions)
        if warning and not quiet:
            say(f"resefa: {warning}.", error=True)
    if codes is None and found.codes is not None:
        codes = resefa.LatentCode(found.codes.to(generator.device, generator.dtype), start, own.seeds)
    if codes is None:
        raise UsageError(f"{directions.name} holds no codes; say which images to edit, for example --seeds 0-7 or --code w.npz.")
    with bar("editing", quiet or as_json) as progress:
        measured = write_sweeps(output, generator, codes, composition, steps, change, progress)
    facts = {"output": str(output), "model": generator.name, "edit": composition.name, "strengths": steps}
    report(as_json, quiet, f"wrote {output}", facts | {"change": change, "images": measured})
