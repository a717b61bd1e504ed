"""``resefa edit``: applies directions to images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, ChosenImages, CodeOption, CodeSpaceOption, Plain, Quiet, Size
from resefa.cli.terminal import report

CURVES_PANEL = "Curved edits"


@takes_model
def edit(
    model: ModelOptions,
    directions: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIRECTIONS]",
            help="A directions file from resefa (.safetensors) or from another tool, or a file of paths from --curved; may be omitted with --named.",
        ),
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=STRENGTH",
            help="Named direction of the model to apply (`resefa directions list MODEL`), for example smile=1 or glasses=-0.5. Repeatable: the directions move together.",
        ),
    ] = None,
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
            help="Strengths as first:last:count (--strengths=-3:3:7) or as a list (--strengths=-2,0,2). Default: from end to end of the range stored with the directions, in steps that look even; without a stored range -3:3:7; -1.5:1.5:7 with --change, or 0:1:3 where --named gives strengths.",
        ),
    ] = None,
    change: Annotated[
        float | None,
        typer.Option(
            metavar="CHANGE",
            help="Mean squared change of the pixel values inside the region at strength -1 or +1, for example 0.05 (pixel values range from -1 to 1). Without --change, strengths are steps along the direction; with --named the default is 0.05.",
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION", help="Region in which --change is measured; default: the region of the directions."
        ),
    ] = None,
    exact_outside: Annotated[
        bool,
        typer.Option(
            "--exact-outside",
            help="Show the edited region in the original picture: all that the region protects is the original, bit for bit, with a seam where the two pictures agree. States the share of the edit that is cut off.",
        ),
    ] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="File to write: a sheet (.png, .jpg, .webp), an animation (.gif, .mp4) or a page (.html); or a folder (with a trailing /) for one file per image.",
        ),
    ] = "sheet.png",
    curved: Annotated[
        bool,
        typer.Option(
            "--curved",
            rich_help_panel=CURVES_PANEL,
            help="Follow curved paths that leave the rest of the image unchanged at every strength, instead of straight lines. Strengths are multiples of --change, default 0.05.",
        ),
    ] = False,
    paths: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=CURVES_PANEL,
            help="File to save the paths in, for example mouth.paths.safetensors; `resefa edit MODEL FILE` then moves along them at once.",
        ),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TERM",
            rich_help_panel=CURVES_PANEL,
            help="Feature that the paths hold in addition to the pixels outside, as in `resefa discover`: pixels@eyes=2, features:toon-attributes. Repeatable.",
        ),
    ] = None,
    max_products: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=CURVES_PANEL,
            help="Largest number of JVPs and VJPs for the path of each image.",
        ),
    ] = None,
    with_straight: Annotated[
        bool,
        typer.Option(
            "--with-straight",
            rich_help_panel=CURVES_PANEL,
            help="Also show the straight edit of each image, with the same changes inside the region.",
        ),
    ] = False,
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
    from resefa.cli.arguments import parse_strengths
    from resefa.cli.chosen_directions import NAMED_SEEDS, ChosenDirections
    from resefa.cli.curves import Curves, Wanted, sweeps_beside
    from resefa.cli.outputs import Look, SweepFile
    from resefa.cli.terminal import announce, bar
    from resefa.editing import under_conditions_of
    from resefa.editing.strength import DEFAULT_CHANGE
    from resefa.editing.strength_range import WHOLE_RANGE, has_ranges
    from resefa.errors import UsageError
    from resefa.presentation.save_images import is_folder

    path, look = Path(output), Look(plain, size, fps)
    look.check(path, output)
    # Files are read before the model, which may take long to load; the model then tells what another tool's array means.
    chosen = ChosenDirections.of(directions, direction or [], held or [], named or [])
    saved, curves = chosen.saved_paths, Curves(curved, paths, tuple(hold or ()), max_products, with_straight)
    curves.check(saved is not None)
    change = DEFAULT_CHANGE if change is None and (named or curved) else change
    change = saved.change_of(change) if saved is not None else change
    steps = parse_strengths(strengths or chosen.strengths(calibrated=change is not None))
    free = strengths is None and change is None and region is None
    images = ChosenImages.of(
        seeds, code, code_space, default=NAMED_SEEDS if directions is None and code is None else None
    )
    generator = model.opened()
    composition = chosen.composition(generator)
    ranged = free and has_ranges(composition)
    steps = parse_strengths(WHOLE_RANGE) if ranged else steps
    first = composition.directions[0]
    if first.codes is None and images.seeds is None and images.file is None:
        raise UsageError(
            f"{first.name} has no stored latent codes; choose the images to edit, for example --seeds 0-7 or --code w.npz."
        )
    # Codes of seeds depend on the conditions: the options' or else those of the directions.
    conditioned = under_conditions_of(generator, composition)
    codes = images.codes_if_chosen(conditioned, first.provenance.code_space or first.provenance.space)
    file = SweepFile.of(path, look, is_folder(output), steps)
    hush = quiet or as_json
    with bar("path", hush or not curved) as progress:
        said = Wanted(change or DEFAULT_CHANGE, steps, region, progress, (lambda _: None) if hush else announce)
        if curved:
            composition, region = curves.followed(generator, codes, composition, said), None
    straight = curves.beside(generator, codes, composition, said) if with_straight else None
    with bar("editing", hush) as progress:
        sweeps, *others = (
            resefa.Sweep.each(
                generator, codes, one, file.strengths, change=change, region=region, composite=exact_outside, ranged=ranged,
                randoms=file.randoms, size=size, plain=file.plain, progress=progress,
            )
            for one in (composition, straight)
            if one is not None
        )  # fmt: skip
        sweeps = sweeps_beside(sweeps, *others) if others else sweeps
        file.write(sweeps, generator.name)
    measured = [sweep.facts() for sweep in sweeps]
    facts = {
        "output": str(path),
        "model": generator.name,
        "edit": composition.name,
        "strengths": steps,
        "change": change,
        "scale": "range" if ranged else "step" if change is None else "change",
        "exact_outside": exact_outside,
    }
    attained = None if change is None else all(one["attained"] for one in measured)
    report(as_json, quiet, f"wrote {output}", facts | {"attained": attained, "images": measured})
