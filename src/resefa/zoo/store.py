"""Where weights live on this computer, and whether they are the ones that a card names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from resefa.errors import WeightsError
from resefa.hashing import file_sha256
from resefa.zoo.cards import ModelCard


def store_folder() -> Path:
    """``RESEFA_HOME`` where it is set, else the platform's cache folder."""
    if home := os.environ.get("RESEFA_HOME"):
        return Path(home)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "resefa"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "resefa"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "resefa"


def weights_path(card: ModelCard) -> Path:
    """Where the weights are, or would be."""
    return store_folder() / "models" / card.name / card.file_name


def is_present(card: ModelCard) -> bool:
    """Whether a file of the right size is there."""
    path = weights_path(card)
    return path.is_file() and path.stat().st_size == card.size


def check(card: ModelCard, path: Path, what: str) -> None:
    """Raise WeightsError, a sentence that begins with ``what``, unless the file has the card's sha256."""
    found = file_sha256(path)
    if found != card.sha256:
        raise WeightsError(
            f"{what} has sha256 {found[:16]}… where {card.name}'s is {card.sha256[:16]}…, so it was damaged or changed: "
            f"run `resefa models pull {card.name}`, or ask for the right file."
        )


def verified(card: ModelCard) -> Path:
    """The path of the weights, once their sha256 is found right.

    Raises:
        WeightsError: missing, or not the ones the card names.
    """
    path = weights_path(card)
    if not path.is_file():
        raise WeightsError(f"The weights of {card.name} are not here yet: run `resefa models pull {card.name}`.")
    check(card, path, f"The file {path}")
    return path
