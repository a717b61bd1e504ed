"""A directions file with its generator and the images on which its directions are edited, for the commands that measure directions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resefa.cli.model_options import ModelOptions
from resefa.cli.options import ChosenImages
from resefa.errors import UsageError

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode


def directions_on_images(
    model: ModelOptions, file: Path, images: ChosenImages, example: str
) -> tuple[BaseGenerator, Directions, LatentCode | None]:
    """The generator, the directions of a file, and the chosen codes; no codes if the file's own are meant.

    Args:
        example: option that chooses images, for the message about a file without codes.

    Raises:
        UsageError: neither the file nor the options give codes.
    """
    from resefa.directions.directions import Directions
    from resefa.directions.storage import open_directions
    from resefa.editing import under_conditions_of

    opened = open_directions(file)
    generator = model.opened()
    found = Directions.of(opened, generator=generator)
    conditioned = under_conditions_of(generator, found[0])
    codes = images.codes_if_chosen(conditioned, found.provenance.code_space or found.provenance.space)
    if found.codes is None and codes is None:
        raise UsageError(f"{file.name} contains no latent codes; choose the images to edit, for example {example}.")
    return generator, found, codes
