"""``resefa edit``: applies directions to images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, ChosenImages, CodeOption, CodeSpaceOption, DirectionsFile, Plain, Quiet, Size
from resefa.cli.terminal import report


@takes_model
def edit(
    model: ModelOptions,
    directions: DirectionsFile,
    direction: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INDEX",
            help="Direction to apply, default 0 (the best). If repeated, the directions move together; 2=-0.5 scales direction 2 by -0.5.",
        ),
    ] = None,
    held: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="FILE:INDEX=STRENGTH",
            help="Further direction to apply at a fixed strength, for example eyes.safetensors:1=2.5. Repeatable.",
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            metavar="SEEDS",
            help="Seeds of the images to edit: 7, 0-15 or 1,4,9-12; default: the analysed images.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    strengths: Annotated[
        str | None,
        typer.Option(
            metavar="STRENGTHS",
            help="Strengths as first:last:count (--strengths=-3:3:7) or as a list (--strengths=-2,0,2). Default: -3:3:7, or -1.5:1.5:7 with --change.",
        ),
    ] = None,
    change: Annotated[
        float | None,
        typer.Option(
            metavar="CHANGE",
            help="Mean squared change of the pixel values inside the region at strength -1 or +1, for example 0.05 (pixel values range from -1 to 1). Without --change, strengths are steps along the direction.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION", help="Region in which --change is measured; default: the region of the directions."
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write: a sheet (.png, .jpg, .webp), an animation (.gif, .mp4) or a page (.html); or a folder (with a trailing /) for one file per image.",
        ),
    ] = "sheet.png",
    plain: Plain = False,
    size: Size = None,
    fps: Annotated[
        float | None,
        typer.Option(metavar="FPS", help="Frames per second of a .gif or .mp4; default 8, with --plain 20."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Apply directions to images: a sheet (.png), an animation (.gif, .mp4), a page (.html) or a folder of pictures."""
    import resefa
    from resefa.cli.arguments import parse_direction, parse_fixed_edit, parse_strengths
    from resefa.cli.outputs import Look, SweepFile
    from resefa.cli.terminal import bar
    from resefa.directions.directions import Directions
    from resefa.directions.storage import open_directions
    from resefa.editing import under_conditions_of
    from resefa.errors import UsageError
    from resefa.presentation.save_images import is_folder

    path, look = Path(output), Look(plain, size, fps)
    look.check(path, output)
    steps = parse_strengths(strengths or ("-3:3:7" if change is None else "-1.5:1.5:7"))
    # Files are read before the model, which may take long to load; the model then tells what another tool's array means.
    opened = open_directions(directions)
    others = [(open_directions(file), index, strength) for file, index, strength in map(parse_fixed_edit, held or [])]
    images = ChosenImages.of(seeds, code, code_space)
    chosen = list(map(parse_direction, direction or ["0"]))
    generator = model.opened()
    found = Directions.of(opened, generator=generator)
    if found.codes is None and seeds is None and code is None:
        raise UsageError(
            f"{directions.name} contains no latent codes; choose the images to edit, for example --seeds 0-7 or --code w.npz."
        )
    composition = resefa.Composition(
        tuple((found[index], factor) for index, factor in chosen),
        tuple((Directions.of(one, generator=generator)[index], strength) for one, index, strength in others),
    )
    # Codes of seeds depend on the conditions: the options' or else those of the directions.
    conditioned = under_conditions_of(generator, composition)
    codes = images.codes_if_chosen(conditioned, found.provenance.code_space or found.provenance.space)
    file = SweepFile.of(path, look, is_folder(output), steps)
    with bar("editing", quiet or as_json) as progress:
        sweeps = resefa.Sweep.each(
            generator, codes, composition, file.strengths, change=change, region=region, randoms=file.randoms, size=size,
            plain=file.plain, progress=progress,
        )  # fmt: skip
        file.write(sweeps, generator.name)
    measured = [sweep.facts() for sweep in sweeps]
    facts = {
        "output": str(path),
        "model": generator.name,
        "edit": composition.name,
        "strengths": steps,
        "change": change,
    }
    attained = None if change is None else all(one["attained"] for one in measured)
    report(as_json, quiet, f"wrote {output}", facts | {"attained": attained, "images": measured})
