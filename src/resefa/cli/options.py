"""Options that several commands share: the model and its conditions, the images, the region, the output."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode
    from resefa.latents.code_file import CodeFile
    from resefa.regions.region import Region


MODEL_PANEL = "Model and images"

DirectionsFile = Annotated[
    Path,
    typer.Argument(metavar="DIRECTIONS", help="A directions file, of resefa (.safetensors) or of another tool."),
]
DirectionsName = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="Name for sheets and pages: smile gives smile #0, smile #1, ..."),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File to write.")]
Entry = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=MODEL_PANEL,
        help="Network to open in a checkpoint with several networks; `resefa inspect` lists their names.",
    ),
]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        rich_help_panel=MODEL_PANEL,
        help="Setting of the network that its weights do not determine: strides=1,2,2,1 or conv_clamp=256. Repeatable.",
    ),
]
Regions = Annotated[
    list[str],
    typer.Option(
        "--region",
        metavar="REGION",
        help="Region to edit: mouth, box:40,18,14,28 (top, left, height, width in pixels), box:60%,30%,20%,40%, mask.png, "
        "mouth+eyes, '!hair.png'. If repeated, the union.",
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
    typer.Option(metavar="SPACE", help="Latent space of the directions: Z, W, W+ or S; default: by model and method."),
]
Layers = Annotated[
    str | None,
    typer.Option(
        metavar="LAYERS", help="Layers to edit: 4-7, 0,3,8-11, or by resolution 16-64px; default: all layers."
    ),
]
AllowGlobal = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Further global name to accept in a pickle; it stays inert. Repeatable."),
]
Plain = Annotated[
    bool, typer.Option("--plain", help="Write the pictures alone, pixel for pixel: no captions, margins or figures.")
]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="PIXELS",
        help="Longer side of each picture in pixels; default: the model's resolution, without --plain at least 128.",
    ),
]
CodeOption = Annotated[
    Path | None,
    typer.Option(
        "--code",
        metavar="FILE",
        help="Codes from a file instead of seeds: a projection or encoding of a photo (.npz, .npy, .pt), saved codes, or the "
        "codes of a directions file.",
    ),
]
CodeSpaceOption = Annotated[
    str | None,
    typer.Option(
        "--code-space", metavar="SPACE", help="Space of the codes in --code if the file does not state it: Z, W or W+."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no progress and no report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON on standard output.")]


def region_of(
    generator: BaseGenerator, texts: list[str], protect: str | None = None, ignore: str | None = None
) -> Region:
    """The region of ``--region``, ``--protect`` and ``--ignore``: the union of the texts.

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


@dataclass(frozen=True)
class ChosenImages:
    """The images of ``--seeds``, ``--code`` and ``--code-space``.

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
        """The images of the options' values; ``default`` is the text of seeds if neither seeds nor codes are given.

        Raises:
            UsageError: both seeds and codes, or a space without a file.
            LatentError: the file contains no codes.
        """
        from resefa.errors import UsageError
        from resefa.latents.code_file import open_codes
        from resefa.latents.seeds import parse_seeds

        if code is not None and seeds is not None:
            raise UsageError("--seeds and --code exclude each other; give one of them.")
        if code is None and code_space is not None:
            raise UsageError("--code-space has an effect only with --code; add --code, or omit --code-space.")
        if code is not None:
            return cls(None, open_codes(code), code_space)
        text = seeds if seeds is not None else default
        return cls(None if text is None else parse_seeds(text), None, None)

    def codes(self, generator: BaseGenerator, space: str | None = None) -> LatentCode:
        """The codes for a generator, with seeds drawn in ``space``; only if the user or the default chose images.

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
        """The same, or None without ``--seeds`` and ``--code``."""
        return None if self.file is None and self.seeds is None else self.codes(generator, space)


