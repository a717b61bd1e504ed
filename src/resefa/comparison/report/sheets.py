"""Sheets that show the same images edited by each method, from stored pictures: each edit above a heat map of its change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PILImage

from resefa.comparison.experiment import SETTINGS
from resefa.comparison.report.results import Results, count_of
from resefa.comparison.stored_images import edit_picture, original_picture
from resefa.files.picture_file import converted, open_picture
from resefa.presentation.contact_sheet import PAPER, SheetRow, contact_sheet
from resefa.presentation.heat_map import heat_map
from resefa.presentation.pixels import CELL, enlarged
from resefa.presentation.save_images import save_picture
from resefa.regions.text import display_name

HEAT_TOP = 0.25
"""The squared change that the brightest colour stands for in every heat map."""
_GAP = 3


@dataclass(frozen=True)
class Sheet:
    """A saved sheet, with its setting, file name and caption."""

    setting: str
    name: str
    caption: str


def save_sheets(results: Results, folder: Path) -> list[Sheet]:
    """Write one sheet per setting and region, if pictures are stored; returns the written sheets."""
    found = []
    for place, region in enumerate(results.experiment.regions):
        for setting in SETTINGS:
            sheet = _sheet(results, setting, region, place)
            if sheet is None:
                continue
            name = f"faces-{place}-{setting}.png"
            save_picture(folder / name, sheet)
            caption = (
                f"{display_name(region)}: the same images edited by each method, at a change of {results.experiment.reference:g} inside, one sign; below each edit a heat map "
                f"of its change (brightest: {HEAT_TOP:g}). The images are the first held-out images, without selection."
            )
            found.append(Sheet(setting, name, caption))
    return found


def _sheet(results: Results, setting: str, region: str, place: int) -> PILImage.Image | None:
    folder = results.folder
    seeds = [seed for seed in results.images if original_picture(folder, seed, place).exists()]
    if not seeds:
        return None
    originals = [_opened(original_picture(folder, seed)) for seed in seeds]
    rows = [SheetRow("originals and the region", [_opened(original_picture(folder, seed, place)) for seed in seeds])]
    for method in results.methods:
        cells: list[PILImage.Image | None] = []
        for seed, original in zip(seeds, originals, strict=True):
            path = edit_picture(folder, seed, place, (setting, region, method, 1))
            cells.append(_cell(original, _opened(path)) if path.exists() else None)
        if not any(cells):
            continue
        found = results.outside((setting, region, method), results.experiment.reference)
        details = [f"outside {found.value:.4f}, median of {count_of(found.count)}"] if found else []
        rows.append(SheetRow(results.title(method), cells, details))
    return contact_sheet(rows, [f"seed {seed}" for seed in seeds])


def _cell(original: PILImage.Image, edited: PILImage.Image) -> PILImage.Image:
    before, after = (np.asarray(picture.convert("RGB"), dtype=np.float64) / 127.5 for picture in (original, edited))
    heat = heat_map(torch.from_numpy(np.square(after - before).mean(2)), HEAT_TOP, _side(edited))
    shown = enlarged(edited, _side(edited))
    cell = PILImage.new("RGB", (shown.width, shown.height + _GAP + heat.height), PAPER)
    cell.paste(shown, (0, 0))
    cell.paste(heat, (0, shown.height + _GAP))
    return cell


def _side(picture: PILImage.Image) -> int:
    return max(CELL, *(min(side, 256) for side in picture.size))


def _opened(path: Path) -> PILImage.Image:
    return converted(open_picture(path), "RGB")
