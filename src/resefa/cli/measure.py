"""``resefa directions measure``, and the strengths that ``resefa discover`` measures: how far each sign of a direction goes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.directions_on_images import directions_on_images
from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, ChosenImages, CodeOption, CodeSpaceOption, DirectionsFile, Quiet
from resefa.cli.terminal import announce, bar

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.base import BaseGenerator

FREE_SECONDS = 10.0
"""Strengths that take no longer are measured at each discovery; longer ones if they take no longer than the discovery itself."""


@takes_model
def measure(
    model: ModelOptions,
    file: DirectionsFile,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            metavar="SEEDS",
            help="Seeds of the images to measure on: 7, 0-15 or 1,4,9-12; default: the first four analysed images.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    change: Annotated[
        float,
        typer.Option(metavar="CHANGE", help="Mean squared change inside the region whose step is the unit."),
    ] = 0.05,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="File to write; default: the directions file itself is changed."
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure how far each direction goes: range, unit and saturation of both signs, stored in the directions file."""
    from resefa.cli.directions import changed_file, save_changed
    from resefa.editing.strength import check_change
    from resefa.refinement.strength_profile import measure_strengths

    check_change(change)
    target = changed_file(file, output)
    images = ChosenImages.of(seeds, code, code_space)
    generator, found, codes = directions_on_images(model, file, images, "--seeds 0-3")
    with bar("strengths", quiet or as_json) as progress:
        found = measure_strengths(generator, found, codes, change=change, progress=progress)
    save_changed(found, target, as_json, quiet)


def measured_if_cheap(
    generator: BaseGenerator, found: Directions, asked: bool | None, seconds: float, silent: bool
) -> Directions:
    """The directions with their strengths, if asked for, or if nothing was asked and the measurement is cheap.

    Args:
        asked: whether to measure; None: if it takes at most ``FREE_SECONDS``, or no longer than the discovery.
        seconds: the duration of the discovery.
        silent: whether to print neither an announcement nor progress.
    """
    from resefa.refinement.strength_profile import IMAGES, expected_images, measure_strengths

    if asked is False or found.edit is None or found.codes is None:
        return found
    count = expected_images(len(found), min(len(found.codes), IMAGES))
    expected = expected_seconds(generator, count)
    if asked is None and expected > max(FREE_SECONDS, seconds):
        if not silent:
            announce(
                f"The strengths of the {len(found)} directions are not measured, since about {count} images would take {expected:.0f} seconds; "
                "--strengths or `resefa directions measure` measures them."
            )
        return found
    if not silent and expected > FREE_SECONDS:
        announce(f"Measuring the strengths on about {count} images takes about {expected:.0f} seconds.")
    with bar("strengths", silent) as progress:
        return measure_strengths(generator, found, progress=progress)


def expected_seconds(generator: BaseGenerator, images: int) -> float:
    """The time that images are expected to take, from that of one image."""
    start = time.perf_counter()
    generator.synthesize(generator.sample(0))
    return images * (time.perf_counter() - start)
