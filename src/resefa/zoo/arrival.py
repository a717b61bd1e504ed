"""Files that have arrived and are not yet accepted: outside the model's folder, in which nothing unchecked may lie."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.place import writing
from resefa.zoo.store import arriving_folder, file_path


@dataclass(frozen=True)
class Arrival:
    """A file of a card that may be the right one. ``source`` is where it came from, for people."""

    file: CardFile
    path: Path
    source: str


@contextlib.contextmanager
def arriving(card: ModelCard) -> Iterator[Path]:
    """An empty folder for what arrives, on the disk of the store. What killed commands left is removed; the caller holds the lock."""
    folder = arriving_folder(card)
    with writing(folder):
        _remove_leftovers(card, folder)
        folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(card: ModelCard, folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    for file in card.parts:  # earlier versions copied beside the weights
        target = file_path(card, file)
        for left in target.parent.glob(f".{target.stem}-????????{target.suffix}"):
            left.unlink()


def put_in_place(card: ModelCard, arrival: Arrival) -> None:
    """Move it to where the card's file belongs."""
    target = file_path(card, arrival.file)
    if arrival.path == target:
        return
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(arrival.path, "rb+") as whole:
            os.fsync(whole.fileno())
        os.replace(arrival.path, target)


@contextlib.contextmanager
def seen_as_a_model(card: ModelCard, arrivals: list[Arrival], folder: Path) -> Iterator[Path]:
    """What a reader opens: the file, or a folder in which each of them has its name."""
    if not card.files:
        yield arrivals[0].path
        return
    shown = folder / "model"
    shown.mkdir()
    for arrival in arrivals:
        (shown / arrival.file.name).symlink_to(arrival.path)
    yield shown
