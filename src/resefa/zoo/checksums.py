"""Checksums of model weights: published by the card, pinned by a first download, verified before use.

A pin is trust on first use: it cannot tell whether the first download was the right file, only that a later file is the
same. Pins are in ``pins/<card>.json`` in the store, outside the model's folder: removing the weights keeps their pins.
Before a first download is pinned, ``refuse_other_than_weights`` rejects sign-in pages and error texts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from resefa.errors import DownloadError, WeightsError, parameter, printable
from resefa.files.input_file import file_sha256, read_input
from resefa.files.output_file import written_beside
from resefa.files.schema import decode
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.store import STORE_ADVICE, file_path, is_present, pins_path, weights_path

_MOST = 1 << 20


class Pin(msgspec.Struct, frozen=True):
    """The sha256, size in bytes and source of a file, recorded at its first download."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=0)]
    source: Annotated[str, msgspec.Meta(max_length=4000)]


def read_pins(path: Path, name: str) -> dict[str, Pin]:
    """Read the pins of a card, by file name; empty before the first download.

    Raises:
        WeightsError: the file of pins is damaged.
    """
    if not os.path.lexists(path):
        return {}
    remedy = f"fix the file, or remove it with `resefa models remove {name} --pin` and pull the model again"
    return decode(
        read_input(path, _MOST, raises=WeightsError), dict[str, Pin], f"The pinned hashes {path}", raises=WeightsError, remedy=remedy
    )  # fmt: skip


def write_pins(path: Path, name: str, new: dict[str, Pin]) -> None:
    """Record new pins and keep those of the card's other files; the caller holds the card's lock.

    Raises:
        OutputError: the store cannot be written.
    """
    try:
        pins = read_pins(path, name)
    except WeightsError:
        pins = {}  # only --repin reaches this with a damaged file
    facts = msgspec.json.format(msgspec.json.encode(pins | new), indent=2) + b"\n"
    with written_beside(path, STORE_ADVICE) as temporary:
        temporary.write_bytes(facts)


REINSTALL = "the installation is damaged or was changed; install resefa again"
_LARGEST_SETTINGS = 1 << 20
_POINTER = b"version https://git-lfs"


def refuse_other_than_weights(path: Path, name: str, source: str) -> None:
    """Raise DownloadError for an empty file, a Git LFS pointer, a web page, or a ``.json`` file that is not a JSON object."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(_POINTER):
        raise DownloadError(
            f"{source} sent a Git LFS pointer instead of {name}; download the file there yourself and give it with "
            f"{parameter('source_file', 'FILE')}."
        )
    if name.endswith(".json"):
        if _is_object(path):
            return
    elif (text := start.lstrip(b"\xef\xbb\xbf \t\r\n")) and text[:1] not in (b"<", b"{"):
        return
    shown = printable(start[:40].decode("ascii", "replace").strip()) or "nothing"
    raise DownloadError(
        f"The download from {source} is not {name}, but begins with {shown!r} (a web page or an error?); download the file "
        f"in a browser and give it with {parameter('source_file', 'FILE')}."
    )


def _is_object(path: Path) -> bool:
    try:
        decode(read_input(path, _LARGEST_SETTINGS, raises=WeightsError), dict[str, Any], path.name, raises=WeightsError)
    except WeightsError:
        return False
    return True


@dataclass(frozen=True)
class Expected:
    """Hash that a file must have.

    ``origin`` is ``"published"`` (by the publisher), ``"pinned"`` (by a first download on this computer, or by --repin) or
    ``"mirrored"`` (stated by a third party).
    """

    sha256: str
    origin: str


def state(card: ModelCard) -> str:
    """State of the weights.

    ``"here"`` (in the store, all hashes agree), ``"embedded"`` (in the package, all hashes agree), ``"damaged"``,
    ``"not pinned"`` (no hash known) or ``"not here"``.
    """
    if not is_present(card):
        return "not here"
    try:
        wanted = [expected(card, file) for file in card.parts]
        if any(each is None for each in wanted):
            return "not pinned"
        verified(card)
    except (WeightsError, OSError):
        return "damaged"
    return "embedded" if card.embedded else "here"


def expected(card: ModelCard, file: CardFile) -> Expected | None:
    """Expected hash of a file, or None if no hash is published, pinned or mirrored."""
    if file.sha256 and not file.mirrored_by:
        return Expected(file.sha256, "published")
    if pin := read_pins(pins_path(card), card.name).get(file.name):
        return Expected(pin.sha256, "pinned")
    return Expected(file.sha256, "mirrored") if file.sha256 else None


def check(card: ModelCard, file: CardFile, wanted: Expected, path: Path, what: str, *, arriving: bool = True) -> None:
    """Raise WeightsError, with a message that begins with ``what``, unless the file has the expected hash.

    Args:
        arriving: the file was just downloaded, rather than found in the store.
    """
    found = file_sha256(path)
    if found == wanted.sha256:
        return
    if card.embedded:
        raise WeightsError(
            f"{what} has sha256 {found[:16]}…, but this version of resefa contains {card.name} with sha256 {wanted.sha256[:16]}…; {REINSTALL}."
        )
    if wanted.origin == "published":
        raise WeightsError(
            f"{what} has sha256 {found[:16]}…, but the published sha256 of {card.name} is {wanted.sha256[:16]}…, so the file is damaged or is a different file; "
            f"run `resefa models pull {card.name}` to download it."
        )
    if wanted.origin == "mirrored":
        raise WeightsError(
            f"{what} has sha256 {found[:16]}…, but {file.mirrored_by} states {wanted.sha256[:16]}…. The publisher gives no "
            f"hash, so neither can be verified; if you trust this file, run `resefa models pull {card.name} --repin` to accept it."
        )
    remedy = (
        f"if the publisher replaced the file and you accept the new version, run `resefa models pull {card.name} --repin`"
        if arriving
        else f"run `resefa models pull {card.name}` to download it again"
    )
    raise WeightsError(
        f"{what} has sha256 {found}, but the sha256 recorded at the first download of {card.name} on this computer is {wanted.sha256}; {remedy}."
    )


def verified(card: ModelCard) -> Path:
    """Check the sha256 of every file of the weights; returns their path.

    Raises:
        WeightsError: a file is missing, has another hash, or was never pinned.
    """
    for file in card.parts:
        path = file_path(card, file)
        if not path.is_file():
            if card.embedded:
                raise WeightsError(f"The installed package lacks the file {path}; {REINSTALL}.")
            which = f"The file {file.name}" if card.files else "The weights"
            be = "is" if card.files else "are"
            raise WeightsError(f"{which} of {card.name} {be} not downloaded yet; run `resefa models pull {card.name}`.")
    for file in card.parts:
        path, wanted = file_path(card, file), expected(card, file)
        if wanted is None:
            raise WeightsError(
                f"The file {path} has no known hash; run `resefa models pull {card.name}` to check and pin it."
            )
        check(card, file, wanted, path, f"The file {path}", arriving=False)
    return weights_path(card)
