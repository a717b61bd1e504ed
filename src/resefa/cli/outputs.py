"""Edits to a file of the kind that its ending names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from resefa.editing.composition import Composition
from resefa.editing.edit import edit
from resefa.editing.strength import DEFAULT_CHANGE
from resefa.errors import OutputError
from resefa.evaluation.locality import locality
from resefa.evaluation.sweep import Sweep, column_labels
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.presentation.gallery import GallerySection, save_gallery
from resefa.presentation.pixels import to_picture
from resefa.presentation.sheet import STILL, SheetRow, contact_sheet, save_animation, save_picture

ANIMATED = (".gif", ".mp4")


def check_ending(path: Path) -> None:
    """Raise OutputError for an ending that nothing is written as, before any work is done."""
    suffix = path.suffix.lower()
    if suffix not in (*STILL, *ANIMATED, ".html"):
        raise OutputError(f"{path} ends in {suffix or 'nothing'}: write .png, .gif, .mp4 or .html.")


def write_sweeps(
    path: Path,
    generator: BaseGenerator,
    codes: LatentCode,
    composition: Composition,
    strengths: Sequence[float],
    change: float | None,
    progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, str]]:
    """One row, card or strip per code; what was measured of each is returned, and stands beside its pictures."""
    labels = [codes.label(i) for i in range(len(codes))]
    if path.suffix.lower() in ANIMATED:
        images = edit(generator, codes, composition, strengths, change=change, progress=progress)
        frames = [
            contact_sheet([SheetRow(f"{strength:+.2f}", [to_picture(row[i]) for row in images])], labels)
            for i, strength in enumerate(strengths)
        ]
        save_animation(path, frames)
        return [{"image": label} for label in labels]
    single = composition.single
    sweeps: list[Sweep] = []
    for code in codes:
        known = single is not None and single.edit is not None
        measured = locality(generator, code, single, change or DEFAULT_CHANGE) if known else None
        sweeps.append(Sweep(generator, code, composition, strengths, change=change, measured=measured))
        if progress is not None:
            progress(len(sweeps), len(codes))
    if path.suffix.lower() == ".html":
        meaning = "raw steps alpha" if change is None else f"1 means a mean squared change of {change:g} in the region"
        status = "" if single is None else single.provenance.status
        section = GallerySection(composition.name, status, [sweep.card() for sweep in sweeps])
        save_gallery(path, f"{generator.name}: {composition.name}", f"Strengths: {meaning}.", [section])
    else:
        save_picture(path, contact_sheet([sweep.row() for sweep in sweeps], column_labels(strengths), composition.name))
    return [{"image": sweep.label, **sweep.facts()} for sweep in sweeps]
