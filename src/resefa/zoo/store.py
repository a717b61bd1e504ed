"""Where weights live on this computer, and whether they are the ones that a card names or that were pinned here."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from resefa.errors import WeightsError
from resefa.hashing import file_sha256
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.pins import read_pins


@dataclass(frozen=True)
class Expected:
    """The hash that a file must have. ``origin`` is ``"published"`` (the card has it) or ``"pinned"`` (by a first download)."""

    sha256: str
    origin: str


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
    """Where the weights are, or would be: a file, or the folder of a model of several files."""
    folder = store_folder() / "models" / card.name
    return folder if card.files else folder / card.file_name


def file_path(card: ModelCard, file: CardFile) -> Path:
    """Where one file of a card is, or would be."""
    return store_folder() / "models" / card.name / file.name


def pins_path(card: ModelCard) -> Path:
    """Where the card's pinned hashes are."""
    return store_folder() / "pins" / f"{card.name}.json"


def lock_path(card: ModelCard) -> Path:
    """What a command holds while it changes the card's files."""
    return store_folder() / "locks" / f"{card.name}.lock"


def is_present(card: ModelCard) -> bool:
    """Whether its files are there, of the right size where that is known."""
    for file in card.parts:
        path = file_path(card, file)
        if not path.is_file() or file.size not in (None, path.stat().st_size):
            return False
    return True


def expected(card: ModelCard, file: CardFile) -> Expected | None:
    """The hash that a file must have; None where none is published and none is pinned yet."""
    if file.sha256:
        return Expected(file.sha256, "published")
    pin = read_pins(pins_path(card), card.name).get(file.name)
    return Expected(pin.sha256, "pinned") if pin else None


def check(card: ModelCard, wanted: Expected, path: Path, what: str, *, arriving: bool = True) -> None:
    """Raise WeightsError, a sentence that begins with ``what``, unless the file has the hash.

    Args:
        arriving: the file comes in now, and does not lie in the store already.
    """
    found = file_sha256(path)
    if found == wanted.sha256:
        return
    if wanted.origin == "published":
        raise WeightsError(
            f"{what} has sha256 {found[:16]}… where {card.name}'s is {wanted.sha256[:16]}…, so it was damaged or changed: "
            f"run `resefa models pull {card.name}`, or ask for the right file."
        )
    way = (
        f"if its makers changed it and you accept that, run `resefa models pull {card.name} --repin`"
        if arriving
        else f"run `resefa models pull {card.name}` to fetch it anew"
    )
    raise WeightsError(
        f"{what} has sha256 {found} where {wanted.sha256} was pinned when {card.name} was first fetched here: {way}."
    )


def verified(card: ModelCard) -> Path:
    """The path of the weights, once the sha256 of every file is found right.

    Raises:
        WeightsError: missing, not the ones the card names, or of a hash that was never pinned.
    """
    for file in card.parts:
        path = file_path(card, file)
        if not path.is_file():
            which = f"The file {file.name}" if card.files else "The weights"
            be = "is" if card.files else "are"
            raise WeightsError(f"{which} of {card.name} {be} not here yet: run `resefa models pull {card.name}`.")
        wanted = expected(card, file)
        if wanted is None:
            raise WeightsError(
                f"The file {path} is here but no hash of it is known: run `resefa models pull {card.name}` to pin the one it "
                "has."
            )
        check(card, wanted, path, f"The file {path}", arriving=False)
    return weights_path(card)
