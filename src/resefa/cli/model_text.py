"""A model card in words and as data: licence, size, address, whether it is here, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from resefa.zoo.cards import CardFile, ModelCard
from resefa.zoo.store import expected, file_path, is_present, weights_path

UNTRIED = "nobody has tried this download here: its address is as its project states it"
_ORIGINS = {
    "published": "sha256 published",
    "pinned": "sha256 pinned at the first download here",
    "none": "no sha256 published: that of the first download is pinned here",
}


def facts(card: ModelCard) -> dict[str, Any]:
    """For machines: the card, whether and where it is here, and of every file the hash and who says it."""
    known = asdict(card) | {"present": is_present(card), "path": str(weights_path(card))}
    known["files"] = []
    for file in card.parts:
        wanted = expected(card, file)
        here = {"path": str(file_path(card, file)), "hash": wanted.origin if wanted else "none"}
        known["files"].append(asdict(file) | {"sha256": wanted.sha256 if wanted else ""} | here)
    return known


def origin(card: ModelCard) -> str:
    """``"published"``, ``"pinned"`` or ``"none"``: the weakest that one of its files has."""
    found = {wanted.origin if (wanted := expected(card, file)) else "none" for file in card.parts}
    return next(kind for kind in ("none", "pinned", "published") if kind in found)


def table(cards: Sequence[ModelCard]) -> str:
    """A line for each, those that are here first."""
    width = max(len(card.name) for card in cards)
    lines = []
    for card in sorted(cards, key=lambda card: not is_present(card)):
        use = "restricted licence" if card.restricted else "permissive licence"
        state = "here" if is_present(card) else "untried" if card.untried else "not here"
        lines.append(f"{card.name:{width}}  {card.title:46}  {use:18}  {state}")
    ends = (
        "",
        "resefa models info NAME: licence, size, address, hash; resefa models pull NAME: fetch.",
        f"untried: {UNTRIED}.",
    )
    return "\n".join([*lines, *ends])


def description(card: ModelCard) -> str:
    """All that the card says."""
    height, width = card.resolution
    codes = f"codes of {' x '.join(map(str, card.latent))}" if card.kind == "generator" else "for metrics, no generator"
    shape = f"{height} x {width}, {codes}"
    shape += f", {card.classes:,} classes" if card.classes else ""
    rows = [("family", f"{card.family}, {shape}"), ("licence", card.licence), ("source", card.source)]
    if card.citation:
        rows.append(("cite", card.citation))
    if card.kind == "generator":
        rows.append(("named parts", card.presets or "none that fit: mark regions by box, ellipse or mask"))
    rows.append(("size", size(card)))
    for file in card.parts:
        wanted = expected(card, file)
        rows.append(("file", f"{file.name}, {_where(card, file)}"))
        rows.append(("sha256", f"{wanted.sha256} ({wanted.origin})" if wanted else _ORIGINS["none"]))
    rows.append(("state", _state(card)))
    if card.untried:
        rows.append(("untried", UNTRIED))
    return "\n".join([f"{card.name}: {card.title}", card.description, *(f"  {key:<12}{text}" for key, text in rows)])


def size(card: ModelCard) -> str:
    """The size in MB, as bytes where known, else in the project's words."""
    if all(file.size is not None for file in card.parts):
        return f"{sum(file.size or 0 for file in card.parts) / 1e6:,.1f} MB"
    return f"about {card.size_said}" if card.size_said else "size not published"


def _where(card: ModelCard, file: CardFile) -> str:
    return file.url or f"the package {card.package} {card.package_version} of your pip index"


def _state(card: ModelCard) -> str:
    return f"present, {weights_path(card)}" if is_present(card) else f"not here: resefa models pull {card.name}"
