"""Model cards as text and data: licences, size, address, local state, and origin of the hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from resefa.errors import WeightsError
from resefa.zoo.cards import KINDS, CardFile, ModelCard
from resefa.zoo.checksums import Expected, expected, state
from resefa.zoo.store import file_path, is_present, weights_path

UNTRIED = "not tested by this project; the address is the one that the model's authors published"
_UNPUBLISHED = "not published: the hash of the first download is pinned on this computer"
_STATES = {
    "here": "on this computer, verified",
    "embedded": "part of resefa, verified",
    "damaged": "damaged or changed; run `resefa models pull {name}`",
    "not pinned": "on this computer, but without a pinned hash; run `resefa models pull {name}`",
    "not here": "not on this computer; run `resefa models pull {name}`",
}


def facts(card: ModelCard) -> dict[str, Any]:
    """The card as data: local state and path, and the hash of each file with the hash's origin."""
    known = asdict(card) | {"licence": card.licence, "restricted": card.restricted}
    known |= {"present": is_present(card), "state": state(card), "path": str(weights_path(card)), "files": []}
    for file in card.parts:
        wanted = _wanted(card, file)
        here = {"path": str(file_path(card, file)), "hash": wanted.origin if wanted else "none"}
        known["files"].append(asdict(file) | {"sha256": wanted.sha256 if wanted else ""} | here)
    return known


def origin(card: ModelCard) -> str:
    """The weakest origin of the files' hashes: ``"published"``, ``"pinned"``, ``"mirrored"`` or ``"none"``."""
    found = {wanted.origin if (wanted := _wanted(card, file)) else "none" for file in card.parts}
    return next(kind for kind in ("none", "mirrored", "pinned", "published") if kind in found)


def table(cards: Sequence[ModelCard]) -> str:
    """One line per card: name, title, state, strictest licence; embedded generators first, then other embedded cards and local weights. Attributions follow."""
    found = {card.name: state(card) for card in cards}
    names, titles = max(len(card.name) for card in cards), max(len(card.title) for card in cards)
    lines = []
    for card in sorted(
        cards,
        key=lambda card: (
            not card.embedded,
            card.embedded and card.kind != "generator",
            found[card.name] == "not here",
        ),
    ):
        known = "untried" if card.untried and found[card.name] == "not here" else found[card.name]
        lines.append(f"{card.name:{names}}  {card.title:{titles}}  {known:10}  {card.use}")
    ends = (
        "",
        "The last column is the strictest of three licences (weights, training data, code); `resefa models info NAME` shows all three.",
        "`resefa models pull NAME` downloads the weights, `resefa models remove NAME` removes them.",
        f"untried: {UNTRIED}.",
        *_attributions(cards),
    )
    return "\n".join([*lines, *ends])


def description(card: ModelCard) -> str:
    """The whole card as text."""
    height, width = card.resolution
    codes = f"latent codes of {' x '.join(map(str, card.latent))}" if card.kind == "generator" else KINDS[card.kind]
    shape = f"{height} x {width}, {codes}"
    shape += f", {card.classes:,} classes" if card.classes else ""
    rows = [("family", f"{card.family}, {shape}"), *licence_rows(card), ("source", card.source)]
    if card.citation:
        rows.append(("cite", card.citation))
    if card.kind == "generator":
        rows.append(("presets", card.presets or "none; give regions as a box, an ellipse or a mask"))
    if card.cut:
        rows.append(("cut", f"the image of {card.cut} rows within a larger network; later layers are omitted"))
    rows.append(("size", size(card)))
    for file in card.parts:
        wanted = _wanted(card, file)
        rows.append(("file", f"{file.name}, {_where(card, file)}"))
        rows += [("or", address) for address in file.addresses[1:]]
        mirror = f"from a mirror, {file.mirrored_by}" if wanted and wanted.origin == "mirrored" else ""
        rows.append(("sha256", f"{wanted.sha256} ({mirror or wanted.origin})" if wanted else _UNPUBLISHED))
    rows.append(("state", _STATES[state(card)].format(name=card.name)))
    if is_present(card):
        rows.append(("path", str(weights_path(card))))
    if card.untried:
        rows.append(("untried", UNTRIED))
    return "\n".join([f"{card.name}: {card.title}", card.description, *(f"  {key:<14}{text}" for key, text in rows)])


def _attributions(cards: Sequence[ModelCard]) -> list[str]:
    """One line per credit, with the cards that it belongs to."""
    credits: dict[str, list[str]] = {}
    for card in cards:
        if card.attribution:
            credits.setdefault(card.attribution, []).append(card.name)
    return [f"Attribution of {', '.join(names)}: {credit}." for credit, names in credits.items()]


def licence_rows(card: ModelCard) -> list[tuple[str, str]]:
    """Rows with the strictest licence, the licences of weights, training data and code, and the attribution that they require."""
    said = card.licences
    rows = [("use", card.use), ("weights", said.weights), ("training data", said.data), ("code", said.code)]
    return rows + ([("attribution", card.attribution)] if card.attribution else [])


def size(card: ModelCard) -> str:
    """The size in MB: exact if the card states bytes, else as published."""
    if all(file.size is not None for file in card.parts):
        return f"{sum(file.size or 0 for file in card.parts) / 1e6:,.1f} MB"
    return f"about {card.size_said}" if card.size_said else "size not published"


def _wanted(card: ModelCard, file: CardFile) -> Expected | None:
    """The expected hash of a file; None if the pins are damaged, so that the card can still be shown."""
    try:
        return expected(card, file)
    except WeightsError:
        return None


def _where(card: ModelCard, file: CardFile) -> str:
    if card.embedded:
        return "contained in resefa"
    if file.url:
        return file.url
    if card.package:
        return f"in the package {card.package} {card.package_version} of your pip index"
    return f"manual download: {card.by_hand}"
