"""A model card in words and as data: licence, size, address, whether it is here, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from resefa.errors import WeightsError
from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.checksums import Expected, expected, state
from resefa.zoo.store import file_path, is_present, weights_path

UNTRIED = "nobody has tried this download here: its address is as its project states it"
_ORIGINS = {
    "published": "published",
    "pinned": "pinned at the first download here",
    "mirrored": "as mirrored by a third party",
    "none": "none published: that of the first download is pinned here",
}
_STATES = {
    "here": "here, verified",
    "damaged": "here but damaged or changed: resefa models pull {name}",
    "not pinned": "here, but no hash of it is pinned: resefa models pull {name}",
    "not here": "not here: resefa models pull {name}",
}


def facts(card: ModelCard) -> dict[str, Any]:
    """For machines: the card, whether and where it is here, and of every file the hash and who says it."""
    known = asdict(card) | {"licence": card.licence, "restricted": card.restricted}
    known |= {"present": is_present(card), "state": state(card), "path": str(weights_path(card)), "files": []}
    for file in card.parts:
        wanted = _wanted(card, file)
        here = {"path": str(file_path(card, file)), "hash": wanted.origin if wanted else "none"}
        known["files"].append(asdict(file) | {"sha256": wanted.sha256 if wanted else ""} | here)
    return known


def origin(card: ModelCard) -> str:
    """``"published"``, ``"pinned"``, ``"mirrored"`` or ``"none"``: the weakest that one of its files has."""
    found = {wanted.origin if (wanted := _wanted(card, file)) else "none" for file in card.parts}
    return next(kind for kind in ("none", "mirrored", "pinned", "published") if kind in found)


def table(cards: Sequence[ModelCard]) -> str:
    """A line for each, those that are here first: name, title, state, strictest licence."""
    found = {card.name: state(card) for card in cards}
    names, titles = max(len(card.name) for card in cards), max(len(card.title) for card in cards)
    lines = []
    for card in sorted(cards, key=lambda card: found[card.name] == "not here"):
        known = "untried" if card.untried and found[card.name] == "not here" else found[card.name]
        lines.append(f"{card.name:{names}}  {card.title:{titles}}  {known:10}  {card.use}")
    ends = (
        "",
        "The last column is the strictest of three licences (weights, training data, code); `resefa models info NAME` shows each.",
        "resefa models pull NAME fetches the weights, resefa models remove NAME removes them.",
        f"untried: {UNTRIED}.",
    )
    return "\n".join([*lines, *ends])


def description(card: ModelCard) -> str:
    """All that the card says."""
    height, width = card.resolution
    codes = f"codes of {' x '.join(map(str, card.latent))}" if card.kind == "generator" else "for metrics, no generator"
    shape = f"{height} x {width}, {codes}"
    shape += f", {card.classes:,} classes" if card.classes else ""
    rows = [("family", f"{card.family}, {shape}"), *licence_rows(card), ("source", card.source)]
    if card.citation:
        rows.append(("cite", card.citation))
    if card.kind == "generator":
        rows.append(("named parts", card.presets or "none that fit: mark regions by box, ellipse or mask"))
    rows.append(("size", size(card)))
    for file in card.parts:
        wanted = _wanted(card, file)
        rows.append(("file", f"{file.name}, {_where(card, file)}"))
        rows += [("or", address) for address in file.addresses[1:]]
        said = f"as mirrored by {file.mirrored_by}" if wanted and wanted.origin == "mirrored" else ""
        rows.append(("sha256", f"{wanted.sha256} ({said or wanted.origin})" if wanted else _ORIGINS["none"]))
    rows.append(("state", _STATES[state(card)].format(name=card.name)))
    if is_present(card):
        rows.append(("path", str(weights_path(card))))
    if card.untried:
        rows.append(("untried", UNTRIED))
    return "\n".join([f"{card.name}: {card.title}", card.description, *(f"  {key:<14}{text}" for key, text in rows)])


def licence_rows(card: ModelCard) -> list[tuple[str, str]]:
    """The strictest licence, and each of the three."""
    said = card.licences
    return [("use", card.use), ("weights", said.weights), ("training data", said.data), ("code", said.code)]


def size(card: ModelCard) -> str:
    """The size in MB, as bytes where known, else in the project's words."""
    if all(file.size is not None for file in card.parts):
        return f"{sum(file.size or 0 for file in card.parts) / 1e6:,.1f} MB"
    return f"about {card.size_said}" if card.size_said else "size not published"


def _wanted(card: ModelCard, file: CardFile) -> Expected | None:
    """The hash of a file; damaged pins are no reason not to show the card, whose state says it."""
    try:
        return expected(card, file)
    except WeightsError:
        return None


def _where(card: ModelCard, file: CardFile) -> str:
    if file.url:
        return file.url
    if card.package:
        return f"the package {card.package} {card.package_version} of your pip index"
    return f"by hand: {card.by_hand}"
