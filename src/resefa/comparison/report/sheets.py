"""The same faces under each method, from the pictures that the run kept: each edit above the heat map of what it changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image as PILImage

from resefa.comparison.report.method_styles import short
from resefa.comparison.report.results import Results
from resefa.comparison.stored_images import picture_file
from resefa.files.picture_file import converted, open_picture
from resefa.presentation.contact_sheet import SheetRow, contact_sheet
from resefa.presentation.pixels import CELL, enlarged, heat_map
from resefa.presentation.save_images import save_picture

HEAT_TOP = 0.25
"""Squared change that a heat map shows brightest, the same for all."""
_GAP = 3


def save_sheets(results: Results, folder: Path) -> dict[str, str]:
    """One sheet per setting and region; name of each file in ``folder`` -> its caption. None where no picture was kept."""
    captions: dict[str, str] = {}
    for place, region in enumerate(results.experiment.regions):
        for setting in ("own", "carried"):
            sheet = _sheet(results, setting, region, place)
            if sheet is None:
                continue
            name = f"faces-{place}-{setting}.png"
            save_picture(folder / name, sheet)
            captions[name] = (
                f"{short(region)}: the same images under each method at {results.experiment.reference:g} inside, one sign; below each edit what it changed "
                f"(brightest: {HEAT_TOP:g}). The images are the first held-out ones, none chosen."
            )
    return captions


def _sheet(results: Results, setting: str, region: str, place: int) -> PILImage.Image | None:
    seeds = [seed for seed in results.images if picture_file(results.folder, seed, place).exists()]
    if not seeds:
        return None
    originals = [_opened(results.folder / "pictures" / f"seed-{seed}" / "plain.png") for seed in seeds]
    outlined = [_opened(picture_file(results.folder, seed, place)) for seed in seeds]
    rows = [SheetRow("originals and the region", outlined)]
    for method in results.methods:
        cells: list[PILImage.Image | None] = []
        for seed, original in zip(seeds, originals, strict=True):
            path = picture_file(results.folder, seed, place, (setting, region, method, 1))
            cells.append(_cell(original, _opened(path)) if path.exists() else None)
        if not any(cells):
            continue
        found = results.outside((setting, region, method), results.experiment.reference)
        details = [f"outside {found.value:.4f}, median of {found.count} images"] if found else []
        rows.append(SheetRow(results.title(method), cells, details))
    return contact_sheet(rows, [f"seed {seed}" for seed in seeds])


def _cell(original: PILImage.Image, edited: PILImage.Image) -> PILImage.Image:
    before, after = (np.asarray(picture.convert("RGB"), dtype=np.float64) / 127.5 for picture in (original, edited))
    heat = heat_map(torch.from_numpy(np.square(after - before).mean(2)), HEAT_TOP, _side(edited))
    shown = enlarged(edited, _side(edited))
    cell = PILImage.new("RGB", (shown.width, shown.height + _GAP + heat.height), (252, 252, 250))
    cell.paste(shown, (0, 0))
    cell.paste(heat, (0, shown.height + _GAP))
    return cell


def _side(picture: PILImage.Image) -> int:
    return max(CELL, *(min(side, 256) for side in picture.size))


def _opened(path: Path) -> PILImage.Image:
    return converted(open_picture(path), "RGB")
