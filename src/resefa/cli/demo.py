"""``resefa demo``: discovery and edits on the default generator, shown as a gallery."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from resefa.cli.options import AsJson, Quiet
from resefa.cli.terminal import report

SEEDS = (4, 6, 7, 10, 14, 16, 22, 27)
STRENGTHS = tuple(step / 4 for step in range(-6, 7))
SHEET_STEP = 2
"""Pages and animations show every strength; sheets show every second strength, to stay readable."""
CHANGE = 0.05
OVERVIEW = {("mouth", "seed 4"), ("mouth", "seed 6"), ("mouth", "seed 16"), ("eyes", "seed 10"), ("eyes", "seed 27")}
"""Rows of the overview picture, chosen by eye among the rows with a clear and local edit. The sheets mouth.png and eyes.png show every
row, the poor rows too."""
INTRO = (
    "Each card shows one direction, found without labels or training from a box on that image alone. Move the slider to see its "
    "effect. At strengths −1 and +1 the colours in the outlined region change by 0.05 (mean squared difference, black being −1 "
    "and white 1), unless the card says that less was reached. The heat map shows the change at the ends, outside the region too."
)
TEXTS = {
    "mouth": "A rough box on the mouth. The best direction of each face opens, closes or moves its mouth.",
    "eyes": "A rough box on the eyes. The best direction of each face closes the eyes, turns the gaze or adds glasses.",
}


def demo(
    output: Annotated[
        str, typer.Option("--output", "--out", "-o", help="Folder for the gallery, sheets and directions.")
    ] = "demo",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find and show local edits of mouths and eyes on the default generator."""
    import resefa
    from resefa.cli.terminal import bar
    from resefa.errors import OutputError
    from resefa.files.output_file import check_writable_folder
    from resefa.generators.fetch import fetch
    from resefa.presentation.animation import save_animation
    from resefa.presentation.contact_sheet import contact_sheet
    from resefa.presentation.gallery import GallerySection, save_gallery
    from resefa.presentation.save_images import save_picture
    from resefa.presentation.sheets import save_sheet
    from resefa.presentation.sweep import HEAT_TOP, Sweep, column_labels
    from resefa.zoo.cards import card
    from resefa.zoo.store import is_present

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the gallery.")
    out = Path(output)
    check_writable_folder(out)
    known = card("faces-dcgan")
    if not is_present(known) and not quiet:
        print(f"{known.name}: {known.use}; `resefa models info {known.name}` shows its licences", file=sys.stderr)
    with bar("fetching weights", quiet or as_json, transfer=True) as progress:
        fetch(known, progress=progress)
    generator = resefa.load("faces-dcgan")
    sections, overview, facts = [], [], []
    with bar("discovering", quiet or as_json) as progress:
        done, total = 0, len(TEXTS) * (len(SEEDS) + 4)
        for region, text in TEXTS.items():
            sweeps: list[Sweep] = []
            # The best direction of every seed, then the next four of seed 7: one region has several semantics.
            for seed, index in [*((seed, 0) for seed in SEEDS), *((7, index) for index in range(1, 5))]:
                code = generator.sample(seed=seed)
                found = resefa.discover(generator, code, region, k=8)
                if index == 0:
                    found.save(out / f"{region}-seed{seed}.safetensors")
                sweeps.append(Sweep(generator, code, found[index], STRENGTHS, change=CHANGE))
                facts.append({"region": region, "direction": index, **sweeps[-1].facts()})
                done += 1
                if progress:
                    progress(done, total)
            overview += [s.row(SHEET_STEP) for s in sweeps[: len(SEEDS)] if (region, s.label) in OVERVIEW]
            best, more = sweeps[: len(SEEDS)], sweeps[len(SEEDS) :]
            save_sheet(best, out / f"{region}.png", f"{region}: best direction", every=SHEET_STEP)
            frames = [contact_sheet([_strip(best, i, region)], [s.label for s in best]) for i in range(len(STRENGTHS))]
            save_animation(out / f"{region}.gif", frames)
            sections.append(GallerySection(region, text, [s.card() for s in best]))
            sections.append(
                GallerySection(
                    f"{region}: more of seed 7", "The next directions of the same region.", [s.card() for s in more]
                )
            )
    title = "A box, its best direction at strengths from -1.5 to 1.5, and the change (selected rows)"
    save_picture(out / "overview.png", contact_sheet(overview, column_labels(STRENGTHS[::SHEET_STEP]), title))
    footer = f"resefa {resefa.__version__}, {known.title}. Licence: {known.use}; `resefa models info {known.name}` shows the licences."
    save_gallery(
        out / "gallery.html", "From a box on an image to local edits", INTRO, sections, footer, heat_top=HEAT_TOP
    )
    page = (out / "gallery.html").resolve()
    report(as_json, quiet, f"Open {page} in a browser.", {"gallery": str(page), "edits": facts})


def _strip(sweeps, index: int, region: str):  # type: ignore[no-untyped-def]
    """One frame of the animation: all faces at one strength, side by side."""
    from resefa.presentation.contact_sheet import SheetRow

    return SheetRow(f"{region} {STRENGTHS[index]:+.2f}", [sweep.frames[index] for sweep in sweeps])
