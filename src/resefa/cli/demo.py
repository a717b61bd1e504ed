"""``resefa demo``: a gallery of discovery and edits on the default generator."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.options import AsJson, Quiet
from resefa.cli.terminal import report

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator
    from resefa.presentation.gallery import GallerySection
    from resefa.presentation.sweep import Sweep

SEEDS = (4, 6, 7, 10, 14, 16, 22, 27)
IMAGES = (*((seed, 0) for seed in SEEDS), *((7, index) for index in range(1, 5)))
"""Seed and index of each direction shown: the best of every seed, then the next four of seed 7."""
STRENGTHS = tuple(step / 4 for step in range(-6, 7))
SHEET_STEP = 2
"""Sheets show every second strength to remain readable; pages and animations show every strength."""
CHANGE = 0.05
OVERVIEW = {("mouth", "seed 4"), ("mouth", "seed 6"), ("mouth", "seed 16"), ("eyes", "seed 10"), ("eyes", "seed 27")}
"""Rows of the overview picture, chosen by eye among the rows with a clear and local edit. The sheets mouth.png and eyes.png show every
row, the poor rows too."""
INTRO = "Each card shows one direction, found without labels or training from a box on that image alone. Move the slider to see the direction's effect. At strengths −1 and +1 the outlined region changes by a mean square of 0.05 (colours from −1 for black to 1 for white), unless the card states a smaller change. The heat map shows the change of the whole image at the largest strengths."
TEXTS = {
    "mouth": "A rough box on the mouth. The best direction of each face opens, closes or moves its mouth.",
    "eyes": "A rough box on the eyes. The best direction of each face closes the eyes, turns the gaze or adds glasses.",
}


def demo(
    output: Annotated[
        str,
        typer.Option(
            "--output", "--out", "-o", metavar="FOLDER", help="Folder for the gallery, sheets and directions."
        ),
    ] = "demo",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find local edits of mouths and eyes on the default generator, and write a gallery."""
    import resefa
    from resefa.cli.terminal import bar
    from resefa.errors import OutputError
    from resefa.files.output_file import check_writable_folder
    from resefa.generators.fetch import fetch
    from resefa.presentation.contact_sheet import contact_sheet
    from resefa.presentation.gallery import save_gallery
    from resefa.presentation.save_images import save_picture
    from resefa.presentation.sweep import HEAT_TOP, column_labels
    from resefa.zoo.cards import card
    from resefa.zoo.store import is_present

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the gallery.")
    folder = Path(output)
    check_writable_folder(folder)
    known = card("faces-dcgan")
    if not is_present(known) and not quiet:
        print(f"{known.name}: {known.use}; `resefa models info {known.name}` shows the licences", file=sys.stderr)
    with bar("downloading weights", quiet or as_json, transfer=True) as progress:
        fetch(known, progress=progress)
    generator = resefa.load("faces-dcgan")
    sections: list[GallerySection] = []
    overview, facts, done = [], [], 0
    with bar("discovering", quiet or as_json) as progress:

        def advance() -> None:
            nonlocal done
            done += 1
            if progress:
                progress(done, len(TEXTS) * len(IMAGES))

        for region in TEXTS:
            sweeps = _sweeps(generator, region, folder, advance)
            best = sweeps[: len(SEEDS)]
            _write_pictures(best, region, folder)
            sections += _sections(sweeps, region)
            overview += [sweep.row(SHEET_STEP) for sweep in best if (region, sweep.label) in OVERVIEW]
            facts += [
                {"region": region, "direction": index, **sweep.facts()}
                for (_, index), sweep in zip(IMAGES, sweeps, strict=True)
            ]
    title = "Each row: a box, its best direction at strengths -1.5 to 1.5, and the change (selected rows)"
    save_picture(folder / "overview.png", contact_sheet(overview, column_labels(STRENGTHS[::SHEET_STEP]), title))
    footer = f"resefa {resefa.__version__}, {known.title}. Licence: {known.use}; `resefa models info {known.name}` shows the licences."
    page = (folder / "gallery.html").resolve()
    save_gallery(page, "From a box on an image to local edits", INTRO, sections, footer, heat_top=HEAT_TOP)
    report(as_json, quiet, f"Open {page} in a browser.", {"gallery": str(page), "edits": facts})


def _sweeps(generator: BaseGenerator, region: str, folder: Path, advance: Callable[[], None]) -> list[Sweep]:
    """Compute a sweep for each of ``IMAGES``, and save the directions of each seed."""
    import resefa

    sweeps = []
    for seed, index in IMAGES:
        code = generator.sample(seed=seed)
        found = resefa.discover(generator, code, region, k=8)
        if index == 0:
            found.save(folder / f"{region}-seed{seed}.safetensors")
        sweeps.append(resefa.Sweep(generator, code, found[index], STRENGTHS, change=CHANGE))
        advance()
    return sweeps


def _write_pictures(best: list[Sweep], region: str, folder: Path) -> None:
    """Write the sheet and the animation of the best direction of every seed."""
    from resefa.presentation.animation import save_animation
    from resefa.presentation.contact_sheet import SheetRow, contact_sheet
    from resefa.presentation.sheets import save_sheet

    save_sheet(best, folder / f"{region}.png", f"{region}: best direction", every=SHEET_STEP)
    labels = [sweep.label for sweep in best]
    frames = [
        contact_sheet([SheetRow(f"{region} {strength:+.2f}", [sweep.frames[i] for sweep in best])], labels)
        for i, strength in enumerate(STRENGTHS)
    ]
    save_animation(folder / f"{region}.gif", frames)


def _sections(sweeps: list[Sweep], region: str) -> list[GallerySection]:
    """The gallery's sections: the best direction of every seed, and further directions of one seed."""
    from resefa.presentation.gallery import GallerySection

    cards = [sweep.card() for sweep in sweeps]
    return [
        GallerySection(region, TEXTS[region], cards[: len(SEEDS)]),
        GallerySection(
            f"{region}: more of seed 7", "The next four directions of seed 7 for the same region.", cards[len(SEEDS) :]
        ),
    ]
