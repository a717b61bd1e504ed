"""``resefa discover``: finds directions for a region by any method."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import (
    AsJson,
    ChosenImages,
    CodeOption,
    CodeSpaceOption,
    DirectionsName,
    Ignore,
    Layers,
    Output,
    Protect,
    Quiet,
    Regions,
    Space,
    regions_of,
)
from resefa.cli.show import print_directions
from resefa.methods.registry import DEFAULT, METHODS, check_options, options_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from resefa.directions.directions import Directions

SOLVER_PANEL, METHODS_PANEL = "Solver, precision and memory", "Options of other methods"


@takes_model
def discover(
    model: ModelOptions,
    region: Regions,
    seeds: Annotated[
        str | None,
        typer.Option(
            "--seeds",
            "--seed",
            metavar="SEEDS",
            help="Seed of the image to analyse, default 0. Several seeds (0-7 or 1,4,9-12) give directions for all these images.",
        ),
    ] = None,
    code: CodeOption = None,
    code_space: CodeSpaceOption = None,
    method: Annotated[str, typer.Option(metavar="METHOD", help=f"Method: {', '.join(METHODS)}.")] = DEFAULT,
    k: Annotated[int, typer.Option("--k", "-k", metavar="N", help="Number of directions.")] = 8,
    distinct: Annotated[
        bool,
        typer.Option(
            "--distinct",
            help="Find directions that give different edits: no two change the region alike. Edited images are compared, which takes longer.",
        ),
    ] = False,
    output: Output = Path("directions.safetensors"),
    name: DirectionsName = None,
    space: Space = None,
    layers: Layers = None,
    protect: Protect = None,
    ignore: Ignore = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TERM",
            help="Feature to change: pixels (default), luminance, chroma, low-frequencies:8, high-frequencies:8, features:NETWORK, attributes:NAMES, "
            "with a region and a weight if wanted: chroma@hair=2. Repeatable.",
        ),
    ] = None,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TERM",
            help="Feature to leave unchanged in addition to the pixels outside the region: luminance, features:toon-attributes=2, pixels@eyes. "
            "pixels=0.5 changes the weight of the pixels outside. Repeatable.",
        ),
    ] = None,
    objective: Annotated[str | None, typer.Option(hidden=True)] = None,
    analysis_resolution: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS",
            help="Longer side to which images are reduced for the analysis, by area averaging; default: the model's resolution.",
        ),
    ] = None,
    intermediate: Annotated[
        bool,
        typer.Option(
            "--intermediate",
            help="With --analysis-resolution: analyse the generator's intermediate image of that size instead of a reduced image.",
        ),
    ] = False,
    tau: Annotated[
        float | None,
        typer.Option(
            metavar="TAU",
            rich_help_panel=SOLVER_PANEL,
            help="Ridge, as a fraction of the trace of the Gram matrix outside the region; default 0.001.",
        ),
    ] = None,
    solver: Annotated[
        str | None,
        typer.Option(
            metavar="SOLVER",
            rich_help_panel=SOLVER_PANEL,
            help="Solver: auto (default); cholesky or woodbury (use the whole Jacobian); matrix-free (uses only JVPs and VJPs); prepared (reuses JVPs and VJPs for further regions).",
        ),
    ] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            metavar="FRACTION",
            rich_help_panel=SOLVER_PANEL,
            help="Largest relative error of the eigenvalues, default 0.01; for the solver matrix-free and the methods lowrankgan and jacobian-svd.",
        ),
    ] = None,
    max_products: Annotated[
        int | None,
        typer.Option(
            "--max-products",
            "--products",
            metavar="N",
            rich_help_panel=SOLVER_PANEL,
            help="Largest number of JVPs and VJPs for the solver matrix-free.",
        ),
    ] = None,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            rich_help_panel=SOLVER_PANEL,
            help="Memory budget, for example 2 (GiB) or 500MB; default: half of the free memory.",
        ),
    ] = None,
    stored: Annotated[
        str | None,
        typer.Option(
            metavar="TYPE",
            rich_help_panel=SOLVER_PANEL,
            help="Precision of the stored Jacobian: float32 (default) or float16, which halves the memory.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            rich_help_panel=SOLVER_PANEL,
            help="Folder of a Jacobian cache for later runs; several commands may share the folder.",
        ),
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=METHODS_PANEL,
            help="Number of candidate directions to rank by the region, default 20; for methods that ignore the region.",
        ),
    ] = None,
    unranked: Annotated[
        bool,
        typer.Option(
            "--unranked",
            rich_help_panel=METHODS_PANEL,
            help="Keep the method's order instead of ranking by the region.",
        ),
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=METHODS_PANEL,
            help="ganspace: number of latent codes to sample; must exceed the number of dimensions of the space. Default: 10000.",
        ),
    ] = None,
    sparsity: Annotated[
        float | None,
        typer.Option(
            metavar="LAMBDA",
            rich_help_panel=METHODS_PANEL,
            help="lowrankgan: weight lambda of the sparse part in the robust PCA; default 1 / sqrt(n).",
        ),
    ] = None,
    relaxation: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=METHODS_PANEL,
            help="lowrankgan: number of low-rank directions outside that are not protected, the weakest first; default 0.",
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=METHODS_PANEL,
            help="interfacegan: text file with a seed and a label (above 0: attribute present) on each line.",
        ),
    ] = None,
    strengths: Annotated[
        bool | None,
        typer.Option(
            "--strengths/--no-strengths",
            help="Measure how far each direction goes, for sheets and sliders; default: if that takes at most 10 seconds or no longer than the discovery.",
        ),
    ] = None,
    captions: Annotated[
        bool | None,
        typer.Option(
            "--captions/--no-captions",
            help="Describe what each direction changes, by edited images; default: where the strengths are measured, since few images suffice then.",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find the latent directions that change a region and leave the rest of the image unchanged."""
    import resefa
    from resefa.cli.caption import captioned_if_cheap
    from resefa.cli.measure import measured_if_cheap
    from resefa.cli.terminal import announce, bar
    from resefa.directions.storage import check_output
    from resefa.directions.validation import check_name
    from resefa.errors import InterruptedWorkError
    from resefa.latents.seeds import read_labels
    from resefa.regions.region import Region
    from resefa.runtime.memory import memory_bytes

    check_output(output)
    if name is not None:
        check_name(name)
    chosen = ChosenImages.of(seeds, code, code_space, default="0")
    generator = model.opened()
    codes = chosen.codes(generator)
    where = regions_of(generator, codes, region, protect, ignore)
    if isinstance(where, Region) and len(region) > 1 and not (quiet or as_json):
        announce(f"The region is the union of {len(region)} regions: {where.text}.")
    options = {
        "space": space, "layers": layers, "tau": tau, "solver": solver, "tolerance": tolerance, "max_products": max_products,
        "analysis_resolution": analysis_resolution, "intermediate": intermediate or None, "candidates": candidates,
        "ranked": False if unranked else None, "samples": samples, "sparsity": sparsity, "relaxation": relaxation, "labels": labels,
        "memory": None if memory is None else memory_bytes(memory, "GiB"), "stored": stored, "cache": keep,
        "vary": vary, "hold": hold, "objective": objective,
    }  # fmt: skip
    taken: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    check_options(method, taken)
    if labels is not None:
        known, taken["labels"] = read_labels(labels)
        taken["label_codes"] = generator.sample(known)
    if "announce" in options_of(method) and not (quiet or as_json):
        taken["announce"] = announce
    start = time.perf_counter()
    try:
        with bar("Jacobian", quiet or as_json) as progress:
            # ``check_options`` has checked what the overloads would.
            discover_by_name = cast("Callable[..., Directions]", resefa.discover)
            found = discover_by_name(
                generator,
                codes,
                where,
                k=k,
                method=method,
                progress=progress,
                distinct=distinct,
                **taken,
            )
    except KeyboardInterrupt:
        if keep is None:
            raise
        raise InterruptedWorkError(
            f"interrupted; the columns computed so far are cached in {keep}. Repeat the same command to continue."
        ) from None
    seconds = time.perf_counter() - start
    found = found if name is None else found.renamed(name)
    found.save(output)
    try:
        measured = measured_if_cheap(generator, found, strengths, seconds, quiet or as_json)
        measured = captioned_if_cheap(generator, measured, captions, quiet or as_json)
    except KeyboardInterrupt:
        raise InterruptedWorkError(
            f"interrupted; {output} contains the directions without strengths and captions; `resefa directions measure` and `resefa directions caption` add them."
        ) from None
    if measured is not found:
        found = measured
        found.save(output)
    if as_json or not quiet:
        print_directions(found, as_json, output)
