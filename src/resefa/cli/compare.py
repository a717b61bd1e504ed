"""``resefa compare``: compares methods on the same images at matched strength, and writes a report."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.model_options import ModelOptions, takes_model
from resefa.cli.options import AsJson, Layers, Quiet, Space
from resefa.cli.resumable import run_logged
from resefa.cli.terminal import report
from resefa.methods.registry import METHODS

if TYPE_CHECKING:
    from resefa.comparison.measures.registry import Measures
    from resefa.regions.region import Region


@takes_model
def compare(
    model: ModelOptions | None = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION", help="Region to edit, as in `resefa discover`. If repeated, each region is compared."
        ),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(metavar="METHODS", help=f"Methods, separated by commas; default: all ({', '.join(METHODS)})."),
    ] = None,
    images: Annotated[int, typer.Option(metavar="N", help="Number of held-out images.")] = 64,
    discovery: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Number of images for the discovery of transferred directions, separate from the held-out images.",
        ),
    ] = 8,
    slow_images: Annotated[
        int,
        typer.Option(
            metavar="N", help="Number of held-out images for the per-image directions of slow methods (lowrankgan)."
        ),
    ] = 16,
    levels: Annotated[
        str,
        typer.Option(
            metavar="LEVELS",
            help="Levels of the mean squared change inside the region at which methods are compared (colours from -1 to 1).",
        ),
    ] = "0.02,0.05,0.1",
    seed: Annotated[int, typer.Option(metavar="SEED", help="Seed of all random numbers.")] = 0,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder for results and report; an interrupted run resumes there."
        ),
    ] = "compared",
    report_only: Annotated[
        bool,
        typer.Option(
            "--report-only",
            help="Write the report from the results in the folder without measuring; MODEL and --region are not needed.",
        ),
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also compare with the regions moved, grown and shrunk by up to 30%.")
    ] = False,
    exact: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION",
            help="With --robustness: exact mask of a region; give one for each --region, in the same order. Repeatable.",
        ),
    ] = None,
    inception: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Inception-v3 weights for FID and KID (the file of torch-fidelity or pytorch-fid)."
        ),
    ] = None,
    arcface: Annotated[
        Path | None, typer.Option(metavar="FILE", help="ArcFace network (ONNX) for identity similarity.")
    ] = None,
    identity: Annotated[
        bool, typer.Option("--identity", help="Measure identity similarity with dlib's face embedding.")
    ] = False,
    no_features: Annotated[
        bool, typer.Option("--no-features", help="Do not measure distances on EfficientNet-Lite0's features.")
    ] = False,
    directions: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE:NAME",
            help="Directions file of a further method to compare, with the method's name. Repeatable.",
        ),
    ] = None,
    title: Annotated[
        list[str] | None,
        typer.Option(metavar="METHOD=TITLE", help="Title of a method in the report, as in sefa=SeFa. Repeatable."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="interfacegan: text file with a seed and its label (above 0: present) on each line."
        ),
    ] = None,
    space: Space = None,
    layers: Layers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare methods on the same images at matched strength: a report with tables and figures."""
    import resefa
    from resefa.cli.arguments import parse_levels, parse_named_file, parse_titles
    from resefa.cli.terminal import bar, say
    from resefa.comparison.bootstrap import FEWEST
    from resefa.comparison.comparison import Comparison
    from resefa.comparison.experiment import Experiment
    from resefa.comparison.methods import GivenDirections, methods_of, with_directions, with_labels
    from resefa.comparison.report.figures import need_matplotlib
    from resefa.errors import OutputError, UsageError
    from resefa.files.output_file import check_writable_folder
    from resefa.latents.seeds import read_labels

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the results and the report.")
    folder, regions, titles = Path(output), region or [], parse_titles(title or [])
    need_matplotlib()  # before the measurements, which may take hours
    if report_only:
        _write(folder, titles, as_json, quiet)
        return
    if model is None or not model.model:
        raise UsageError(
            "MODEL is missing; give the name of a model card or a file, or --report-only to write the report of a folder."
        )
    if not regions:
        raise UsageError("--region is missing; give at least one region, for example --region mouth.")
    if exact and not robustness:
        raise UsageError("--exact needs --robustness; add --robustness, or omit --exact.")
    if len(set(regions)) < len(regions):
        raise UsageError("The same --region is given twice; give each region once.")
    check_writable_folder(folder)
    chosen = methods_of(
        None if methods is None else [name.strip() for name in methods.split(",")], slow_images=slow_images
    )
    generator = model.opened()
    given = [GivenDirections.open(file, name, generator) for file, name in map(parse_named_file, directions or [])]
    chosen = with_directions(chosen, given)
    if labels is not None:
        chosen = with_labels(chosen, *read_labels(labels))
    measures = _Judges(inception, arcface, identity, not no_features).measures(quiet or as_json)
    experiment = Experiment(
        generator.name, generator.fingerprint, {text: resefa.Region.parse(text, generator.presets).text for text in regions},
        chosen, resolution=generator.resolution, conditions=generator.conditions.text, space=space, layers=layers, seed=seed,
        images=images, discovery=discovery, levels=parse_levels(levels), measures=measures.fingerprints(),
    )  # fmt: skip
    masks = _exact_masks(regions, exact or [], generator.presets) if robustness else None
    comparison = Comparison(generator, experiment, folder, measures=measures, given=given, robustness=masks)
    if images < FEWEST and not quiet:
        say(f"resefa: --images {images} is too few for confidence intervals; give at least {FEWEST}.", error=True)
    if comparison.journal.blocks and not quiet:
        say(
            f"resuming: {len(comparison.journal.blocks)} of {len(comparison.blocks)} parts of the comparison are already in {output}",
            error=True,
        )
    with bar("comparing", quiet or as_json) as progress:
        run_logged(comparison, "comparison", progress)
    _write(folder, titles, as_json, quiet)


