"""The cards: complete, consistent, and claiming nothing that nobody published."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from resefa.errors import RegionError
from resefa.generators.families import FAMILIES
from resefa.regions.presets import preset_families
from resefa.regions.region import Region
from resefa.zoo.cards import cards

CARDS = {card.name: card for card in cards()}


def test_the_networks_of_the_paper_and_their_successors():
    wanted = {"faces-dcgan", *(f"biggan-deep-{size}" for size in (128, 256, 512))}
    wanted |= {f"stylegan2-{name}" for name in ("ffhq", "church", "car", "horse", "cat")}
    ada = ("ffhq", "metfaces", "afhqcat", "afhqdog", "afhqwild", "brecahad", "cifar10")
    wanted |= {f"stylegan2-ada-{name}" for name in ada}
    wanted |= {f"stylegan3-{c}-{n}" for c in "tr" for n in ("ffhq", "ffhqu-256", "afhqv2", "metfaces", "metfacesu")}
    assert {name for name, card in CARDS.items() if card.kind == "generator"} == wanted


FETCHED = ("faces-dcgan", "efficientnet-lite0")
"""Cards whose file comes from a package, with a hash of our own making; all others were never fetched here."""


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_whole(name):
    card = CARDS[name]
    file = resources.files("resefa.zoo") / "cards" / f"{name}.toml"
    assert file.is_file() and len(card.resolution) == 2
    assert (card.family in FAMILIES and card.latent) if card.kind == "generator" else card.kind == "features"
    assert card.presets in ("", *preset_families())
    assert card.title and card.description.endswith(".") and card.licence and card.source.startswith("https://")
    for part in card.parts:
        assert re.fullmatch(r"[\w.-]+", part.name) and (part.url.startswith("https://") or card.package)
        assert part.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", part.sha256)
    if name not in FETCHED:
        assert card.untried and card.citation and card.restricted
        assert all(not part.sha256 and part.size is None for part in card.parts), "published nowhere"
        assert file.read_text(encoding="utf-8").startswith("# Facts from "), "say where the facts are from"
    if "nvidia" in card.licence.lower():
        assert "non-commercial" in card.licence


def test_images_without_named_parts_say_what_to_give():
    with pytest.raises(RegionError, match="no named parts: give a box"):
        Region.parse("mouth", CARDS["stylegan2-church"].presets)
    assert Region.parse("aligned-ffhq:mouth", "").text and Region.parse("box:0%,0%,50%,50%", "").text
