"""A project without the editor: all its files in a folder, with the same pixels, and the measured changes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from resefa.errors import MissingExtraError
from resefa.files.input_file import user_path
from resefa.files.output_file import check_writable_folder, write_bytes
from resefa.generators.base import BaseGenerator
from resefa.projects.opened_project import OpenedProject
from resefa.projects.project import Project, ProjectCard
from resefa.projects.rendering import FRAMES, alpha_of, change_facts
from resefa.projects.saved_files import animation, directions_files, frames_of, png
from resefa.runtime.progress import Progress
from resefa.version import VERSION


@dataclass(frozen=True)
class Replayed:
    """The files and numbers of a replay.

    Attributes:
        files: names within the folder, in the order of writing.
        skipped: files that were not written, and why.
        numbers: the content of ``numbers.json``: measured changes, and the steps of the edit.
    """

    files: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)


def replay(
    project: Project, generator: BaseGenerator, folder: str | Path, progress: Progress | None = None
) -> Replayed:
    """Write the images, animations, directions and numbers of a project to a folder.

    The files: ``original.png``, ``edited.png``, ``loop.gif``, ``video.mp4`` (if the extra ``video`` is installed), ``directions/`` with a file
    for each region, ``others/`` with a PNG for each other sample, and ``numbers.json``. On processors of one kind the pixels are those of
    the page; on another kind single values may differ by 1 of 255, since sums are rounded in another order.

    Args:
        generator: without conditions, with the weights of the project.
        progress: called with (images done, images in all).

    Raises:
        ProjectError, LatentError, UsageError, RegionError: the project does not fit the generator.
        OutputError: the folder cannot be written.
    """
    folder = user_path(folder)
    check_writable_folder(folder)
    with _threads(project.threads):
        return _replayed(OpenedProject.of(project, generator), folder, progress)


def _replayed(opened: OpenedProject, folder: Path, progress: Progress | None) -> Replayed:
    project = opened.project
    moves, seeds = opened.moves, project.others
    done = Replayed()
    count = _counter(progress, 2 + len(seeds) + (FRAMES if moves else 0))

    def write(name: str, data: bytes) -> None:
        write_bytes(folder / name, data)
        done.files.append(name)

    write("original.png", png(opened.original))
    count()
    image, change = opened.edited()
    write("edited.png", png(image))
    count()
    _animations(opened, write, done.skipped, count)
    for name, data in directions_files(opened).items():
        write(f"directions/{name}", data)
    others = []
    for seed in seeds:
        image, found = opened.other(seed)
        write(f"others/{seed}.png", png(image))
        others.append({"seed": seed, **change_facts(found)})
        count()
    done.numbers.update(
        {
            "model": project.model.name,
            "fingerprint": project.model.fingerprint,
            "seed": project.image.seed,
            "conditions": opened.generator.conditions.text,
            **change_facts(change),
            "edits": [_edit(opened, card) for card in opened.visible],
            "others": others,
            "version": VERSION,
        }
    )
    write("numbers.json", json.dumps(done.numbers, indent=2, ensure_ascii=False).encode() + b"\n")
    return done


def _animations(
    opened: OpenedProject, write: Callable[[str, bytes], None], skipped: dict[str, str], count: Callable[[], None]
) -> None:
    if not opened.moves:
        skipped.update(dict.fromkeys(("loop.gif", "video.mp4"), "No slider is moved, so nothing would move."))
        return
    frames = frames_of(opened, lambda *_: count())
    write("loop.gif", animation("gif", frames))
    try:
        write("video.mp4", animation("mp4", frames))
    except MissingExtraError as error:
        skipped["video.mp4"] = str(error)


def _edit(opened: OpenedProject, card: ProjectCard) -> dict[str, Any]:
    direction = opened.direction(card)
    return {
        "name": opened.name_of(card),
        "region": opened.project.searches[card.search].label,
        "position": card.position,
        "step": alpha_of(direction, card.position),
        "space": direction.provenance.space,
    }


@contextlib.contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """Compute with so many threads: the number decides the order in which sums are rounded, and so the last bits of an image."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _counter(progress: Progress | None, total: int) -> Callable[[], None]:
    """A function that reports one more image."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return count