@dataclass(frozen=True)
class ModelOptions:
    """The options of a command that opens a generator, and of the conditions of its images.

    A command takes ``model: ModelOptions`` and is decorated with ``takes_model``; a further option is a field here.
    """

    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Name of a model card (`resefa models` lists them), or a checkpoint file."
        ),
    ]
    truncation: Annotated[
        float | None,
        typer.Option(
            metavar="PSI",
            rich_help_panel=MODEL_PANEL,
            help="Truncation psi, from 0 (the mean image) to 1 (none); default 1.",
        ),
    ] = None
    cutoff: Annotated[
        int | None,
        typer.Option(
            metavar="LAYER",
            rich_help_panel=MODEL_PANEL,
            help="First layer without truncation; default: truncate all layers.",
        ),
    ] = None
    label: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            rich_help_panel=MODEL_PANEL,
            help="Class of a conditional model: an index, or an ImageNet name.",
        ),
    ] = None
    noise: Annotated[
        str | None,
        typer.Option(
            metavar="NOISE",
            rich_help_panel=MODEL_PANEL,
            help="Noise inputs: constant (the checkpoint's, default), none, or a seed.",
        ),
    ] = None
    device: Annotated[
        str, typer.Option(metavar="DEVICE", rich_help_panel=MODEL_PANEL, help="Device to compute on: cpu, cuda or mps.")
    ] = "cpu"
    dtype: Annotated[
        str,
        typer.Option(
            metavar="TYPE",
            rich_help_panel=MODEL_PANEL,
            help="Precision of the model: float32, float64, bfloat16 or float16.",
        ),
    ] = "float32"
    batch: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=MODEL_PANEL,
            help="Largest number of images or derivatives computed at once; a smaller number needs less memory.",
        ),
    ] = None
    latent_shape: Annotated[
        str | None,
        typer.Option(
            metavar="SHAPE", rich_help_panel=MODEL_PANEL, help="Shape of a code of a program file: 512 or 100,1,1."
        ),
    ] = None
    output_range: Annotated[
        str | None,
        typer.Option(
            metavar="LOW,HIGH",
            rich_help_panel=MODEL_PANEL,
            help="Values of black and white in a program file's images: 0,1 or 0,255; default -1,1.",
        ),
    ] = None
    setting: Setting = None
    trust_program: Annotated[
        bool,
        typer.Option(
            "--trust-program",
            rich_help_panel=MODEL_PANEL,
            help="Run a TorchScript or torch.export file: these are programs, so trust their source first.",
        ),
    ] = False
    entry: Entry = None

    def open(self) -> BaseGenerator:
        """The generator without conditions."""
        import resefa
        from resefa.cli.arguments import parse_range, parse_settings, parse_shape

        return resefa.load(
            self.model,
            device=self.device,
            dtype=self.dtype,
            latent_shape=None if self.latent_shape is None else parse_shape(self.latent_shape),
            output_range=None if self.output_range is None else parse_range(self.output_range),
            settings=parse_settings(self.setting or []),
            trust_program=self.trust_program,
            entry=self.entry,
            batch=self.batch,
        )

    def opened(self) -> BaseGenerator:
        """The generator under the options' conditions."""
        given: dict[str, Any] = {
            "truncation": self.truncation, "cutoff": self.cutoff, "label": self.label, "noise": self.noise
        }  # fmt: skip
        if self.noise is not None and self.noise.isdecimal():
            given["noise"] = int(self.noise)
        changes = {name: value for name, value in given.items() if value not in (None, "")}
        generator = self.open()
        return generator.under(**changes) if changes else generator


def takes_model(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter ``model`` by the fields of ModelOptions, in the signature that typer reads.

    If ``model`` has a default, the argument MODEL is optional; ``ModelOptions.model`` is then empty.
    """
    hints = get_type_hints(ModelOptions, include_extras=True)
    own = get_type_hints(command, include_extras=True)
    parameters, optional = [], []
    for field in fields(ModelOptions):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        if field.name == "model" and inspect.signature(command).parameters["model"].default is None:
            default = ""
        made = inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field.name]
        )
        (parameters if field.default is MISSING else optional).append(made)
    names = [field.name for field in fields(ModelOptions)]
    rest = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=own.get(name, parameter.annotation))
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "model"
    ]
    last = [parameter for parameter in rest if parameter.name in ("as_json", "quiet")]
    first = [parameter for parameter in rest if parameter not in last]

    @functools.wraps(command)
    def taking(**given: Any) -> None:
        model = ModelOptions(**{name: given.pop(name) for name in names})
        command(model=model, **given)

    signature = inspect.Signature([*parameters, *first, *optional, *last])
    taking.__signature__ = signature  # type: ignore[attr-defined]
    taking.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    del taking.__wrapped__  # type: ignore[attr-defined]
    return taking
