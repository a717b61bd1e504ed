"""Output files of ``resefa edit`` and ``resefa sample``: pictures, animations, pages or folders, chosen by suffix."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as PILImage

from resefa.editing.locality import RANDOMS
from resefa.errors import OutputError, UsageError
from resefa.files.output_file import check_writable, check_writable_folder
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.presentation.animation import ANIMATED, CAPTIONED_FPS, PLAIN_FPS, ending, save_animation, smooth
from resefa.presentation.contact_sheet import COLUMNS, SheetRow, contact_sheet, grid, in_rows, label_span, squarish
from resefa.presentation.pixels import plain_picture, to_picture
from resefa.presentation.save_images import STILL, is_folder, save_folder, save_picture
from resefa.presentation.sheets import save_page, save_sheet
from resefa.presentation.sweep import Sweep
from resefa.runtime.progress import Progress

SECONDS = 2.0
"""Duration in seconds of a plain animation from first to last strength, if it has more frames than strengths."""
_LONGEST_SECONDS = 4.0
"""Longest duration in seconds of a captioned animation from first to last strength, without --fps."""
LARGEST_SIZE = 8192


@dataclass(frozen=True)
class Look:
    """The appearance of pictures: plain or captioned, size and frame rate.

    Attributes:
        plain: pictures only, without captions, margins or figures.
        size: longer side of each picture in pixels.
        fps: frames per second of an animation.
    """

    plain: bool = False
    size: int | None = None
    fps: float | None = None

    def check_still(self, path: Path, given: str) -> None:
        """Check an output path for still pictures; see ``check``."""
        _check_named(given)
        suffix = path.suffix.lower()
        if not is_folder(given) and suffix not in STILL:
            raise OutputError(f"{ending(path)}; write {', '.join(STILL)}, or a folder, whose name ends in /.")
        self.check(path, given)

    def check(self, path: Path, given: str) -> None:
        """Refuse, before any work, an output that cannot be written or an option that does not apply to it.

        Raises:
            OutputError: no name, an unknown suffix, or a place that cannot be written.
            UsageError: an impossible option, or an option without effect.
        """
        _check_named(given)
        suffix = path.suffix.lower()
        if is_folder(given):
            check_writable_folder(path)
        elif suffix not in (*STILL, *ANIMATED, ".html"):
            raise OutputError(
                f"{ending(path)}; write .png, .jpg, .webp, .gif, .mp4 or .html, or a folder, whose name ends in /."
            )
        else:
            check_writable(path)
        if self.size is not None and not 1 <= self.size <= LARGEST_SIZE:
            raise UsageError(f"--size {self.size} is not possible; give 1 to {LARGEST_SIZE} pixels.")
        if self.fps is not None and suffix not in ANIMATED:
            raise UsageError(f"--fps does not apply to {path}; write a .gif or .mp4 file, or omit --fps.")
        if self.fps is not None and not 0 < self.fps <= 120:
            raise UsageError(f"--fps {self.fps:g} is not possible; give a number above 0 and at most 120.")
        if self.plain and suffix == ".html" and not is_folder(given):
            raise UsageError(
                "--plain does not apply to a page, which has captions and sliders; write a picture, an animation or a folder."
            )


def _check_named(given: str) -> None:
    """Refuse an empty path, which may come from an unset shell variable."""
    if not given.strip():
        raise OutputError("--output is empty; give a file name, or a folder name that ends in /.")


@dataclass(frozen=True)
class SweepFile:
    """The output of ``resefa edit``, and the sweep settings for its type.

    Attributes:
        path: of the file or folder.
        look: form of the pictures.
        folder: whether single pictures are written.
        strengths: of the pictures, or of the frames of an animation.
        fps: of an animation.
    """

    path: Path
    look: Look
    folder: bool
    strengths: list[float]
    fps: float

    @classmethod
    def of(cls, path: Path, look: Look, folder: bool, strengths: Sequence[float]) -> SweepFile:
        """Choose the output for sweeps over ``strengths``.

        Raises:
            UsageError: an animation of strength 0 alone.
        """
        steps, fps = list(strengths), look.fps or CAPTIONED_FPS
        if not folder and path.suffix.lower() in ANIMATED:
            steps, fps = _frames(steps, look)
        return cls(path, look, folder, steps, fps)

    @property
    def plain(self) -> bool:
        """Whether pictures are written without captions."""
        return self.look.plain or self.folder

    @property
    def randoms(self) -> int:
        """Number of random directions for comparison; 0 for plain pictures and animations, which do not show it."""
        animated = not self.folder and self.path.suffix.lower() in ANIMATED
        return 0 if self.plain or animated else RANDOMS

    def write(self, sweeps: Sequence[Sweep], model: str) -> None:
        """Write each sweep as a row, card or strip."""
        suffix = "" if self.folder else self.path.suffix.lower()
        composition = sweeps[0].composition
        if self.folder:
            save_folder(
                self.path,
                {
                    f"{_file_name(label)}_{f'{strength:+.4g}' if strength else 0}": frame
                    for sweep, label in zip(sweeps, _labels(sweeps), strict=True)
                    for i, (strength, frame) in enumerate(zip(self.strengths, sweep.frames, strict=True))
                    if not sweep.repeats(i)
                },
            )
        elif suffix in ANIMATED:
            frames = [_frame(sweeps, i, self.plain) for i in range(len(self.strengths))]
            save_animation(self.path, frames, self.fps)
        elif suffix == ".html":
            single = composition.single
            title = f"{model}: {_title(sweeps)}"
            save_page(sweeps, self.path, title, details="" if single is None else single.status)
        elif self.plain:
            save_picture(self.path, grid([sweep.pictures() for sweep in sweeps]))
        else:
            save_sheet(sweeps, self.path, _title(sweeps))


def write_samples(
    path: Path,
    generator: BaseGenerator,
    codes: LatentCode,
    look: Look,
    folder: bool,
    progress: Progress | None,
) -> None:
    """Write the images of latent codes: a sheet, a grid without captions, or single pictures."""
    labels = [codes.label(i) for i in range(len(codes))]
    pictures: list[PILImage.Image] = []
    draw = plain_picture if look.plain or folder else to_picture
    for start in range(0, len(codes), COLUMNS):
        pictures += [draw(image, look.size) for image in generator.synthesize(codes[start : start + COLUMNS])]
        if progress is not None:
            progress(len(pictures), len(codes))
    if folder:
        save_folder(path, {_file_name(label): one for label, one in zip(labels, pictures, strict=True)})
    elif look.plain:
        save_picture(path, grid(in_rows(pictures)))
    else:
        conditions = generator.conditions.text
        title = f"{generator.name}, {conditions}" if conditions else generator.name
        rows = [
            SheetRow(label_span(labels[start : start + COLUMNS]), pictures[start : start + COLUMNS])
            for start in range(0, len(pictures), COLUMNS)
        ]
        save_picture(path, contact_sheet(rows, [], title))


def _file_name(label: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", label)


def _frames(strengths: list[float], look: Look) -> tuple[list[float], float]:
    """The strengths of an animation's frames, and its frame rate."""
    if not any(strengths):
        raise UsageError("An animation needs at least one strength other than 0; change --strengths.")
    if len(strengths) == 1:  # from the original to that strength
        strengths = smooth([0.0, *strengths], 7)
    if look.plain:
        fps = look.fps or PLAIN_FPS
        return smooth(strengths, round(SECONDS * fps) + 1), fps
    return strengths, look.fps or max(CAPTIONED_FPS, min(25.0, len(strengths) / _LONGEST_SECONDS))


def _frame(sweeps: Sequence[Sweep], index: int, plain: bool) -> PILImage.Image:
    frames = [sweep.frames[index] for sweep in sweeps]
    if plain:
        return grid(squarish(frames))
    row = SheetRow(f"{sweeps[0].strengths[index]:+.2f}", frames)
    labels = ["; ".join([label, *sweep.notes]) for sweep, label in zip(sweeps, _labels(sweeps), strict=True)]
    return contact_sheet([row], labels)


def _labels(sweeps: Sequence[Sweep]) -> list[str]:
    """A distinct label for each sweep: that of its image, with that of its edit where an image has several."""
    several = len({sweep.label for sweep in sweeps}) < len(sweeps)
    labels = [f"{sweep.label}, {sweep.composition.name}" if several else sweep.label for sweep in sweeps]
    counts = [labels[:i].count(label) for i, label in enumerate(labels)]
    return [f"{label} ({count + 1})" if count else label for label, count in zip(labels, counts, strict=True)]


def _title(sweeps: Sequence[Sweep]) -> str:
    """The names of the edits, each once."""
    return " and ".join(dict.fromkeys(sweep.composition.name for sweep in sweeps))
