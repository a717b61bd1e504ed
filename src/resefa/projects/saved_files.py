"""Files that leave a project: a picture, an animation, directions, the project itself."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.directions.direction_names import file_stem
from resefa.directions.directions import Directions
from resefa.directions.file_format import to_bytes
from resefa.errors import UsageError, shown_value
from resefa.presentation.animation import PLAIN_FPS, save_animation
from resefa.presentation.pixels import plain_picture
from resefa.projects.opened_project import OpenedProject
from resefa.projects.project_file import project_bytes
from resefa.projects.rendering import FRAMES
from resefa.runtime.progress import Progress

Kind = Literal["png", "gif", "mp4", "directions", "project"]
DIRECTIONS_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Saved:
    """A file to save.

    Attributes:
        name: a plain file name.
        media_type: for a browser.
        data: the file's bytes.
    """

    name: str
    media_type: str
    data: bytes


def saved(kind: Kind, opened: OpenedProject, progress: Progress | None = None) -> Saved:
    """A file of a project.

    Args:
        kind: ``png`` is the edited image, ``gif`` and ``mp4`` run from the original to the edit and back, ``directions`` holds the directions
            of all cards that are not hidden: one file, or an archive with a file for each region.
        progress: of animations, called with (images done, images in all).

    Raises:
        UsageError: another kind, or nothing to save.
        MissingExtraError: ``mp4`` without the extra ``video``.
    """
    if kind == "png":
        return Saved("edited.png", "image/png", png(opened.edited()[0]))
    if kind == "gif":
        return Saved("loop.gif", "image/gif", animation("gif", frames_of(opened, progress)))
    if kind == "mp4":
        return Saved("video.mp4", "video/mp4", animation("mp4", frames_of(opened, progress)))
    if kind == "directions":
        return _directions(opened)
    if kind == "project":
        return Saved("session.json", "application/json", project_bytes(opened.project))
    raise UsageError(f"Unknown kind {shown_value(kind)}; choose one of {', '.join(get_args(Kind))}.")


def png(image: Tensor) -> bytes:
    """An image (1, c, h, w) in [-1, 1] as the bytes of a PNG, pixel for pixel."""
    buffer = io.BytesIO()
    # Level 1 takes a third of the time of level 6 and gives 10 % more bytes; the user of the editor waits for the picture.
    plain_picture(image[0]).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def frames_of(opened: OpenedProject, progress: Progress | None = None) -> list[PILImage.Image]:
    """The pictures of an animation from the original to the edit.

    Raises:
        UsageError: no slider is moved.
    """
    if not opened.moves:
        raise UsageError("No edit is in use, so nothing would move; move a slider first.")
    frames: list[PILImage.Image] = []
    for image in opened.loop():
        frames.append(plain_picture(image[0]))
        if progress is not None:
            progress(len(frames), FRAMES)
    return frames


def animation(kind: Literal["gif", "mp4"], frames: list[PILImage.Image]) -> bytes:
    """The bytes of an animation that runs forward and back.

    Raises:
        MissingExtraError: MP4 without the extra ``video``.
        OutputError: the folder for temporary files cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="resefa-") as folder:
        path = Path(folder) / f"animation.{kind}"
        save_animation(path, frames, PLAIN_FPS)
        return path.read_bytes()


def directions_files(opened: OpenedProject) -> dict[str, bytes]:
    """Directions files of the cards that are not hidden, by file name: one for each region on each image, with the cards' names.

    Searches that continue each other share a file, so that all edits of a region lie in one place.
    """
    groups: dict[bytes, list[Directions]] = {}
    labels: dict[bytes, str] = {}
    for card in opened.visible:
        search = opened.project.searches[card.search]
        one = opened.directions[card.search].chosen([card.direction])
        one = one.renamed([opened.name_of(card)])
        groups.setdefault(_origin(one), []).append(one)
        labels.setdefault(_origin(one), search.label)
    files: dict[str, bytes] = {}
    for origin, parts in groups.items():
        stem = file_stem(labels[origin]) if labels[origin].strip() else "region"
        name, number = stem, 1
        while f"{name}.safetensors" in files:
            number += 1
            name = f"{stem}-{number}"
        files[f"{name}.safetensors"] = to_bytes(joined(parts))
    return files


def joined(parts: list[Directions]) -> Directions:
    """Directions of one origin as one object. The certificate of a search holds for all its directions only, and is left out."""
    first = parts[0]
    if len(parts) == 1:
        return first

    def of_each(name: str) -> Tensor | None:
        values = [getattr(part, name) for part in parts]
        return None if any(value is None for value in values) else torch.cat(values)

    facts = [part.facts for part in parts]
    names = [name for part in parts for name in part.provenance.names or ()]
    steps = [part.provenance.steps for part in parts]
    return Directions(
        torch.cat([part.vectors for part in parts]),
        of_each("eigenvalues"),
        of_each("inside_rate"),
        of_each("outside_rate"),
        first.codes,
        first.edit,
        first.protect,
        provenance=replace(
            first.provenance,
            names=tuple(names),
            steps=None if any(one is None for one in steps) else tuple(step for one in steps for step in one or ()),
        ),
        facts=None if any(one is None for one in facts) else tuple(fact for one in facts for fact in one or ()),
    )


def _origin(directions: Directions) -> bytes:
    """Bytes that are equal for directions of the same region, image and space: the file without all that differs in each direction."""
    where = replace(directions.provenance, names=None, steps=None, notes="")
    vector = torch.zeros_like(directions.vectors[:1])
    vector[0, 0] = 1
    return to_bytes(
        Directions(vector, codes=directions.codes, edit=directions.edit, protect=directions.protect, provenance=where)
    )


def _directions(opened: OpenedProject) -> Saved:
    files = directions_files(opened)
    if not files:
        raise UsageError("No edit was found yet, so there are no directions to save; draw a region first.")
    if len(files) == 1:
        ((name, data),) = files.items()
        return Saved(name, DIRECTIONS_TYPE, data)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return Saved("directions.zip", "application/zip", buffer.getvalue())
