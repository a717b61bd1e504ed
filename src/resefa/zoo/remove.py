"""Take a model's weights out of the store, and its pinned hashes where that is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

from resefa.zoo.cards import ModelCard
from resefa.zoo.lock import alone
from resefa.zoo.place import store_folder, writing
from resefa.zoo.store import arriving_folder, lock_path, pins_path


def remove(card: ModelCard, *, pin: bool = False) -> int:
    """Remove its weights and what has come of them; the bytes that this frees.

    Args:
        pin: forget the pinned hashes too: the next file that comes is then a first one again.

    Raises:
        OutputError: the store cannot be written.
    """
    if not store_folder().exists():
        return 0
    with alone(lock_path(card)):
        freed = sum(_removed(folder) for folder in (store_folder() / "models" / card.name, arriving_folder(card)))
        if pin:
            with writing(pins_path(card)):
                pins_path(card).unlink(missing_ok=True)
    return freed


def _removed(folder: Path) -> int:
    with writing(folder):
        if folder.is_symlink():  # weights that the user keeps elsewhere stay there
            folder.unlink()
        if not folder.exists():
            return 0
        size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
        shutil.rmtree(folder)
        return size
