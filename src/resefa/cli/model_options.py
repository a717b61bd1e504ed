"""Options of all commands that open a model: the file, its settings, and the conditions of its images."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from resefa.cli.options import MODEL_PANEL, Entry, Setting

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator


@dataclass(frozen=True)
class ModelOptions:
    """The options that open a generator and set the conditions of its images.

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
            help="Truncation psi, from 0 (the mean image) to 1 (no truncation); default 1.",
        ),
    ] = None
    cutoff: Annotated[
        int | None,
        typer.Option(
            metavar="LAYER",
            rich_help_panel=MODEL_PANEL,
            help="Index of the first layer without truncation; default: truncate all layers.",
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
            help="Noise inputs: constant (stored in the checkpoint, default), none, or a seed.",
        ),
    ] = None
    device: Annotated[
        str,
        typer.Option(
            metavar="DEVICE", rich_help_panel=MODEL_PANEL, help="Device for the computation: cpu, cuda or mps."
        ),
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
            metavar="SHAPE",
            rich_help_panel=MODEL_PANEL,
            help="Shape of a latent code for a program file: 512 or 100,1,1.",
        ),
    ] = None
    output_range: Annotated[
        str | None,
        typer.Option(
            metavar="LOW,HIGH",
            rich_help_panel=MODEL_PANEL,
            help="Values of black and white in the images of a program file: 0,1 or 0,255; default -1,1.",
        ),
    ] = None
    setting: Setting = None
    trust_program: Annotated[
        bool,
        typer.Option(
            "--trust-program",
            rich_help_panel=MODEL_PANEL,
            help="Allow a TorchScript or torch.export file, which is a program: use only with a source that you trust.",
        ),
    ] = False
    entry: Entry = None

    def open(self) -> BaseGenerator:
        """Open the generator without conditions."""
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
        """Open the generator under the conditions given by the options."""
        given: dict[str, Any] = {
            "truncation": self.truncation, "cutoff": self.cutoff, "label": self.label, "noise": self.noise
        }  # fmt: skip
        if self.noise is not None and self.noise.isdecimal():
            given["noise"] = int(self.noise)
        changes = {name: value for name, value in given.items() if value not in (None, "")}
        generator = self.open()
        return generator.under(**changes) if changes else generator


def takes_model(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the parameter ``model`` in the signature that typer reads by the fields of ModelOptions.

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
    taking.__dict__["__signature__"] = signature
    taking.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    del taking.__dict__["__wrapped__"]
    return taking
