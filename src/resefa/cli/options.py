"""Options that several commands share, and what they open."""

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


DirectionsFile = Annotated[Path, typer.Argument(help="A directions file: resefa's (.safetensors) or another tool's.")]
DirectionsName = Annotated[
    str | None,
    typer.Option("--name", help="Name of the directions on sheets and pages: smile gives smile #0, smile #1."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
Entry = Annotated[
    str | None,
    typer.Option(help="Network to open in a file that holds several, as `resefa inspect` names it."),
]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        help="Settings that a weights file does not hold: strides=1,2,2,1 or conv_clamp=256. May be repeated.",
        metavar="NAME=VALUE",
    ),
]
Space = Annotated[str | None, typer.Option(help="Latent space: Z, W, W+ or S, as the model has them.")]
Layers = Annotated[str | None, typer.Option(help="Only these layers: 4-7, 0,3,8-11 or by resolution 16-64px.")]
AllowGlobal = Annotated[
    list[str] | None,
    typer.Option(help="A further name that a pickle may contain; it stays inert. May be repeated."),
]
Plain = Annotated[
    bool, typer.Option("--plain", help="Pictures only, pixel for pixel: no captions, margins or figures.")
]
Size = Annotated[
    int | None,
    typer.Option(help="Longer side of each picture in pixels; default its own with --plain, otherwise at least 128."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report for machines, on standard output.")]


CodeOption = Annotated[
    Path | None,
    typer.Option(
        "--code",
        help="Codes from a file in place of seeds: a photo's projection or encoding (.npz, .npy, .pt), saved codes, or the codes of a directions file.",
    ),
]
CodeSpaceOption = Annotated[
    str | None,
    typer.Option("--code-space", help="Space of the codes in --code if the file does not state it: Z, W or W+."),
]


@dataclass(frozen=True)
class ChosenImages:
    """What ``--seeds``, ``--code`` and ``--code-space`` say.

    Attributes:
        seeds: or None where there are none.
        file: the file of codes, opened, or None.
        space: of its codes, as the user says.
    """

    seeds: list[int] | None
    file: CodeFile | None
    space: str | None

    @classmethod
    def of(
        cls, seeds: str | None, code: Path | None = None, code_space: str | None = None, default: str | None = None
    ) -> ChosenImages:
        """The options' values, the file opened; ``default``: the seeds where neither is given.

        Raises:
            UsageError: both seeds and codes, or a space without a file.
            LatentError: the file holds no codes.
        """
        from resefa.errors import UsageError
        from resefa.latents.code_file import open_codes
        from resefa.latents.seeds import parse_seeds

        if code is not None and seeds is not None:
            raise UsageError("--seeds and --code both say which images to use; give one of them.")
        if code is None and code_space is not None:
            raise UsageError(
                "--code-space is the space of the codes in --code; give --code too, or leave --code-space out."
            )
        if code is not None:
            return cls(None, open_codes(code), code_space)
        text = seeds if seeds is not None else default
        return cls(None if text is None else parse_seeds(text), None, None)

    def codes(self, generator: BaseGenerator, space: str | None = None) -> LatentCode | None:
        """The codes for a generator, those of seeds in ``space``; None where the user chose nothing.

        Raises:
            LatentError: the file's codes do not fit the generator.
        """
        if self.file is not None:
            from resefa.latents.code import LatentCode

            found = self.file.code(generator, self.space)
            return LatentCode(found.values.to(generator.device, generator.dtype), found.space, found.seeds)
        return None if self.seeds is None else generator.sample(self.seeds, space)


@dataclass(frozen=True)
class ModelOptions:
    """What to open, and under which conditions it makes images."""

    model: Annotated[str, typer.Argument(help="Name of a model card, or a file.")]
    truncation: Annotated[float | None, typer.Option(help="psi, from 0 to 1 (none).")] = None
    cutoff: Annotated[int | None, typer.Option(help="Truncate only the layers before this layer.")] = None
    label: Annotated[str | None, typer.Option(help="Class of a conditional model: an index or an ImageNet name.")] = (
        None
    )
    noise: Annotated[str | None, typer.Option(help="constant, none or a seed.")] = None
    device: Annotated[str, typer.Option(help="cpu, cuda or mps.")] = "cpu"
    dtype: Annotated[str, typer.Option(help="float32, float64, bfloat16 or float16.")] = "float32"
    batch: Annotated[
        int | None, typer.Option(help="Largest batch of images or derivatives; a smaller batch needs less memory.")
    ] = None
    latent_shape: Annotated[str | None, typer.Option(help="For program files: 512 or 100,1,1.")] = None
    output_range: Annotated[
        str | None,
        typer.Option(
            help="For program files: the values of black and white in their images, 0,1 or 0,255; default -1,1.",
            metavar="LOW,HIGH",
        ),
    ] = None
    setting: Setting = None
    trust_program: Annotated[
        bool, typer.Option("--trust-program", help="Open TorchScript or torch.export files, which are programs.")
    ] = False
    entry: Entry = None

    def open(self):  # type: ignore[no-untyped-def]
        """The generator, before any condition."""
        import resefa
        from resefa.cli.arguments import range_of, settings_of
        from resefa.errors import UsageError

        try:
            shape = None if self.latent_shape is None else tuple(int(v) for v in self.latent_shape.split(","))
        except ValueError as error:
            raise UsageError(f"--latent-shape {self.latent_shape!r} is no shape; write 512 or 100,1,1.") from error
        return resefa.load(
            self.model,
            device=self.device,
            dtype=self.dtype,
            latent_shape=shape,
            output_range=None if self.output_range is None else range_of(self.output_range),
            settings=settings_of(self.setting or []),
            trust_program=self.trust_program,
            entry=self.entry,
            batch=self.batch,
        )

    def under(self, generator, found: dict[str, Any] | None = None):  # type: ignore[no-untyped-def]
        """The generator under the conditions that were given; where an option was left out, under those of ``found``."""
        given = {"truncation": self.truncation, "cutoff": self.cutoff, "label": self.label, "noise": self.noise}
        changes = {**(found or {}), **{name: value for name, value in given.items() if value is not None}}
        noise = changes.get("noise")
        if isinstance(noise, str) and noise.isdecimal():
            changes["noise"] = int(noise)
        changes = {name: value for name, value in changes.items() if value not in (None, "")}
        return generator.under(**changes) if changes else generator

    def opened(self):  # type: ignore[no-untyped-def]
        """The generator under the conditions that were given."""
        return self.under(self.open())


def takes_model(command: Callable[..., None]) -> Callable[..., None]:
    """Put the fields of ModelOptions in the place of the parameter ``model`` in the signature that typer reads.

    If ``model`` has a default, the argument MODEL may be left out; ``ModelOptions.model`` is then empty.
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