def _write(folder: Path, titles: dict[str, str], as_json: bool, quiet: bool) -> None:
    """Write the report of a folder, and print its path."""
    from resefa.comparison.earlier_folders import current_titles
    from resefa.comparison.report.method_styles import save_titles
    from resefa.comparison.report.report import write_report
    from resefa.comparison.report.results import Results, summary
    from resefa.errors import OutputError, UsageError

    results = Results(folder)
    names = [method.name for method in results.experiment.methods]
    if unknown := set(current_titles(titles)) - set(names):
        raise UsageError(
            f"--title names the method {min(unknown)!r}, which is not compared; choose one of {', '.join(names)}."
        )
    try:
        save_titles(folder, titles)
        page = write_report(folder).resolve()
    except OutputError as error:
        raise OutputError(
            f"{error} The results are saved; `resefa compare --report-only -o {folder}` writes the report."
        ) from error
    report(as_json, quiet, f"Open {page} in a browser.", {"report": str(page), **summary(Results(folder))})


@dataclass(frozen=True)
class _Judges:
    """The command's options that choose the measures."""

    inception: Path | None
    arcface: Path | None
    identity: bool
    features: bool

    def measures(self, quiet: bool) -> Measures:
        """Open the measures, downloading the weights of EfficientNet-Lite0 if necessary and possible."""
        from resefa.comparison.measures.registry import measures_for

        if self.features:
            _fetch_features(quiet)
        return measures_for(
            inception=self.inception, arcface=self.arcface, identity=self.identity, features=self.features
        )


def _fetch_features(quiet: bool) -> None:
    """Download the weights of EfficientNet-Lite0; if that fails, the report states that distances are missing."""
    from resefa.cli.terminal import bar
    from resefa.errors import DownloadError, OutputError, WeightsError
    from resefa.generators.fetch import fetch
    from resefa.zoo.cards import card

    with (
        bar("downloading the feature extractor's weights", quiet, transfer=True) as progress,
        contextlib.suppress(DownloadError, OutputError, WeightsError),
    ):
        fetch(card("efficientnet-lite0"), progress=progress)


def _exact_masks(regions: list[str], exact: list[str], presets: str) -> dict[str, Region]:
    """A mapping from each region to its exact mask."""
    import resefa
    from resefa.errors import UsageError

    if len(exact) not in (0, len(regions)):
        raise UsageError(
            f"There are {len(exact)} exact masks for {len(regions)} regions; give one --exact for each --region, in the same order."
        )
    return {name: resefa.Region.parse(mask, presets) for name, mask in zip(regions, exact, strict=False)}
