"""Sheets of the first held-out images: each part edited by every case with both signs, from stored pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image as PILImage

from resefa.benchmark.report.results import BenchmarkResults
from resefa.benchmark.settings import PER_IMAGE
from resefa.benchmark.stored_pictures import original_file, side_file
from resefa.files.picture_file import converted, open_picture
from resefa.presentation.contact_sheet import SheetRow, contact_sheet
from resefa.presentation.pixels import enlarged
from resefa.presentation.save_images import save_picture

_SIDE = 112
SIGNS = ((-1, "−"), (1, "+"))


def save_benchmark_sheets(results: BenchmarkResults, folder: Path) -> Iterator[tuple[str, str]]:
    """Write one sheet for each part with stored pictures; file name and caption of each."""
    for part in results.parts:
        seeds = [seed for seed in results.settings.seeds if any(_files(results, seed, part))]
        if seeds:
            save_picture(folder / f"pictures-{part}.png", _sheet(results, seeds, part))
            yield (
                f"pictures-{part}.png",
                f"{part}: the first picture on each side that shows another kind of the part, or the last that looks drawn. The first held-out images that show the "
                "part, without selection; per-image directions.",
            )


def _sheet(results: BenchmarkResults, seeds: list[int], part: str) -> PILImage.Image:
    blank: list[PILImage.Image | None] = [None]
    first = [cell for seed in seeds for cell in (_opened(original_file(results.folder, seed)), *blank)]
    rows = [SheetRow("originals", first)]
    for case in results.cases:
        files = [side_file(results.folder, seed, part, case.name, sign) for seed in seeds for sign, _ in SIGNS]
        cells = [_opened(path) if path.exists() else None for path in files]
        if not any(cells):
            continue
        found = results.clean_hits(PER_IMAGE, case.name, part)
        rows.append(SheetRow(case.title, cells, [f"clean hits {found.value:.0%}"] if found else []))
    return contact_sheet(rows, [f"seed {seed}, {sign}" for seed in seeds for _, sign in SIGNS])


def _files(results: BenchmarkResults, seed: int, part: str) -> Iterator[bool]:
    for case in results.cases:
        yield side_file(results.folder, seed, part, case.name, 1).exists()


def _opened(path: Path) -> PILImage.Image:
    return enlarged(converted(open_picture(path), "RGB"), _SIDE)
