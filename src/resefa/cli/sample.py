"""``resefa sample``: generates images from random latent codes, or from latent codes in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, ChosenImages, CodeOption, CodeSpaceOption, Plain, Quiet, Size
from resefa.cli.terminal import report


@takes_model
def sample(
    model: ModelOptions,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds", "--seed", metavar="SEEDS", help="Seeds of the images: 7, 0-15 or 1,4,9-12; default 0-15."
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Picture to write, or a folder (with a trailing /) for one file per image.",
        ),
    ] = "samples.png",
    plain: Plain = False,
    size: Size = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Generate images from seeds, or from latent codes in a file."""
    from resefa.cli.outputs import Look, write_samples
    from resefa.cli.terminal import bar
    from resefa.presentation.save_images import is_folder

    path, look = Path(output), Look(plain, size)
    look.check_still(path, output)
    chosen = ChosenImages.of(seeds, code, code_space, default="0-15")
    generator = model.opened()
    codes = chosen.codes(generator)
    with bar("images", quiet or as_json) as progress:
        write_samples(path, generator, codes, look, is_folder(output), progress)
    conditions = generator.conditions.text
    facts = {"output": str(path), "model": generator.name, "seeds": codes.seeds, "conditions": conditions}
    facts["code"] = None if code is None else str(code)
    report(as_json, quiet, f"wrote {output}", facts)
