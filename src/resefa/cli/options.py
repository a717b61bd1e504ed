"""Options that several commands share, and what they open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Model = Annotated[str, typer.Argument(help="A card's name or a file.")]
DirectionsFile = Annotated[Path, typer.Argument(help="A directions file: resefa's (.safetensors) or another tool's.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps.")]
Dtype = Annotated[str, typer.Option(help="float32 or float64.")]
LatentShape = Annotated[str | None, typer.Option(help="For program files: 512 or 100,1,1.")]
Trust = Annotated[
    bool, typer.Option("--trust-program", help="Open TorchScript or torch.export files, which are programs.")
]
Space = Annotated[str | None, typer.Option(help="Latent space: Z, W, W+ or S, as the model has them.")]
Layers = Annotated[str | None, typer.Option(help="Only these layers: 4-7, 0,3,8-11 or by resolution 16-64px.")]
Truncation = Annotated[float | None, typer.Option(help="psi, from 0 to 1 (none).")]
Cutoff = Annotated[int | None, typer.Option(help="Truncate the layers before this one only.")]
Label = Annotated[str | None, typer.Option(help="Class of a conditional model: an index or an ImageNet name.")]
Noise = Annotated[str | None, typer.Option(help="constant, none or a seed.")]
AllowGlobal = Annotated[
    list[str] | None,
    typer.Option(help="A name that a pickle may mention beyond what weights need; it stays inert. May be repeated."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no report.")]
AsJson = Annotated[bool, typer.Option("--json", help="Report for machines, on standard output.")]


def open_model(model: str, device: str, dtype: str, latent_shape: str | None, trust: bool):  # type: ignore[no-untyped-def]
    """The generator that the shared options describe."""
    import resefa
    from resefa.errors import UsageError

    try:
        shape = None if latent_shape is None else tuple(int(v) for v in latent_shape.split(","))
    except ValueError as error:
        raise UsageError(f"--latent-shape {latent_shape!r} came: write 512 or 100,1,1.") from error
    return resefa.load(model, device=device, dtype=dtype, latent_shape=shape, trust_program=trust)


def under(generator, truncation: float | None, cutoff: int | None, label: str | None, noise: str | None):  # type: ignore[no-untyped-def]
    """The generator under those conditions that were given."""
    given = {"truncation": truncation, "cutoff": cutoff, "label": label}
    if noise is not None:
        given["noise"] = int(noise) if noise.isdigit() else noise
    changes = {key: value for key, value in given.items() if value is not None}
    return generator.under(**changes) if changes else generator


def report(as_json: bool, quiet: bool, text: str, facts: dict[str, Any]) -> None:
    """Say what was done: in words, as JSON, or not at all."""
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        print(text)
