"""Where weights live on this computer, and whether they are the ones that a card names or that were pinned here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from resefa.errors import WeightsError
from resefa.files.hashing import file_sha256
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.pins import read_pins
from resefa.zoo.place import store_folder


@dataclass(frozen=True)
class Expected:
    """The hash that a file must have.

    ``origin`` is ``"published"`` (the card has it from the publisher), ``"pinned"`` (by a first download here, or on purpose) or
    ``"mirrored"`` (the card has it from a third party).
    """

    sha256: str
    origin: str


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


def arriving_folder(card: ModelCard) -> Path:
    """What has arrived and is not accepted yet, and what pip needs: emptied by the next command that fetches this model."""
    return store_folder() / "arriving" / card.name


def is_present(card: ModelCard) -> bool:
    """Whether its files are there; ``state`` says whether they are the right ones."""
    return all(file_path(card, file).is_file() for file in card.parts)


def state(card: ModelCard) -> str:
    """``"here"`` (every hash is right), ``"damaged"``, ``"not pinned"`` (no hash is known yet) or ``"not here"``."""
    if not is_present(card):
        return "not here"
    try:
        wanted = [expected(card, file) for file in card.parts]
        if any(each is None for each in wanted):
            return "not pinned"
        verified(card)
    except (WeightsError, OSError):
        return "damaged"
    return "here"


def expected(card: ModelCard, file: CardFile) -> Expected | None:
    """The hash that a file must have; None where none is published, pinned or mirrored."""
    if file.sha256 and not file.mirrored_by:
        return Expected(file.sha256, "published")
    if pin := read_pins(pins_path(card), card.name).get(file.name):
        return Expected(pin.sha256, "pinned")
    return Expected(file.sha256, "mirrored") if file.sha256 else None


def check(card: ModelCard, file: CardFile, wanted: Expected, path: Path, what: str, *, arriving: bool = True) -> None:
    """Raise WeightsError, a sentence that begins with ``what``, unless the file has the hash.

    Args:
        arriving: the file comes in now, and does not lie in the store already.
    """
    found = file_sha256(path)
    if found == wanted.sha256:
        return
    if wanted.origin == "published":
        raise WeightsError(
            f"{what} has sha256 {found[:16]}…, but {card.name} has {wanted.sha256[:16]}…: the file was damaged or changed; "
            f"run `resefa models pull {card.name}`, or ask for the right file."
        )
    if wanted.origin == "mirrored":
        raise WeightsError(
            f"{what} has sha256 {found[:16]}…, but {file.mirrored_by} publishes {wanted.sha256[:16]}… for its mirror; the publisher "
            "gives no hash, so the mirror may be wrong: if you trust this file, run `resefa models pull` with --repin to accept it."
        )
    way = (
        f"if its makers changed it and you accept that, run `resefa models pull {card.name} --repin`"
        if arriving
        else f"run `resefa models pull {card.name}` to download it again"
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
    for file in card.parts:
        path, wanted = file_path(card, file), expected(card, file)
        if wanted is None:
            raise WeightsError(
                f"The file {path} is here but no hash of it is known: run `resefa models pull {card.name}` to pin the one it "
                "has."
            )
        check(card, file, wanted, path, f"The file {path}", arriving=False)
    return weights_path(card)
