"""Model cards: what a trained generator (or a network that measures) is, under which licence, and where its weights come from."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources

from resefa.errors import ModelError


@dataclass(frozen=True)
class CardFile:
    """One file of a model. ``sha256`` is empty and ``size`` (bytes) None where nobody publishes them."""

    name: str
    url: str = ""
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True)
class ModelCard:
    """One generator, or one network whose features a metric takes.

    Attributes:
        kind: ``"generator"`` or ``"features"``.
        resolution: (height, width) of its images. ``latent`` is the shape of a code; empty for features.
        presets: family of region presets that fits its images, or "".
        licence: its name and what it asks, in a line; ``restricted`` where it limits the use or is unclear (shown before a pull).
        source: the project's page. ``citation`` is the paper.
        file_name, url, sha256, size: of the one weights file; ``files`` in their place for a model that is a folder.
        size_said: the size as its project words it, where it gives no bytes.
        classes: of a conditional model; 0 for none.
        package, package_version, package_member: a package of the user's pip index that carries the file, or "".
        untried: nobody has made this download with this project.
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
    sha256: str = ""
    size: int | None = None
    size_said: str = ""
    file_name: str = ""
    url: str = ""
    package: str = ""
    package_version: str = ""
    package_member: str = ""
    classes: int = 0
    citation: str = ""
    restricted: bool = False
    untried: bool = False
    kind: str = "generator"
    files: tuple[CardFile, ...] = ()

    @property
    def parts(self) -> tuple[CardFile, ...]:
        """Its files, whichever way the card is written."""
        return self.files or (CardFile(self.file_name, self.url, self.sha256, self.size),)


def cards() -> list[ModelCard]:
    """Every card, by name."""
    folder = resources.files("resefa.zoo") / "cards"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")]
    return sorted((_card(text) for text in texts), key=lambda known: known.name)


def _card(text: str) -> ModelCard:
    facts = tomllib.loads(text)
    files = tuple(CardFile(**file) for file in facts.pop("files", ()))
    return ModelCard(**facts, files=files)


def card(name: str) -> ModelCard:
    """The card of this name.

    Raises:
        ModelError: there is none; near names are offered.
    """
    known = {item.name: item for item in cards()}
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(near)}? Otherwise " if near else ""
        raise ModelError(f"There is no model {name!r}: {hint}see `resefa models` for the list, or name a file.")
    return known[name]
