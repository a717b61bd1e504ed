"""``resefa discover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

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
from resefa.methods.registry import DEFAULT, METHODS, check_options, options_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from resefa.directions.directions import Directions
    from resefa.regions.region import Region

_OPTIONS = {"cache": "keep", "ranked": "unranked"}
"""Options of the command line that the library knows by another name."""


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
    method: Annotated[str, typer.Option(help=f"One of {', '.join(METHODS)}.")] = DEFAULT,
    k: Annotated[int, typer.Option("--k", "-k", help="Number of directions.")] = 8,
    output: Output = Path("directions.safetensors"),
    name: DirectionsName = None,
    space: Space = None,
    layers: Layers = None,
    protect: Annotated[str | None, typer.Option(help="Protect this region and nothing else.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Let this region change freely.")] = None,
    tau: Annotated[
        float | None,
        typer.Option(help="Ridge, as a fraction of the trace of the outside's Gram matrix; default 0.001."),
    ] = None,
    solver: Annotated[
        str | None,
        typer.Option(
            help="auto (default); cholesky or woodbury, from the whole Jacobian; matrix-free, from products alone; prepared, from products "
            "that serve every further region of the image too."
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help="matrix-free: largest relative gap of the eigenvalues, default 0.01. lowrankgan, jacobian-svd: of the iteration."
        ),
    ] = None,
    max_products: Annotated[
        int | None, typer.Option("--max-products", "--products", help="matrix-free: largest number of JVPs and VJPs.")
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            help="pixels (default): change those inside, hold those outside. luminance or chroma: change the brightness or the colours "
            "inside, hold the rest."
        ),
    ] = None,
    analysis_resolution: Annotated[
        int | None, typer.Option(help="Analyse the image at this many pixels, its longer side; default its own size.")
    ] = None,
    intermediate: Annotated[
        bool,
        typer.Option(
            "--intermediate",
            help="With --analysis-resolution: analyse the generator's own image of that size instead of the area average.",
        ),
    ] = False,
    candidates: Annotated[
        int | None,
        typer.Option(help="Number of candidates that a method without knowledge of the region ranks; default 20."),
    ] = None,
    unranked: Annotated[bool, typer.Option("--unranked", help="Keep that method's own order.")] = False,
    samples: Annotated[
        int | None, typer.Option(help="ganspace: number of codes to draw, more than the dimensions; default 10000.")
    ] = None,
    sparsity: Annotated[float | None, typer.Option(help="lowrankgan: lambda of the robust PCA.")] = None,
    relaxation: Annotated[
        int | None,
        typer.Option(help="lowrankgan: number of the outside's directions that are not protected; default 0."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="interfacegan: text file with a seed and its label (above 0: present) per line.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(help="Memory budget: 2 (GiB), 500MB; default half of the free memory.")
    ] = None,
    stored: Annotated[
        str | None, typer.Option(help="Precision of the stored Jacobian: float16 takes half the memory.")
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
    from resefa.cli.terminal import announce, bar
    from resefa.directions.storage import check_output
    from resefa.directions.validation import check_name
    from resefa.discovery.arguments import memory_bytes
    from resefa.errors import InterruptedWorkError

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
        "space": space, "layers": layers, "tau": tau, "solver": solver, "tolerance": tolerance, "max_products": max_products,
        "analysis_resolution": analysis_resolution, "intermediate": intermediate or None, "candidates": candidates,
        "ranked": False if unranked else None, "samples": samples, "sparsity": sparsity, "relaxation": relaxation, "labels": labels,
        "memory": None if memory is None else memory_bytes(memory, "GiB", "--memory"), "stored": stored, "cache": keep,
        "objective": objective,
    }  # fmt: skip
    taken: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    check_options(method, taken, lambda key: f"--{_OPTIONS.get(key, key).replace('_', '-')}")
    if labels is not None:
        known, taken["labels"] = labels_of(labels)
        taken["label_codes"] = generator.sample(known)
    if "announce" in options_of(method) and not (quiet or as_json):
        taken["announce"] = announce
    try:
        with bar("Jacobian", quiet or as_json) as progress:
            # ``check_options`` has checked what the overloads would.
            discover_by_name = cast("Callable[..., Directions]", resefa.discover)
            found = discover_by_name(
                generator, chosen.codes(generator), where, k=k, method=method, progress=progress, **taken
            )
    except KeyboardInterrupt:
        if keep is None:
            raise
        raise InterruptedWorkError(
            f"interrupted; the columns computed so far are cached in {keep}, and the same command continues from there."
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
