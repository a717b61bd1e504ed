"""Options shared by several commands: images, region, space, output. ``model_options.py`` has the options of a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode
    from resefa.latents.code_file import CodeFile
    from resefa.regions.region import Region


MODEL_PANEL = "Model and images"

DirectionsFile = Annotated[
    Path,
    typer.Argument(metavar="DIRECTIONS", help="A directions file from resefa (.safetensors) or from another tool."),
]
DirectionsName = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="NAME", help="Name of the directions on sheets and pages: smile gives smile #0, smile #1, ..."
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")]
Entry = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=MODEL_PANEL,
        help="Name of the network to open in a checkpoint with several networks; `resefa inspect` lists the names.",
    ),
]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        rich_help_panel=MODEL_PANEL,
        help="Network setting that the weights do not determine: strides=1,2,2,1 or conv_clamp=256. Repeatable.",
    ),
]
Regions = Annotated[
    list[str],
    typer.Option(
        "--region",
        metavar="REGION",
        help="Region to edit: mouth, box:40,18,14,28 (top, left, height, width in pixels), box:60%,30%,20%,40%, mask.png, part:mouth "
        "(the mouth of each image), mouth+eyes, '!hair.png'. If repeated, the union of the regions. `resefa discover` takes a region for each image: 'masks/{seed}.png'.",
    ),
]
Protect = Annotated[
    str | None,
    typer.Option(metavar="REGION", help="Region to protect from change; default: all pixels that are not edited."),
]
Ignore = Annotated[
    str | None,
    typer.Option(metavar="REGION", help="Region that may change freely: neither edited nor protected."),
]
Space = Annotated[
    str | None,
    typer.Option(
        metavar="SPACE", help="Latent space of the directions: Z, W, W+ or S; default: depends on model and method."
    ),
]
Layers = Annotated[
    str | None,
    typer.Option(
        metavar="LAYERS", help="Layers to edit: 4-7, 0,3,8-11, or by resolution 16-64px; default: all layers."
    ),
]
AllowGlobal = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Further global name to accept in a pickle; nothing is imported or run. Repeatable."
    ),
]
Plain = Annotated[
    bool,
    typer.Option("--plain", help="Write only the pictures, pixel for pixel, without captions, margins or figures."),
]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        help="Longer side of each picture in pixels; default: the model's resolution, but at least 128 without --plain.",
    ),
]
CodeOption = Annotated[
    Path | None,
    typer.Option(
        "--code",
        metavar="FILE",
        help="File with latent codes to use instead of seeds: a projection or encoding of a photo (.npz, .npy, .pt), saved codes, or a directions file.",
    ),
]
CodeSpaceOption = Annotated[
    str | None,
    typer.Option(
        "--code-space",
        metavar="SPACE",
        help="Latent space of the codes in --code, if the file does not state the space: Z, W or W+.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not print progress or the report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")]


def region_of(
    generator: BaseGenerator, texts: list[str], protect: str | None = None, ignore: str | None = None
) -> Region:
    """The region given by ``--region`` (the union of its texts), ``--protect`` and ``--ignore``.

    Raises:
        RegionError: a text cannot be read.
    """
    from resefa.regions.region import Region

    region = Region.union(*(Region.parse(text, generator.presets) for text in texts))
    if protect:
        region = region.protecting(Region.parse(protect, generator.presets))
    if ignore:
        region = region.ignoring(Region.parse(ignore, generator.presets))
    return region


def regions_of(
    generator: BaseGenerator, codes: LatentCode, texts: list[str], protect: str | None, ignore: str | None
) -> Region | list[Region]:
    """The region as ``region_of``, or a list with a region for each image, if a text has the place of a seed: ``masks/{seed}.png``.

    ``{seed}`` stands for the seed of each image, ``{index}`` for its number from 0.

    Raises:
        RegionError: a text cannot be read, or a file is missing.
        UsageError: ``{seed}`` with codes that have no seeds.
    """
    from resefa.errors import UsageError

    every = [*texts, protect or "", ignore or ""]
    if not any(place in text for text in every for place in ("{seed}", "{index}")):
        return region_of(generator, texts, protect, ignore)
    if codes.seeds is None and any("{seed}" in text for text in every):
        raise UsageError(
            "--region contains {seed}, but the codes have no seeds; write {index}, the number of the code from 0."
        )
    seeds = codes.seeds or range(len(codes))

    def filled(text: str | None, i: int) -> str | None:
        return None if text is None else text.replace("{seed}", str(seeds[i])).replace("{index}", str(i))

    return [
        region_of(generator, [filled(text, i) or "" for text in texts], filled(protect, i), filled(ignore, i))
        for i in range(len(codes))
    ]


@dataclass(frozen=True)
class ChosenImages:
    """The images chosen by ``--seeds``, ``--code`` and ``--code-space``.

    Attributes:
        seeds: the seeds, None without ``--seeds``.
        file: the opened file of codes, None without ``--code``.
        space: the space of the file's codes, if the user gave it.
    """

    seeds: list[int] | None
    file: CodeFile | None
    space: str | None

    @classmethod
    def of(
        cls, seeds: str | None, code: Path | None = None, code_space: str | None = None, default: str | None = None
    ) -> ChosenImages:
        """Read the options; ``default`` is the text of seeds if neither seeds nor codes are given.

        Raises:
            UsageError: both seeds and codes, or a space without a file.
            LatentError: the file contains no codes.
        """
        from resefa.errors import UsageError
        from resefa.latents.code_file import open_codes
        from resefa.latents.seeds import parse_seeds

        if code is not None and seeds is not None:
            raise UsageError("--seeds and --code cannot be used together; give only one of them.")
        if code is None and code_space is not None:
            raise UsageError("--code-space needs --code; add --code, or omit --code-space.")
        if code is not None:
            return cls(None, open_codes(code), code_space)
        text = seeds if seeds is not None else default
        return cls(None if text is None else parse_seeds(text), None, None)

    def codes(self, generator: BaseGenerator, space: str | None = None) -> LatentCode:
        """The latent codes for a generator, with seeds drawn in ``space``; requires chosen or default images.

        Raises:
            LatentError: the file's codes do not fit the generator.
        """
        if self.file is None:
            assert self.seeds is not None
            return generator.sample(self.seeds, space)
        from resefa.errors import LatentError
        from resefa.latents.code import LatentCode

        try:
            found = self.file.code(generator, self.space)
        except LatentError as error:
            raise LatentError(error.message.renamed(space="code_space")) from error
        return LatentCode(found.values.to(generator.device, generator.dtype), found.space, found.seeds)

    def codes_if_chosen(self, generator: BaseGenerator, space: str | None = None) -> LatentCode | None:
        """The latent codes for a generator; None without ``--seeds`` and ``--code``."""
        return None if self.file is None and self.seeds is None else self.codes(generator, space)
