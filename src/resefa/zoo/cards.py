"""Model cards: what a trained generator (or a network that measures) is, under which licence, and where its weights come from."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from resefa.errors import ModelError, printable
from resefa.files.schema import convert


@dataclass(frozen=True)
class Licences:
    """Three licences that need not agree, each with what it asks; "not stated" where nobody states one."""

    code: str
    weights: str
    data: str


@dataclass(frozen=True)
class CardFile:
    """One file of a model.

    Attributes:
        url, other_urls: addresses, tried in this order.
        sha256: empty where nobody publishes one. ``size``: bytes, or None.
        mirrored_by: who shows that hash and size where it is not the publisher, or "": the word of a third party.
    """

    name: str
    url: str = ""
    other_urls: tuple[str, ...] = ()
    sha256: str = ""
    size: int | None = None
    mirrored_by: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for address in (self.url, *self.other_urls) if address)


@dataclass(frozen=True)
class ModelCard:
    """One generator, or one network whose features a metric takes.

    Attributes:
        kind: ``"generator"`` or ``"features"``.
        resolution: (height, width) of its images. ``latent`` is the shape of a code; empty for features.
        presets: family of region presets that fits its images, or "".
        use: the strictest of its licences, in a few words; begins with "non-commercial", "not stated" or "permissive".
        source: the project's page. ``citation`` is the paper.
        file_name, url, other_urls, sha256, size, mirrored_by: of the one weights file, as in ``CardFile``; ``files`` in their place
            for a model that is a folder.
        size_said: the size as its project words it, where it gives no bytes.
        classes: of a conditional model; 0 for none.
        package, package_version, package_member: a package of the user's pip index that carries the file, or "".
        by_hand: how a person gets the file where no address serves a program, or "".
        untried: nobody has made this download with this project.
    """

    name: str
    title: str
    description: str
    family: str
    resolution: list[int]
    latent: list[int]
    presets: str
    use: str
    licences: Licences
    source: str
    sha256: str = ""
    size: int | None = None
    size_said: str = ""
    mirrored_by: str = ""
    file_name: str = ""
    url: str = ""
    other_urls: tuple[str, ...] = ()
    package: str = ""
    package_version: str = ""
    package_member: str = ""
    by_hand: str = ""
    classes: int = 0
    citation: str = ""
    untried: bool = False
    kind: str = "generator"
    files: tuple[CardFile, ...] = ()

    @property
    def parts(self) -> tuple[CardFile, ...]:
        """Its files, whichever way the card is written."""
        one = CardFile(self.file_name, self.url, self.other_urls, self.sha256, self.size, self.mirrored_by)
        return self.files or (one,)

    @property
    def restricted(self) -> bool:
        """Whether one of its licences limits the use, or is not stated: shown before a pull."""
        return not self.use.startswith("permissive")

    @property
    def licence(self) -> str:
        """The strictest of its licences, and each of them, in a line."""
        said = self.licences
        return f"{self.use}. Weights: {said.weights}. Training data: {said.data}. Code: {said.code}"


def cards() -> list[ModelCard]:
    """Every card, by name."""
    folder = resources.files("resefa.zoo") / "cards"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")]
    return sorted((_card(text) for text in texts), key=lambda known: known.name)


def _card(text: str) -> ModelCard:
    return convert(tomllib.loads(text), ModelCard, "A model card")


def card(name: str) -> ModelCard:
    """The card of this name, or of the name of its file without the ending.

    Raises:
        ModelError: there is none; near names are offered.
    """
    known = {item.name: item for item in cards()}
    if name in known:
        return known[name]
    by_file = {Path(item.file_name).stem: item for item in known.values() if "-" in item.file_name}
    if name in by_file:
        return by_file[name]
    near = difflib.get_close_matches(name, known, 3)
    hint = f"did you mean {' or '.join(near)}? Otherwise " if near else ""
    raise ModelError(
        f"There is no model {printable(name, 100)!r}: {hint}see `resefa models` for the list, or name a file."
    )


def card_in_place_of_a_file(name: str) -> str:
    """What to say where a file was expected and the name of a card was given; "" where it names no card."""
    if not any(item.name == name for item in cards()):
        return ""
    return f"{name} is a model card, not a file: `resefa models info {name}` tells about it and says where its weights are."
