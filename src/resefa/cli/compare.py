"""``resefa compare``: all methods on the same images at matched strength, and a report."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from resefa.cli.options import AsJson, Layers, ModelOptions, Quiet, Space, takes_model
from resefa.cli.terminal import report


@takes_model
def compare(
    model: ModelOptions,
    region: Annotated[list[str], typer.Option(help="A region; may be repeated.")],
    methods: Annotated[
        str | None,
        typer.Option(
            help="Methods, separated by commas; default all: region-contrast,low-rank,style-space,sefa,ganspace,inter-face-gan,whole-jacobian,random."
        ),
    ] = None,
    images: Annotated[int, typer.Option(help="Number of held-out images.")] = 64,
    discovery: Annotated[
        int, typer.Option(help="Number of other images on which transferred directions are found.")
    ] = 8,
    slow_images: Annotated[
        int,
        typer.Option(help="Number of held-out images on which a slow method (low-rank) finds per-image directions."),
    ] = 16,
    levels: Annotated[
        str, typer.Option(help="Mean squared changes inside the region at which methods are compared.")
    ] = "0.02,0.05,0.1",
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of results and report; an interrupted run continues there.")
    ] = Path("compared"),
    report_only: Annotated[
        bool,
        typer.Option(
            "--report-only",
            help="Measure nothing; make the report of what the folder holds, whatever MODEL and --region say.",
        ),
    ] = False,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also move, grow and shrink the regions by up to 30 %.")
    ] = False,
    exact: Annotated[
        list[str] | None,
        typer.Option(help="With --robustness: the exact masks that the regions stand for, in their order."),
    ] = None,
    inception: Annotated[
        Path | None, typer.Option(help="Inception-v3 weights for FID and KID (torch-fidelity's or pytorch-fid's file).")
    ] = None,
    arcface: Annotated[Path | None, typer.Option(help="An ArcFace network in ONNX for identity similarity.")] = None,
    identity: Annotated[bool, typer.Option("--identity", help="Identity similarity by dlib's face embedding.")] = False,
    no_features: Annotated[
        bool, typer.Option("--no-features", help="No distances on EfficientNet-Lite0's features.")
    ] = False,
    directions: Annotated[
        list[str] | None,
        typer.Option(help="Compare your own method too: FILE:NAME, a directions file of any tool. May be repeated."),
    ] = None,
    title: Annotated[
        list[str] | None,
        typer.Option(
            help="A method's name in the report: METHOD=TITLE, as in region-contrast=ReSeFa. May be repeated."
        ),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="inter-face-gan: a text file, a seed and its label (above 0: has it) per line.")
    ] = None,
    space: Space = None,
    layers: Layers = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare methods on the same images at matched strength: a report with tables and figures."""
    import resefa
    from resefa.cli.arguments import labels_of, levels_of, named_file_of, titles_of
    from resefa.cli.terminal import bar, say
    from resefa.comparison.bootstrap import FEWEST
    from resefa.comparison.comparison import Run
    from resefa.comparison.experiment import Experiment
    from resefa.comparison.measures.registry import measures_for
    from resefa.comparison.methods import methods_of, opened, with_given, with_labels
    from resefa.comparison.report.figures import need_matplotlib
    from resefa.errors import UsageError
    from resefa.files.output_file import check_writable_folder

    if exact and not robustness:
        raise UsageError("--exact works only with --robustness: add --robustness, or leave --exact out.")
    if len(set(region)) < len(region):
        raise UsageError("A region is given twice: give each --region once.")
    titles = titles_of(title or [])
    need_matplotlib()  # said now and not after half an hour
    check_writable_folder(output)
    if not report_only:
        chosen = methods_of(None if methods is None else methods.split(","), slow_images=slow_images)
        generator = model.opened()
        given = [opened(file, name, generator) for file, name in map(named_file_of, directions or [])]
        chosen = with_given(chosen, given)
        if labels is not None:
            chosen = with_labels(chosen, *labels_of(labels))
        regions = {text: resefa.Region.parse(text, generator.presets).text for text in region}
        if not no_features:
            _fetch_features(quiet or as_json)
        measures = measures_for(inception=inception, arcface=arcface, identity=identity, features=not no_features)
        experiment = Experiment(
            generator.name, generator.fingerprint, regions, chosen, resolution=generator.resolution,
            conditions=generator.conditions.text, space=space, layers=layers, seed=seed, images=images, discovery=discovery,
            levels=levels_of(levels), measures=measures.fingerprints(),
        )  # fmt: skip
        with bar("comparing", quiet or as_json) as progress:
            run = Run(
                generator, experiment, output, measures=measures, progress=progress, given=given, stage=progress and progress.stage,
                robustness=_exact_masks(region, exact or [], generator.presets) if robustness else None,
            )  # fmt: skip
            if images < FEWEST and not quiet:
                print(
                    f"resefa: {images} images are too few for intervals, which need {FEWEST} or more.", file=sys.stderr
                )
            if run.journal.blocks and not quiet:
                say(f"resuming: {len(run.journal.blocks)} of {len(run.blocks)} parts are in {output}", error=True)
            _go(run, output)
    page, facts = _reported(output, titles)
    report(as_json, quiet, f"Open {page} in a browser.", {"report": str(page), **facts})


