"""``resefa demo``: a gallery of discovery and edits on the default generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from resefa.cli.demo_edits import CHANGES, CHOICE, FOOTER, INTRO, OVERVIEW, PARTS, Edit, Part
from resefa.cli.options import AsJson, Quiet
from resefa.cli.terminal import report

if TYPE_CHECKING:
    from PIL import Image as PILImage

    from resefa.directions.directions import Direction, Directions
    from resefa.generators.base import BaseGenerator
    from resefa.latents.code import LatentCode
    from resefa.presentation.gallery import GallerySection
    from resefa.presentation.sweep import Sweep

STRENGTHS = tuple(step / 4 for step in range(-4, 5))
SHEET_STEP = 2
"""Sheets show every second strength to remain readable; pages and animations show every strength."""
ANALYSED = 64
"""Rows of the generator's intermediate image on which directions are found: as clean as on the whole image, in a fraction of the time."""
TOLERANCE = 0.1
"""Relative error allowed for eigenvalues; the directions differ from exact ones by less than the eye sees."""
CELL, FPS = 192, 12.0
"""Side in pixels of a face in the overview, and the frames per second of its animation."""


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
    """Find local edits of mouths, eyes and hair on the default generator, and write a gallery."""
    import resefa
    from resefa.cli.terminal import bar
    from resefa.errors import OutputError
    from resefa.files.output_file import check_writable_folder
    from resefa.zoo.cards import DEFAULT_MODEL

    if not output.strip():
        raise OutputError("--output is empty; name a folder for the gallery.")
    folder = Path(output)
    check_writable_folder(folder)
    generator = resefa.load(DEFAULT_MODEL)
    with bar("discovering", quiet or as_json) as progress:
        total = sum(len(part.edits) + part.randoms for part in PARTS)
        shown = make_demo(generator, folder, PARTS, (lambda done: progress(done, total)) if progress else None)
    page = (folder / "gallery.html").resolve()
    facts = [
        {"part": part.name, "title": title, **sweep.facts()}
        for part, sweeps in shown
        for title, sweep in sweeps.items()
    ]
    report(as_json, quiet, f"Open {page} in a browser.", {"gallery": str(page), "edits": facts})


def make_demo(
    generator: BaseGenerator, folder: Path, parts: Sequence[Part], advance: Callable[[int], None] | None = None
) -> list[tuple[Part, dict[str, Sweep]]]:
    """Compute the edits of ``parts``, and write the gallery, the overview, sheets and directions files to ``folder``.

    Returns:
        for each part its sweeps by title.
    """
    import resefa
    from resefa.presentation.contact_sheet import contact_sheet
    from resefa.presentation.gallery import GallerySection, save_gallery
    from resefa.presentation.save_images import save_picture
    from resefa.presentation.sweep import HEAT_TOP, column_labels
    from resefa.zoo.cards import DEFAULT_MODEL, card

    bench, labels = _Bench(generator, folder), column_labels(STRENGTHS[::SHEET_STEP])
    shown: list[tuple[Part, dict[str, Sweep]]] = []
    sections: list[GallerySection] = []
    done = 0
    for part in parts:
        sweeps: dict[str, Sweep] = {}
        for title, sweep in bench.sweeps(part):
            sweeps[title] = sweep
            done += 1
            if advance is not None:
                advance(done)
        named = {f"{title} ({sweep.label})": sweep for title, sweep in sweeps.items()}
        rows = [replace(sweep.row(SHEET_STEP), label=name) for name, sweep in named.items()]
        save_picture(folder / f"{part.name}.png", contact_sheet(rows, labels, part.title, FOOTER))
        cards = [sweep.card(name) for name, sweep in named.items()]
        sections.append(GallerySection(part.title, part.text, cards))
        shown.append((part, sweeps))
    _write_overview([list(sweeps.values()) for part, sweeps in shown if part.name in OVERVIEW], folder)
    known = card(DEFAULT_MODEL)
    footer = f"resefa {resefa.__version__}, {known.title}: {known.attribution}. Licence: {known.use}."
    intro = f"{INTRO}\n\n{CHOICE}"
    save_gallery(folder / "gallery.html", "From a region to an edit", intro, sections, footer, heat_top=HEAT_TOP)
    return shown


