"""Hashes pinned on this computer: the sha256 of a first download whose project publishes none.

Trust on first use: it cannot tell whether the first download was the right one, only that a later one is the same. One
JSON file a card, ``pins/<card>.json`` in the store, outside the model's own folder: removing the weights keeps their pin.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from resefa.errors import WeightsError
from resefa.files import write_bytes


@dataclass(frozen=True)
class Pin:
    """sha256 and size (bytes) of a file, and where it came from."""

    sha256: str
    size: int
    source: str


def read_pins(path: Path, name: str) -> dict[str, Pin]:
    """File name -> pin; empty where nothing is pinned yet.

    Raises:
        WeightsError: the file of pins is damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"The pinned hashes {path} cannot be read ({error}): check that file.") from error
    try:
        pins = {file: Pin(**facts) for file, facts in json.loads(text).items()}
        if not all(len(bytes.fromhex(pin.sha256)) == 32 and isinstance(pin.size, int) for pin in pins.values()):
            raise ValueError
    except (ValueError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"The pinned hashes {path} are damaged: mend the file, or remove it and run `resefa models pull {name} --repin`."
        ) from error
    return pins


def write_pin(path: Path, name: str, file: str, pin: Pin) -> None:
    """Pin one file's hash beside those of the card's other files; the caller holds the card's lock."""
    try:
        pins = read_pins(path, name)
    except WeightsError:
        if path.exists() and not path.is_file():
            raise
        pins = {}  # only --repin comes this far with a damaged file
    facts = {known: asdict(held) for known, held in (pins | {file: pin}).items()}
    write_bytes(path, (json.dumps(facts, indent=2) + "\n").encode())