def _go(run, output: Path) -> None:  # type: ignore[no-untyped-def]
    """Measure what is missing, and note the session whatever ends it."""
    import shlex
    from time import perf_counter

    from resefa.comparison.run_log import note_session
    from resefa.errors import InterruptedWorkError, OutputError

    before, start = len(run.journal.blocks), perf_counter()

    def note() -> None:
        if made := len(run.journal.blocks) - before:
            note_session(output, shlex.join(["resefa", *sys.argv[1:]]), perf_counter() - start, made)

    kept = f"{{}} of {len(run.blocks)} parts are saved in {output}; the same command continues there."
    try:
        run.go()
        note()
    except KeyboardInterrupt:
        with contextlib.suppress(OutputError):  # the note is about the machine; the results are there without it
            note()
        raise InterruptedWorkError(f"interrupted; {kept.format(len(run.journal.blocks))}") from None
    except OutputError as error:
        raise OutputError(f"{error} {kept.format(len(run.journal.blocks))}") from error


def _reported(output: Path, titles: dict[str, str]) -> tuple[Path, dict[str, Any]]:
    """Write the report of what the folder holds."""
    from resefa.comparison.report.method_styles import keep_titles
    from resefa.comparison.report.report import write_report
    from resefa.comparison.report.results import Results, summary
    from resefa.errors import OutputError, UsageError

    results = Results(output)
    if unknown := set(titles) - {method.name for method in results.experiment.methods}:
        names = ", ".join(method.name for method in results.experiment.methods)
        raise UsageError(f"--title names {min(unknown)!r}, which is not compared; the methods are {names}.")
    try:
        keep_titles(output, titles)
        return write_report(output).resolve(), summary(Results(output))
    except OutputError as error:
        raise OutputError(
            f"{error} The results are saved: `resefa compare ... -o {output} --report-only` makes the report from them."
        ) from error


def _fetch_features(quiet: bool) -> None:
    """The weights of EfficientNet-Lite0, if they can be had; if not, the report says that there is no distance."""
    from resefa.cli.terminal import bar
    from resefa.errors import DownloadError, OutputError, WeightsError
    from resefa.generators.fetch import fetch
    from resefa.zoo.cards import card

    with bar("fetching features' weights", quiet, transfer=True) as progress:
        try:
            fetch(card("efficientnet-lite0"), progress=progress)
        except (DownloadError, OutputError, WeightsError):
            return


def _exact_masks(regions: list[str], exact: list[str], presets: str):  # type: ignore[no-untyped-def]
    """Region -> its exact mask."""
    import resefa
    from resefa.errors import UsageError

    if len(exact) not in (0, len(regions)):
        raise UsageError(
            f"There are {len(exact)} exact masks for {len(regions)} regions; give one for each --region, in their order."
        )
    return {name: resefa.Region.parse(mask, presets) for name, mask in zip(regions, exact, strict=False)}
