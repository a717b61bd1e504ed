"""What a person calls the methods in a report: ``titles.json`` in the folder, so that a report that is made again keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode

FILE = "titles.json"
LARGEST = 2**16
Name = Annotated[str, Meta(min_length=1, max_length=100)]


def read_titles(folder: Path) -> dict[str, str]:
    """Method -> title, of those that were given one.

    Raises:
        UsageError: the file is damaged.
    """
    path = folder / FILE
    return decode(read_input(path, LARGEST), dict[Name, Name], str(path), mend="remove it") if path.exists() else {}


def keep_titles(folder: Path, titles: Mapping[str, str]) -> None:
    """Add titles to those that the folder has."""
    if titles:
        write_bytes(folder / FILE, (json.dumps({**read_titles(folder), **titles}, indent=2) + "\n").encode())