class _Bench:
    """Discovery and edits on one generator; directions and sweeps that several parts share are computed once."""

    def __init__(self, generator: BaseGenerator, folder: Path) -> None:
        self._generator, self._folder = generator, folder
        self._codes: dict[int, LatentCode] = {}
        self._directions: dict[tuple[str, int, str], Directions] = {}
        self._sweeps: dict[tuple[str, int, int, str], Sweep] = {}

    def sweeps(self, part: Part) -> list[tuple[str, Sweep]]:
        """The sweeps of a part, each with its title."""
        from resefa.editing.locality import RANDOM_SEED, random_directions

        found = [(edit.title, self._sweep(edit)) for edit in part.edits]
        first = part.edits[0]
        for i in range(part.randoms):
            alike = self._found(first)[first.index]
            (random,) = random_directions(alike, 1, RANDOM_SEED + i)
            found.append(("A random direction", self._swept(first, random)))
        return found

    def _sweep(self, edit: Edit) -> Sweep:
        key = (edit.region, edit.seed, edit.index, edit.space)
        if key not in self._sweeps:
            self._sweeps[key] = self._swept(edit, self._found(edit)[edit.index])
        return self._sweeps[key]

    def _swept(self, edit: Edit, direction: Direction) -> Sweep:
        import resefa

        code, change = self._code(edit.seed), CHANGES[edit.region]
        return resefa.Sweep(self._generator, code, direction, STRENGTHS, change=change, randoms=0)

    def _code(self, seed: int) -> LatentCode:
        if seed not in self._codes:
            self._codes[seed] = self._generator.sample(seed=seed)
        return self._codes[seed]

    def _found(self, edit: Edit) -> Directions:
        """The two best directions of an edit's region; written to a file when they are found."""
        import resefa

        key = (edit.region, edit.seed, edit.space)
        if key not in self._directions:
            whole = self._generator.resolution[0] <= ANALYSED
            resolution = None if whole else ANALYSED
            # The matrix-free solver alone has a tolerance; W is small enough for the exact solvers.
            tolerance = None if edit.space == "W" else TOLERANCE
            found = self._directions[key] = resefa.discover(
                self._generator, self._code(edit.seed), edit.region, k=2, space=edit.space,
                analysis_resolution=resolution, intermediate=not whole, tolerance=tolerance,
            )  # fmt: skip
            name = edit.space.lower().replace("+", "plus")
            found.save(self._folder / f"{edit.region}-seed{edit.seed}-{name}.safetensors")
        return self._directions[key]


def _write_overview(groups: Sequence[Sequence[Sweep]], folder: Path) -> None:
    """Write the overview, one row of faces for each group: an animation, and a sheet of the first of each group."""
    from PIL import Image as PILImage

    from resefa.presentation.animation import save_animation
    from resefa.presentation.contact_sheet import SheetRow, contact_sheet, grid
    from resefa.presentation.outline import Outline
    from resefa.presentation.save_images import save_picture
    from resefa.presentation.sweep import column_labels

    if not groups:
        return

    def small(picture: PILImage.Image) -> PILImage.Image:
        return picture.resize((CELL, CELL), PILImage.Resampling.LANCZOS)

    def cells(sweep: Sweep) -> list[PILImage.Image]:
        weights, pictures = sweep.composition.edit, [small(frame) for frame in sweep.frames]
        if weights is None:
            return pictures
        outline = Outline(weights, CELL, CELL)
        return [outline.drawn_on(picture) for picture in pictures]

    faces = [[cells(sweep) for sweep in group] for group in groups]
    frames = [grid([[face[i] for face in group] for group in faces]) for i in range(len(STRENGTHS))]
    save_animation(folder / "overview.webp", frames, FPS)
    rows = []
    for sweep in (group[0] for group in groups):
        row = sweep.row(SHEET_STEP)
        rows.append(
            SheetRow(row.label, [None if one is None else small(one) for one in row.cells], row.details, row.captions)
        )
    save_picture(folder / "overview.png", contact_sheet(rows, column_labels(STRENGTHS[::SHEET_STEP])))
