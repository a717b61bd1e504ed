"""``resefa sample``, ``discover``, ``edit`` and ``show``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[str, typer.Argument(help="A card's name or a file.")]
DirectionsFile = Annotated[Path, typer.Argument(help="A directions file (.safetensors or .npy).")]
Output = Annotated[Path, typer.Option("--output", "-o")]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps.")]
Dtype = Annotated[str, typer.Option(help="float32 or float64.")]
LatentShape = Annotated[str | None, typer.Option(help="For program files: 512 or 100,1,1.")]
Trust = Annotated[
    bool, typer.Option("--trust-program", help="Open TorchScript or torch.export files, which are programs.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def _load(model: str, device: str, dtype: str, latent_shape: str | None, trust: bool):  # type: ignore[no-untyped-def]
    import resefa
    from resefa.errors import UsageError

    try:
        shape = None if latent_shape is None else tuple(int(v) for v in latent_shape.split(","))
    except ValueError as error:
        raise UsageError(f"--latent-shape {latent_shape!r} came: write 512 or 100,1,1.") from error
    return resefa.load(model, device=device, dtype=dtype, latent_shape=shape, trust_program=trust)


def sample(
    model: Model,
    seeds: Annotated[str, typer.Option(help="7, 0-15 or 1,4,9-12.")] = "0-15",
    output: Output = Path("samples.png"),
    device: Device = "cpu",
    dtype: Dtype = "float32",
    latent_shape: LatentShape = None,
    trust_program: Trust = False,
) -> None:
    """Make images of seeds."""
    from resefa.cli.arguments import seeds_of
    from resefa.presentation.pixels import to_picture
    from resefa.presentation.sheet import SheetRow, contact_sheet, save_picture

    chosen = seeds_of(seeds)
    generator = _load(model, device, dtype, latent_shape, trust_program)
    pictures = [to_picture(image) for image in generator.synthesize(generator.sample(chosen))]
    rows = [
        SheetRow(f"seeds {chosen[i]} to {chosen[min(i + 8, len(chosen)) - 1]}", pictures[i : i + 8])
        for i in range(0, len(chosen), 8)
    ]
    save_picture(output, contact_sheet(rows, [""] * 8, f"{generator.name}"))


def discover(
    model: Model,
    region: Annotated[str, typer.Option(help="mouth, box:40,18,14,28, mask.png, mouth+eyes, '!hair.png'.")],
    seed: Annotated[str, typer.Option(help="The image to analyse; several (0-7) give directions that suit all.")] = "0",
    k: Annotated[int, typer.Option("-k", help="How many directions.")] = 8,
    output: Output = Path("directions.safetensors"),
    protect: Annotated[str | None, typer.Option(help="Protect this region and nothing else.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Let this region change as it likes.")] = None,
    tau: Annotated[float, typer.Option(help="Ridge, as a fraction of the background's trace.")] = 1e-3,
    solver: Annotated[str, typer.Option(help="auto, cholesky or woodbury.")] = "auto",
    analysis_resolution: Annotated[int | None, typer.Option(help="Longer side of the image that is analysed.")] = None,
    memory: Annotated[float | None, typer.Option(help="Budget in GiB.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps Jacobians for the next run.")] = None,
    device: Device = "cpu",
    dtype: Dtype = "float32",
    latent_shape: LatentShape = None,
    trust_program: Trust = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find the directions that change a region and leave the rest alone."""
    import resefa
    from resefa.cli.arguments import seeds_of
    from resefa.cli.progress import bar
    from resefa.operators.jacobian_cache import JacobianCache

    seeds = seeds_of(seed)
    generator = _load(model, device, dtype, latent_shape, trust_program)
    where = resefa.Region.parse(region, generator.presets)
    if protect:
        where = where.protecting(resefa.Region.parse(protect, generator.presets))
    if ignore:
        where = where.ignoring(resefa.Region.parse(ignore, generator.presets))
    with bar("Jacobian", quiet or as_json) as progress:
        found = resefa.discover(
            generator, generator.sample(seeds), where, k=k, tau=tau, solver=solver,
            analysis_resolution=analysis_resolution, memory=None if memory is None else int(memory * 2**30),
            cache=None if keep is None else JacobianCache(folder=keep), progress=progress,
        )  # fmt: skip
    found.save(output)
    if not quiet:
        _print(found, as_json)


def edit(
    model: Model,
    directions: DirectionsFile,
    direction: Annotated[list[int] | None, typer.Option(help="Which, 0 the best; several are moved together.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Images to edit; default those that were analysed.")] = None,
    strengths: Annotated[
        str, typer.Option(help="--strengths=-3:3:7 (from, to, how many) or --strengths=-2,0,2.")
    ] = "-3:3:7",
    change: Annotated[float | None, typer.Option(help="Strength 1 = this mean squared change in the region.")] = None,
    output: Output = Path("sheet.png"),
    device: Device = "cpu",
    dtype: Dtype = "float32",
    latent_shape: LatentShape = None,
    trust_program: Trust = False,
    quiet: Quiet = False,
) -> None:
    """Apply directions to images: a sheet (.png), an animation (.gif, .mp4) or a page (.html)."""
    import sys

    import resefa
    from resefa.cli.arguments import seeds_of, strengths_of
    from resefa.cli.outputs import write_sweeps
    from resefa.errors import UsageError

    steps = strengths_of(strengths)
    found = resefa.Directions.load(directions)
    generator = _load(model, device, dtype, latent_shape, trust_program)
    space = found.provenance.space
    dimensions = generator.space(space).dimensions
    warning = found.check_fits(generator.name, generator.fingerprint, space, dimensions)
    if warning and not quiet:
        print(f"resefa: {warning}.", file=sys.stderr)
    if seeds is not None:
        codes = generator.sample(seeds_of(seeds), space)
    elif found.codes is not None:
        codes = resefa.LatentCode(found.codes.to(generator.device, generator.dtype), space, found.provenance.seeds)
    else:
        raise UsageError(
            f"{directions.name} holds no codes of its own: say which images to edit, for example --seeds 0-7."
        )
    write_sweeps(output, generator, codes, [found[i] for i in direction or [0]], steps, change)
    if not quiet:
        print(f"wrote {output}")


def show(directions: DirectionsFile, as_json: AsJson = False) -> None:
    """Print what a directions file holds."""
    import resefa

    _print(resefa.Directions.load(directions), as_json)


def _print(found, as_json: bool) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import asdict

    names = ("eigenvalues", "inside_rate", "outside_rate", "residuals")
    table = {name: getattr(found, name).tolist() for name in names if getattr(found, name) is not None}
    facts = {key: value for key, value in asdict(found.provenance).items() if value not in (None, "")}
    if as_json:
        print(json.dumps({"count": len(found), "dimensions": found.dimensions, "provenance": facts, **table}, indent=2))
        return
    print(f"{len(found)} directions of {found.dimensions} dimensions")
    for key, value in facts.items():
        print(f"  {key:20} {value}")
    if table:
        print("  #   " + "  ".join(f"{name:>12}" for name in table))
        for i in range(len(found)):
            print(f"  {i:<3} " + "  ".join(f"{values[i]:12.4g}" for values in table.values()))
