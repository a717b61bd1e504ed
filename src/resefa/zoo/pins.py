"""Hashes pinned on this computer: the sha256 of a first download whose project publishes none.

Trust on first use: it cannot tell whether the first download was the right one, only that a later one is the same. One
JSON file a card, ``pins/<card>.json`` in the store, outside the model's own folder: removing the weights keeps their pin.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from resefa.errors import WeightsError
from resefa.files.input_file import read_input
from resefa.files.output_file import written_beside
from resefa.files.schema import decode
from resefa.zoo.place import STORE_ADVICE

_MOST = 1 << 20


class Pin(msgspec.Struct, frozen=True):
    """sha256 and size (bytes) of a file, and where it came from."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=0)]
    source: Annotated[str, msgspec.Meta(max_length=4000)]


def read_pins(path: Path, name: str) -> dict[str, Pin]:
    """File name -> pin; empty where nothing is pinned yet.

    Raises:
        WeightsError: the file of pins is damaged.
    """
    if not os.path.lexists(path):
        return {}
    mend = f"mend the file, or remove it with `resefa models remove {name} --pin` and pull the model again"
    return decode(
        read_input(path, _MOST, raises=WeightsError), dict[str, Pin], f"The pinned hashes {path}", raises=WeightsError, mend=mend
    )  # fmt: skip


def write_pins(path: Path, name: str, new: dict[str, Pin]) -> None:
    """Pin hashes beside those of the card's other files; the caller holds the card's lock.

    Raises:
        OutputError: the store cannot be written.
    """
    try:
        pins = read_pins(path, name)
    except WeightsError:
        pins = {}  # only --repin comes this far with a damaged file
    facts = msgspec.json.format(msgspec.json.encode(pins | new), indent=2) + b"\n"
    with written_beside(path, STORE_ADVICE) as temporary:
        temporary.write_bytes(facts)
