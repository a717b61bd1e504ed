"""``resefa discover``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.options import (
    AsJson,
    Cutoff,
    Device,
    Dtype,
    Label,
    LatentShape,
    Layers,
    Model,
    Noise,
    Output,
    Quiet,
    Space,
    Truncation,
    Trust,
    open_model,
    under,
)
from resefa.cli.show import print_directions


def discover(
    model: Model,
    region: Annotated[str, typer.Option(help="mouth, box:40,18,14,28, mask.png, mouth+eyes, '!hair.png'.")],
    seed: Annotated[str, typer.Option(help="The image to analyse; several (0-7) give directions that suit all.")] = "0",
    k: Annotated[int, typer.Option("-k", help="How many directions.")] = 8,
    output: Output = Path("directions.safetensors"),
    space: Space = None,
    layers: Layers = None,
    protect: Annotated[str | None, typer.Option(help="Protect this region and nothing else.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Let this region change as it likes.")] = None,
    tau: Annotated[float, typer.Option(help="Ridge, as a fraction of the background's trace.")] = 1e-3,
    solver: Annotated[str, typer.Option(help="auto, cholesky, woodbury (the whole Jacobian) or matrix-free (products alone).")] = "auto",
    tolerance: Annotated[float, typer.Option(help="Matrix-free: how far quotients may be from the best.")] = 0.01,
    products: Annotated[int | None, typer.Option(help="Matrix-free: the most products with the Jacobian to spend.")] = None,
    analysis_resolution: Annotated[int | None, typer.Option(help="Longer side of the image that is analysed.")] = None,
    intermediate: Annotated[bool, typer.Option("--intermediate", help="Analyse the generator's own image at that size.")] = False,
    memory: Annotated[float | None, typer.Option(help="Budget in GiB.")] = None,
    stored: Annotated[str | None, typer.Option(help="Precision in which the Jacobian is kept: float16 takes half the room.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder that keeps Jacobians for the next run.")] = None,
    truncation: Truncation = None,
    cutoff: Cutoff = None,
    label: Label = None,
    noise: Noise = None,
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
    from resefa.cli.progress import announce, bar
    from resefa.errors import InterruptedWorkError
    from resefa.generators.load import dtype_of
    from resefa.operators.jacobian_cache import JacobianCache

    seeds = seeds_of(seed)
    generator = under(open_model(model, device, dtype, latent_shape, trust_program), truncation, cutoff, label, noise)
    where = resefa.Region.parse(region, generator.presets)
    if protect:
        where = where.protecting(resefa.Region.parse(protect, generator.presets))
    if ignore:
        where = where.ignoring(resefa.Region.parse(ignore, generator.presets))
    try:
        with bar("Jacobian", quiet or as_json) as progress:
            found = resefa.discover(
                generator, generator.sample(seeds), where, k=k, space=space, layers=layers, tau=tau, solver=solver,
                analysis_resolution=analysis_resolution, memory=None if memory is None else int(memory * 2**30),
                cache=None if keep is None else JacobianCache(folder=keep), progress=progress,
                tolerance=tolerance, products=products, intermediate=intermediate,
                stored=None if stored is None else dtype_of(stored), announce=None if quiet or as_json else announce,
            )  # fmt: skip
    except KeyboardInterrupt:
        if keep is None:
            raise
        raise InterruptedWorkError(
            f"interrupted; what was computed is kept in {keep}, and the same command goes on there."
        ) from None
    found.save(output)
    if as_json or not quiet:
        print_directions(found, as_json, output)
