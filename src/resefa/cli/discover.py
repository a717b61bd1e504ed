"""``resefa discover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.options import (
    AsJson,
    ChosenImages,
    CodeOption,
    CodeSpaceOption,
    DirectionsName,
    Layers,
    ModelOptions,
    Output,
    Quiet,
    Space,
    takes_model,
)
from resefa.cli.show import print_directions

if TYPE_CHECKING:
    from resefa.regions.region import Region


@takes_model
def discover(
    model: ModelOptions,
    region: Annotated[
        list[str], typer.Option(help="mouth, box:40,18,14,28, mask.png, mouth+eyes, '!hair.png'. Several are combined.")
    ],
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            help="Seed of the image to analyse: 7; default 0. Several (0-7 or 1,4,9-12) give directions that suit all of them.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    method: Annotated[
        str,
        typer.Option(
            help="region-contrast or a method to compare it with: low-rank, style-space, sefa, ganspace, inter-face-gan, whole-jacobian, random."
        ),
    ] = "region-contrast",
    k: Annotated[int, typer.Option("--k", "-k", help="Number of directions.")] = 8,
    output: Output = Path("directions.safetensors"),
    name: DirectionsName = None,
    space: Space = None,
    layers: Layers = None,
    protect: Annotated[str | None, typer.Option(help="Protect this region and nothing else.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Let this region change freely.")] = None,
    tau: Annotated[
        float | None, typer.Option(help="Ridge, as a fraction of the background's trace; default 0.001.")
    ] = None,
    solver: Annotated[
        str | None,
        typer.Option(
            help="auto (default), cholesky, woodbury (the whole Jacobian), matrix-free (products only) or prepared (products that serve every further region too)."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="Matrix-free: how far quotients may be from the best, default 0.01. low-rank, whole-jacobian: of the iteration."
        ),
    ] = None,
    products: Annotated[int | None, typer.Option(help="Matrix-free: largest number of Jacobian products.")] = None,
    analysis_resolution: Annotated[
        int | None, typer.Option(help="Analyse the image at this many pixels, its longer side.")
    ] = None,
    intermediate: Annotated[
        bool,
        typer.Option(
            "--intermediate",
            help="With --analysis-resolution: analyse the generator's own image of that size, not the average.",
        ),
    ] = False,
    candidates: Annotated[
        int | None,
        typer.Option(help="Number of directions that a method without knowledge of the region submits to the ranking."),
    ] = None,
    unranked: Annotated[bool, typer.Option("--unranked", help="Keep that method's order.")] = False,
    samples: Annotated[
        int | None, typer.Option(help="ganspace: how many codes to draw; more than the dimensions.")
    ] = None,
    sparsity: Annotated[float | None, typer.Option(help="low-rank: lambda of the robust PCA.")] = None,
    relaxation: Annotated[
        int | None, typer.Option(help="low-rank: number of the background's directions that are left unprotected.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="inter-face-gan: a text file, a seed and its label (above 0: has it) per line.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory to use: 2 (GiB), 500MB; default half of what is free.")
    ] = None,
    stored: Annotated[
        str | None, typer.Option(help="Precision in which the Jacobian is stored: float16 takes half the memory.")
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Folder in which Jacobians are cached for later runs; several commands may share it."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find the directions that change a region and leave the rest alone."""
    import resefa
    from resefa.cli.arguments import labels_of
    from resefa.cli.method_options import given_options
    from resefa.cli.terminal import announce, bar
    from resefa.directions.checked import check_name
    from resefa.directions.storage import check_output
    from resefa.discovery.arguments import memory_bytes
    from resefa.errors import InterruptedWorkError
    from resefa.methods.registry import DEFAULT
    from resefa.runtime.jacobian_cache import JacobianCache

    check_output(output)
    if name is not None:
        check_name(name)
    chosen = ChosenImages.of(seeds, code, code_space, default="0")
    generator = model.opened()
    where = _together([resefa.Region.parse(each, generator.presets) for each in region])
    if len(region) > 1 and not (quiet or as_json):
        announce(f"The {len(region)} regions are taken together: {where.text}.")
    if protect:
        where = where.protecting(resefa.Region.parse(protect, generator.presets))
    if ignore:
        where = where.ignoring(resefa.Region.parse(ignore, generator.presets))
    options = {
        "space": space, "layers": layers, "tau": tau, "solver": solver, "tolerance": tolerance, "products": products,
        "analysis_resolution": analysis_resolution, "intermediate": intermediate or None, "candidates": candidates,
        "unranked": unranked or None, "samples": samples, "sparsity": sparsity, "relaxation": relaxation, "labels": labels,
        "memory": None if memory is None else memory_bytes(memory, "GiB", "--memory"), "stored": stored,
        "keep": None if keep is None else JacobianCache(folder=keep),
    }  # fmt: skip
    taken = given_options(method, {name: value for name, value in options.items() if value is not None})
    if labels is not None:
        known, taken["labels"] = labels_of(labels)
        taken["label_codes"] = generator.sample(known)
    if method == DEFAULT and not (quiet or as_json):
        taken["announce"] = announce
    try:
        with bar("Jacobian", quiet or as_json) as progress:
            found = resefa.discover(
                generator, chosen.codes(generator), where, k=k, method=method, progress=progress, **taken
            )
    except KeyboardInterrupt:
        if keep is None:
            raise
        raise InterruptedWorkError(
            f"interrupted; what was computed is kept in {keep}, and the same command goes on there."
        ) from None
    found = found if name is None else found.renamed(name)
    found.save(output)
    if as_json or not quiet:
        print_directions(found, as_json, output)


def _together(regions: list[Region]) -> Region:
    """The union of the regions: what several --region options mean."""
    whole = regions[0]
    for other in regions[1:]:
        whole = whole | other
    return whole
