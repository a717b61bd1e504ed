"""Edits to a file of the kind that its ending names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from resefa.directions.directions import Direction
from resefa.editing.edit import edit
from resefa.errors import OutputError, UsageError
from resefa.evaluation.locality import locality
from resefa.evaluation.sweep import Sweep, column_labels
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.presentation.gallery import GallerySection, save_gallery
from resefa.presentation.pixels import to_picture
from resefa.presentation.sheet import STILL, SheetRow, contact_sheet, save_animation, save_picture


def write_sweeps(
    path: Path,
    generator: BaseGenerator,
    codes: LatentCode,
    directions: Sequence[Direction],
    strengths: Sequence[float],
    change: float | None,
) -> None:
    """One row, card or strip per code. Several directions are moved together; what is shown of one region is the first's.

    Raises:
        OutputError: an ending that nothing is written as.
    """
    suffix = path.suffix.lower()
    if suffix not in (*STILL, ".gif", ".mp4", ".html"):
        raise OutputError(f"{path} ends in {suffix or 'nothing'}: write .png, .gif, .mp4 or .html.")
    moved = directions[0] if len(directions) == 1 else _together(directions, change)
    if suffix in (".gif", ".mp4"):
        images = edit(generator, codes, moved, strengths, change=change)
        labels = [codes.label(i) for i in range(len(codes))]
        frames = [
            contact_sheet([SheetRow(f"{strength:+.2f}", [to_picture(row[i]) for row in images])], labels)
            for i, strength in enumerate(strengths)
        ]
        save_animation(path, frames)
        return
    level = change or 0.05
    sweeps = [
        Sweep(
            generator,
            code,
            moved,
            strengths,
            change=change,
            measured=None if moved.edit is None else locality(generator, code, moved, level),
        )
        for code in codes
    ]
    if suffix == ".html":
        meaning = "raw steps alpha" if change is None else f"1 means a mean squared change of {change:g} in the region"
        section = GallerySection(moved.name, moved.provenance.status, [sweep.card() for sweep in sweeps])
        save_gallery(path, f"{generator.name}: {moved.name}", f"Strengths: {meaning}.", [section])
    else:
        save_picture(path, contact_sheet([sweep.row() for sweep in sweeps], column_labels(strengths), moved.name))


def _together(directions: Sequence[Direction], change: float | None) -> Direction:
    """Several directions as one, each moved by the same alpha."""
    if change is not None:
        raise UsageError("--change calibrates one direction at a time: give one --direction, or raw strengths.")
    vector = sum(direction.vector for direction in directions)
    return replace(directions[0], vector=vector, eigenvalue=None)
