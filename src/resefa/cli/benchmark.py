"""``resefa benchmark``: measures region editing on a drawn world with known truth, and writes a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.options import AsJson, Quiet
from resefa.cli.resumable import run_logged
from resefa.cli.terminal import report

if TYPE_CHECKING:
    from resefa.benchmark.settings import Settings
    from resefa.generators.base import BaseGenerator

MODEL = "toon-faces"


def benchmark(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Generator of toon heads: toon-faces, or a file of that family.")
    ] = MODEL,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="METHODS",
            help="Methods, or methods and spaces as in resefa:W+ (resefa:W+~: curved edits), separated by commas; default: all without curved edits.",
        ),
    ] = None,
    parts: Annotated[
        str | None, typer.Option(metavar="PARTS", help="Parts to edit, separated by commas; default: all.")
    ] = None,
    images: Annotated[int | None, typer.Option(metavar="N", help="Number of held-out images; default 16.")] = None,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Seed of the first held-out image.")] = 1000,
    size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Side of the measured images; default 128, or the model's.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure few images and few methods: minutes instead of an hour.")
    ] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="Folder for results and report; an interrupted run resumes there."
        ),
    ] = "benchmark",
    report_only: Annotated[
        bool,
        typer.Option("--report-only", help="Write the report from the results in the folder without measuring."),
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure region editing with known truth on drawn heads: hits, clean hits, recall and realism of each method."""
    import resefa
    from resefa.benchmark.benchmark import Benchmark
    from resefa.cli.terminal import bar, say
    from resefa.comparison.bootstrap import FEWEST
    from resefa.comparison.report.figures import need_matplotlib
    from resefa.errors import OutputError, UsageError
    from resefa.files.output_file import check_writable_folder
    from resefa.worlds import AttributeReader

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the results and the report.")
    folder = Path(output)
    need_matplotlib()  # before the measurements, which take an hour
    if report_only:
        _write(folder, as_json, quiet)
        return
    check_writable_folder(folder)
    generator = resefa.load(model)
    if generator.segmenter is None:
        raise UsageError(
            f"{generator.name} has no segmenter for the parts of drawn heads; give the model {MODEL} or a file of its family."
        )
    settings = _Choice(methods, parts, images, seed, size, quick).settings(generator)
    work = Benchmark(generator, settings, folder, reader=AttributeReader(), segmenter=generator.segmenter)
    if len(settings.seeds) < FEWEST and not quiet:
        say(
            f"resefa: --images {len(settings.seeds)} is too few for confidence intervals; give at least {FEWEST}.",
            error=True,
        )
    if work.journal.blocks and not quiet:
        done, total = len(work.journal.blocks), len(work.blocks)
        say(f"resuming: {done} of {total} parts of the benchmark are already in {output}", error=True)
    with bar("benchmark", quiet or as_json) as progress:
        run_logged(work, "benchmark", progress)
    _write(folder, as_json, quiet)


@dataclass(frozen=True)
class _Choice:
    """The command's options that choose the measurement."""

    methods: str | None
    parts: str | None
    images: int | None
    seed: int
    size: int | None
    quick: bool

    def settings(self, generator: BaseGenerator) -> Settings:
        """The settings of the benchmark."""
        from resefa.benchmark.cases import cases_of
        from resefa.benchmark.settings import REGIONS, Settings, quick_settings
        from resefa.errors import UsageError
        from resefa.version import VERSION

        if self.images is not None and self.images < 1:
            raise UsageError(f"--images {self.images} is too small; give at least one image.")
        settings = Settings(generator.name, generator.fingerprint, version=VERSION)
        if self.quick:
            settings = quick_settings(settings)
        return settings.changed(
            cases=None if self.methods is None else cases_of(self.methods.split(",")),
            regions=REGIONS if self.parts is None else tuple(part.strip() for part in self.parts.split(",")),
            images=self.images,
            first_seed=self.seed,
            size=self.size,
            resolution=generator.resolution[0],
        )


def _write(folder: Path, as_json: bool, quiet: bool) -> None:
    """Write the report of a folder, and print its path."""
    from resefa.benchmark.report.report import write_benchmark_report
    from resefa.benchmark.report.results import BenchmarkResults
    from resefa.benchmark.report.summary import summary
    from resefa.errors import OutputError

    try:
        page = write_benchmark_report(folder).resolve()
    except OutputError as error:
        raise OutputError(
            f"{error} The results are saved; `resefa benchmark --report-only -o {folder}` writes the report."
        ) from error
    facts = {"report": str(page), **summary(BenchmarkResults(folder))}
    report(as_json, quiet, f"Open {page} in a browser.", facts)
