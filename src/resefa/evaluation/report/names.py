"""How methods are called where people read, and how each is drawn: told apart without colour, by line and marker."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.evaluation.experiment import CARRIED, OWN

OURS = "region-contrast"
SETTING_TITLES = {
    OWN: "found on the image that is edited",
    CARRIED: "found on discovery images and carried over",
}


@dataclass(frozen=True)
class Look:
    """``title`` in tables; colour of Okabe and Ito's palette, marker and dashes in figures."""

    title: str
    colour: str
    marker: str
    dashes: tuple[float, ...] = ()


LOOKS = {
    "region-contrast": Look("ReSeFa (ours)", "#000000", "o"),
    "low-rank": Look("LowRankGAN", "#D55E00", "s", (5, 1.5)),
    "style-space": Look("StyleSpace", "#CC79A7", "P", (1, 1, 4, 1)),
    "sefa": Look("SeFa", "#0072B2", "^", (1, 1.2)),
    "ganspace": Look("GANSpace", "#009E73", "D", (4, 1.2, 1, 1.2)),
    "inter-face-gan": Look("InterFaceGAN", "#E69F00", "X", (2.5, 1)),
    "whole-jacobian": Look("Jacobian, right-singular", "#56B4E9", "v", (7, 1.5, 1, 1.5, 1, 1.5)),
    "random": Look("Random", "#7F7F7F", "x", (2, 2)),
}


def look(method: str) -> Look:
    """Of a method that is not listed: its own name, in grey."""
    return LOOKS.get(method, Look(method, "#444444", "*", (3, 1)))


def short(region: str) -> str:
    """A region's name in a heading."""
    return region if len(region) <= 32 else region[:29] + "..."
