"""The options of every command that opens a generator: one dataclass, written once.

A command takes ``model: ModelOptions`` and is decorated with ``takes_model``; on the command line the dataclass's fields
stand in its place. A further option of opening a generator is one field here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, get_type_hints

import typer

from resefa.cli.options import Entry, Setting


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
    """Put the fields of ModelOptions in the place of the parameter ``model`` in the signature that typer reads."""
    hints = get_type_hints(ModelOptions, include_extras=True)
    own = get_type_hints(command, include_extras=True)
    parameters, optional = [], []
    for field in fields(ModelOptions):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
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
