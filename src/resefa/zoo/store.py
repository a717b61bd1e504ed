"""The store of model weights on this computer: its folders, its locks, removal of a model. Embedded weights stay in the package.

``zoo/checksums.py`` decides whether the stored files are the right ones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from resefa.errors import OutputError, UsageError
from resefa.files.input_file import user_path
from resefa.files.lock import try_lock
from resefa.files.output_file import write_sentence
from resefa.zoo.cards import CardFile, ModelCard

EMBEDDED = Path(__file__).with_name("embedded")
"""Folder of the weights that the package contains."""
STORE_ADVICE = "set the environment variable RESEFA_HOME to a folder that you can write to"


def store_folder() -> Path:
    """Folder of the store: ``RESEFA_HOME`` if set, else the platform's cache folder."""
    if home := os.environ.get("RESEFA_HOME"):
        return Path(os.path.abspath(user_path(home)))
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "resefa"
        if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
            return Path(local) / "resefa"
        cache = os.environ.get("XDG_CACHE_HOME", "")
        # A relative path must be ignored (XDG Base Directory Specification).
        return Path(cache if os.path.isabs(cache) else Path.home() / ".cache") / "resefa"
    except RuntimeError as error:
        raise UsageError(
            "No home folder was found for downloaded weights; set the environment variable RESEFA_HOME to a folder."
        ) from error


def data_folder() -> Path:
    """Folder of the user's data, which cannot be downloaded again: ``RESEFA_HOME`` if set, else the platform's folder for data."""
    if home := os.environ.get("RESEFA_HOME"):
        return Path(os.path.abspath(user_path(home)))
    try:
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / "resefa"
        if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
            return Path(local) / "resefa"
        data = os.environ.get("XDG_DATA_HOME", "")
        return Path(data if os.path.isabs(data) else Path.home() / ".local" / "share") / "resefa"
    except RuntimeError as error:
        raise UsageError(
            "No home folder was found for named directions; set the environment variable RESEFA_HOME to a folder."
        ) from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a disk failure at ``path`` into an OutputError.

    Raises:
        OutputError: the disk is full, not writable, or fails.
    """
    try:
        yield
    except OSError as error:
        raise OutputError(write_sentence(path, error, STORE_ADVICE)) from error


_PAUSE = 0.2


@contextlib.contextmanager
def alone(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the lock file ``path``, which the system releases when the process ends.

    Args:
        waiting: called once if another process holds the lock.

    Raises:
        OutputError: the lock file cannot be created.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened for reading and writing, so that a pipe in its place does not block.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        held = os.open(path, flags, 0o666)
    try:
        said = False
        while try_lock(held) is False:
            if waiting and not said:
                waiting()
            said = True
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(held)


def weights_path(card: ModelCard) -> Path:
    """Path of the weights, present or not: a file, or the folder of a model of several files."""
    folder = _folder(card)
    return folder if card.files else folder / card.file_name


def file_path(card: ModelCard, file: CardFile) -> Path:
    """Path of one file of a card, present or not."""
    return _folder(card) / file.name


def _folder(card: ModelCard) -> Path:
    return EMBEDDED if card.embedded else store_folder() / "models" / card.name


def pins_path(card: ModelCard) -> Path:
    """Path of the card's pinned hashes."""
    return store_folder() / "pins" / f"{card.name}.json"


def lock_path(card: ModelCard) -> Path:
    """Path of the lock file that a command holds while it changes the card's files."""
    return store_folder() / "locks" / f"{card.name}.lock"


def arriving_folder(card: ModelCard) -> Path:
    """Folder for incoming files and for pip, emptied by the next command that downloads this model."""
    return store_folder() / "arriving" / card.name


def is_present(card: ModelCard) -> bool:
    """Whether all files are present; ``checksums.state`` also checks them."""
    return all(file_path(card, file).is_file() for file in card.parts)


def remove(card: ModelCard, *, pin: bool = False) -> int:
    """Remove the weights and incomplete downloads of a card; returns the number of freed bytes, 0 for embedded weights.

    Args:
        pin: also remove the pinned hashes, so that the next download is pinned again.

    Raises:
        OutputError: the store cannot be written.
    """
    if card.embedded or not store_folder().exists():
        return 0
    with alone(lock_path(card)):
        freed = sum(_removed(folder) for folder in (store_folder() / "models" / card.name, arriving_folder(card)))
        if pin:
            with writing(pins_path(card)):
                pins_path(card).unlink(missing_ok=True)
    return freed


def _removed(folder: Path) -> int:
    with writing(folder):
        if folder.is_symlink():  # the target of a link stays
            folder.unlink()
        if not folder.exists():
            return 0
        size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
        shutil.rmtree(folder)
        return size
