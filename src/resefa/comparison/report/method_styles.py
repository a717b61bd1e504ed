"""What methods are called where people read, and how each is drawn: told apart without colour, by line and marker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from resefa.comparison.experiment import CARRIED, OWN
from resefa.files.input_file import read_input
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode
from resefa.regions.text import display_name

OURS = "region-contrast"
SETTING_TITLES = {
    OWN: "found on the edited image (per-image)",
    CARRIED: "found on discovery images (transferred)",
}


@dataclass(frozen=True)
class Look:
    """``title`` in tables; colour of Okabe and Ito's palette, marker and dashes in figures."""

    title: str
    colour: str
    marker: str
    dashes: tuple[float, ...] = ()


LOOKS = {
    "region-contrast": Look("ReSeFa", "#000000", "o"),
    "low-rank": Look("LowRankGAN", "#D55E00", "s", (5, 1.5)),
    "style-space": Look("StyleSpace", "#CC79A7", "P", (1, 1, 4, 1)),
    "sefa": Look("SeFa", "#0072B2", "^", (1, 1.2)),
    "ganspace": Look("GANSpace", "#009E73", "D", (4, 1.2, 1, 1.2)),
    "inter-face-gan": Look("InterFaceGAN", "#E69F00", "X", (2.5, 1)),
    "whole-jacobian": Look("Jacobian, right-singular", "#56B4E9", "v", (7, 1.5, 1, 1.5, 1, 1.5)),
    "random": Look("Random", "#7F7F7F", "x", (2, 2)),
}


OTHERS = (
    ("#444444", "*", (3, 1)),
    ("#8B5A2B", "h", (6, 1, 1, 1)),
    ("#6A3D9A", "<", (2, 1, 6, 1)),
    ("#B2182B", ">", (4, 4)),
)
"""How directions that a person brings are drawn, in turn."""


def look(method: str) -> Look:
    """Of a method that is not listed: its own name, in a look that the same name always has."""
    colour, marker, dashes = OTHERS[sum(method.encode()) % len(OTHERS)]
    return LOOKS.get(method, Look(method, colour, marker, dashes))


def figure_text(text: str) -> str:
    """Text in a figure, where matplotlib would read what stands between dollar signs as a formula."""
    return text.replace("$", r"\$")


def short(region: str) -> str:
    """A region's name in a heading."""
    return display_name(region)


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
