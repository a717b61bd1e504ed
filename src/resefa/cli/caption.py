"""``resefa directions caption``, and the captions that ``resefa discover`` makes: what each sign of a direction changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.directions_on_images import directions_on_images
from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, ChosenImages, CodeOption, CodeSpaceOption, DirectionsFile, Quiet
from resefa.cli.terminal import bar

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.base import BaseGenerator


@takes_model
def caption(
    model: ModelOptions,
    file: DirectionsFile,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            metavar="SEEDS",
            help="Seeds of the images to look at: 7, 0-15 or 1,4,9-12; default: the first eight analysed images.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    change: Annotated[
        float,
        typer.Option(metavar="CHANGE", help="Mean squared change inside the region of the edits to describe."),
    ] = 0.05,
    as_names: Annotated[
        bool,
        typer.Option("--as-names", help="Also use the captions as names, except for directions that have a name."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="With --as-names: replace names that were given too.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="File to write; default: the directions file itself is changed."
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Describe directions by what they change in edited images: "+ opens the mouth; - closes the mouth"."""
    from resefa.cli.directions import changed_file, save_changed
    from resefa.editing.strength import check_change
    from resefa.errors import UsageError
    from resefa.refinement.captions import captioned, named_by_captions

    check_change(change)
    if overwrite and not as_names:
        raise UsageError("--overwrite needs --as-names; add --as-names, or omit --overwrite.")
    target = changed_file(file, output)
    images = ChosenImages.of(seeds, code, code_space)
    generator, found, codes = directions_on_images(model, file, images, "--seeds 0-7")
    with bar("captions", quiet or as_json) as progress:
        found = captioned(generator, found, codes, change=change, progress=progress)
    if as_names:
        found = named_by_captions(found, overwrite=overwrite)
    save_changed(found, target, as_json, quiet)


def captioned_if_cheap(generator: BaseGenerator, found: Directions, asked: bool | None, silent: bool) -> Directions:
    """The directions with captions, if asked for, or if nothing was asked and their strengths are measured, so that few images suffice.

    Args:
        asked: whether to make captions; None: where strengths are measured.
        silent: whether to print no progress.
    """
    from resefa.refinement.captions import captioned

    region = found.edit is not None or found.provenance.segmenter is not None
    measured = found.facts is not None and all(one.strength is not None for one in found.facts)
    if found.codes is None or not region or asked is False or (asked is None and not measured):
        return found
    with bar("captions", silent) as progress:
        return captioned(generator, found, progress=progress)
