"""Model cards: description, licences and download addresses of a generator or a feature extractor."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from resefa.errors import ModelError, printable
from resefa.files.schema import convert

DEFAULT_MODEL = "toon-faces"
"""Card of the generator that commands, examples and documentation use where the user names none."""
KINDS = {
    "generator": "a generator",
    "features": "a feature extractor for metrics",
    "segmenter": "a segmentation network",
    "attributes": "an attribute reader",
}
"""Kinds of cards, with the words of messages."""


@dataclass(frozen=True)
class Licences:
    """Licences of a model's code, weights and training data, which may differ; "not stated" if unknown."""

    code: str
    weights: str
    data: str


@dataclass(frozen=True)
class CardFile:
    """One file of a model.

    Attributes:
        url, other_urls: addresses, tried in this order.
        sha256: published hash, or "". ``size``: bytes, or None.
        mirrored_by: third party that states hash and size instead of the publisher, or "".
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
    """Card of one generator, or of another network that resefa reads weights of.

    Attributes:
        kind: a key of ``KINDS``.
        resolution: (height, width) of its images. ``latent`` is the shape of a code; empty for features.
        presets: family of region presets that fits its images, or "".
        use: short text of the strictest licence; begins with "non-commercial", "not stated" or "permissive".
        source: the project's page. ``citation`` is the paper.
        file_name, url, other_urls, sha256, size, mirrored_by: those of the single weights file, as in ``CardFile``; a model of
            several files has ``files`` instead.
        size_said: size as the project states it, if not in bytes.
        classes: number of classes of a conditional model, else 0.
        package, package_version, package_member: a package of the user's pip index that contains the file, or "".
        by_hand: instructions for a manual download if no address works for programs, or "".
        untried: whether this download was never tested with resefa.
        embedded: the weights are a file of the package (``zoo/embedded/``), read in place without a store or a network.
        cut: height of the intermediate image that is this generator's image; 0 for the whole network of the file.
        attribution: credit that the licences require with the weights and with images made by them, or "".
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
    embedded: bool = False
    cut: int = 0
    attribution: str = ""

    @property
    def parts(self) -> tuple[CardFile, ...]:
        """Files of the model, whether its card lists one file or several."""
        one = CardFile(self.file_name, self.url, self.other_urls, self.sha256, self.size, self.mirrored_by)
        return self.files or (one,)

    @property
    def restricted(self) -> bool:
        """Whether a licence limits the use or is not stated; shown before a download."""
        return not self.use.startswith("permissive")

    @property
    def licence(self) -> str:
        """One line with the strictest licence, then the licences of weights, training data and code."""
        said = self.licences
        credit = f". Attribution: {self.attribution}" if self.attribution else ""
        return f"{self.use}. Weights: {said.weights}. Training data: {said.data}. Code: {said.code}{credit}"


def cards() -> list[ModelCard]:
    """All cards, sorted by name."""
    folder = resources.files("resefa.zoo") / "cards"
    texts = [item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")]
    return sorted((_card(text) for text in texts), key=lambda known: known.name)


def _card(text: str) -> ModelCard:
    return convert(tomllib.loads(text), ModelCard, "A model card")


def card(name: str) -> ModelCard:
    """Model card by its name, or by its file's name without the suffix.

    Raises:
        ModelError: no card has this name; the message suggests similar names.
    """
    known = {item.name: item for item in cards()}
    if name in known:
        return known[name]
    by_file = {Path(item.file_name).stem: item for item in known.values() if "-" in item.file_name}
    if name in by_file:
        return by_file[name]
    near = difflib.get_close_matches(name, known, 3)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise ModelError(
        f"Unknown model {printable(name, 100)!r}; {hint}run `resefa models` to list the models, or give the path of a weights file."
    )


def card_in_place_of_a_file(name: str) -> str:
    """Error message for a card's name given where a file is expected; "" if no card has the name."""
    if not any(item.name == name for item in cards()):
        return ""
    return f"{name} is a model card, not a file; `resefa models info {name}` shows the path of its weights."
