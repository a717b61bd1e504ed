"""``resefa import`` and ``resefa export``: convert directions from and to the formats of other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.model_options import ModelOptions
from resefa.cli.options import AsJson, DirectionsFile, DirectionsName, Entry, Layers, Output, Quiet, Space
from resefa.cli.terminal import report

ForModel = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="MODEL", help="Model of the directions: a model card's name, or a checkpoint file."
    ),
]


def import_directions(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Directions from another tool (.npy, .npz, .pt, .pkl, .json or .txt), or a directions file to rename.",
        ),
    ],
    output: Output = Path("directions.safetensors"),
    space: Space = None,
    layers: Layers = None,
    model: ForModel = None,
    region: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            help="Region to store with the directions, for `resefa edit --change`: mouth, box:40%,60%,20%,15%. Needs --model.",
        ),
    ] = None,
    name: DirectionsName = None,
    entry: Entry = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Import directions from another tool into a directions file, with an optional name and region."""
    from resefa.cli.show import print_directions
    from resefa.directions.directions import Directions
    from resefa.directions.storage import open_directions
    from resefa.directions.validation import check_name
    from resefa.errors import OutputError, UsageError
    from resefa.files.output_file import check_writable
    from resefa.regions.region import Region

    if region is not None and model is None:
        raise UsageError("--region needs --model, because a region is defined on the model's images; add --model.")
    if output.suffix != ".safetensors":
        raise OutputError(
            f"{output} does not end in .safetensors, the format of directions files; write {output.stem}.safetensors."
        )
    check_writable(output)
    if name is not None:
        check_name(name)
    opened = open_directions(file)
    generator = None if model is None else ModelOptions(model, entry=entry).open()
    found = Directions.of(opened, space, layers, generator)
    if generator is not None and region is not None:
        found = found.with_region(Region.parse(region, generator.presets), generator.resolution)
    if name is not None:
        found = found.renamed(name)
    found.save(output)
    if as_json or not quiet:
        print_directions(found, as_json, output)


def export_directions(
    directions: DirectionsFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="File to write: .npy, .npz, .pt or .json.")
    ],
    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="Format: npy, w+, interfacegan, ganspace, rosinality or stylespace; default: by the file's ending.",
        ),
    ] = None,
    direction: Annotated[
        list[int] | None,
        typer.Option(metavar="INDEX", help="Index of a direction to export (0 is the best). Repeatable; default: all."),
    ] = None,
    model: ForModel = None,
    entry: Entry = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Export directions in another tool's format."""
    from resefa.directions.directions import Directions
    from resefa.directions.storage import check_output, open_directions

    check_output(output, format)
    opened = open_directions(directions)
    generator = None if model is None else ModelOptions(model, entry=entry).open()
    found = Directions.of(opened, generator=generator)
    if direction:
        found = found.chosen(direction)
    found.save(output, format=format, generator=generator)
    facts = {
        "output": str(output),
        "count": len(found),
        "space": found.provenance.space,
        "layers": found.provenance.layers,
    }
    report(as_json, quiet, f"wrote {output}", facts)
