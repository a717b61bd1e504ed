"""Titles, colours, markers and line styles of the methods in a report, which is readable without colour.

Another method of the registry gets a line in ``STYLES``. Titles given by the user are stored in ``titles.json`` in the folder, so that
a report made again keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from resefa.comparison.earlier_folders import current_titles
from resefa.comparison.experiment import PER_IMAGE, TRANSFERRED
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode

SETTING_TITLES = {
    PER_IMAGE: "found on the edited image (per-image)",
    TRANSFERRED: "found on discovery images (transferred)",
}


@dataclass(frozen=True)
class MethodStyle:
    """The appearance of a method: its title in tables, and its colour (Okabe and Ito's palette), marker and dashes in figures."""

    title: str
    colour: str
    marker: str
    dashes: tuple[float, ...] = ()


STYLES = {
    "resefa": MethodStyle("ReSeFa", "#000000", "o"),
    "lowrankgan": MethodStyle("LowRankGAN", "#D55E00", "s", (5, 1.5)),
    "stylespace": MethodStyle("StyleSpace", "#CC79A7", "P", (1, 1, 4, 1)),
    "sefa": MethodStyle("SeFa", "#0072B2", "^", (1, 1.2)),
    "ganspace": MethodStyle("GANSpace", "#009E73", "D", (4, 1.2, 1, 1.2)),
    "interfacegan": MethodStyle("InterFaceGAN", "#E69F00", "X", (2.5, 1)),
    "jacobian-svd": MethodStyle("Jacobian, right-singular", "#56B4E9", "v", (7, 1.5, 1, 1.5, 1, 1.5)),
    "random": MethodStyle("Random", "#7F7F7F", "x", (2, 2)),
}
OURS = "resefa"
OTHER_STYLES = (
    ("#444444", "*", (3, 1)),
    ("#8B5A2B", "h", (6, 1, 1, 1)),
    ("#6A3D9A", "<", (2, 1, 6, 1)),
    ("#B2182B", ">", (4, 4)),
)
"""The colours, markers and dashes of directions files."""


def style_of(method: str) -> MethodStyle:
    """The style of a method; a method that is not listed gets a style computed from its name."""
    colour, marker, dashes = OTHER_STYLES[sum(method.encode()) % len(OTHER_STYLES)]
    return STYLES.get(method, MethodStyle(method, colour, marker, dashes))


TITLES_FILE = "titles.json"
LARGEST = 2**16
Name = Annotated[str, Meta(min_length=1, max_length=100)]


def read_titles(folder: Path) -> dict[str, str]:
    """The titles that the user gave to methods, by method.

    Raises:
        UsageError: the file is damaged.
    """
    path = folder / TITLES_FILE
    if not path.exists():
        return {}
    return current_titles(decode(read_input(path, LARGEST), dict[Name, Name], str(path), remedy="remove it"))


def save_titles(folder: Path, titles: Mapping[str, str]) -> None:
    """Add titles of methods to the folder's file."""
    if titles:
        content = {**read_titles(folder), **current_titles(titles)}
        write_bytes(folder / TITLES_FILE, (json.dumps(content, indent=2) + "\n").encode())
