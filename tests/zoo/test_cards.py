"""The cards: complete, consistent, and claiming nothing that nobody published."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from resefa.errors import ModelError, RegionError
from resefa.generators.registry import FAMILIES
from resefa.regions.presets import preset_families
from resefa.regions.region import Region
from resefa.zoo.cards import KINDS, card, card_in_place_of_a_file, cards

CARDS = {card.name: card for card in cards()}


def test_the_networks_of_the_paper_and_their_successors():
    wanted = {
        "toon-faces",
        "toon-faces-64",
        "faces-dcgan",
        "biggan-128",
        *(f"biggan-deep-{size}" for size in (128, 256, 512)),
        "stylegan1-bedroom",
    }
    wanted |= {f"stylegan2-{name}" for name in ("ffhq", "church", "car", "horse", "cat")}
    ada = ("ffhq", "metfaces", "afhqcat", "afhqdog", "afhqwild", "brecahad", "cifar10")
    wanted |= {f"stylegan2-ada-{name}" for name in ada}
    threes = ("ffhq", "ffhqu-1024", "ffhqu-256", "afhqv2", "metfaces", "metfacesu")
    wanted |= {f"stylegan3-{c}-{n}" for c in "tr" for n in threes} | {"stylegan3-t-lhq-256"}
    faces = (
        "ffhq-1024",
        "ffhq-512",
        "ffhq-256",
        "ffhqu-1024",
        "ffhqu-256",
        "celebahq-256",
        "metfaces-1024",
        "metfacesu-1024",
    )
    others = ("afhqv2-512", "afhqcat-512", "afhqdog-512", "afhqwild-512", "brecahad-512", "cifar10-32", "lsundog-256")
    wanted |= {f"stylegan2-{name}" for name in (*faces, *others)}
    assert {name for name, card in CARDS.items() if card.kind == "generator"} == wanted


FETCHED = ("faces-dcgan", "efficientnet-lite0")
"""Cards whose file comes from a package, with a hash of our own making."""
EMBEDDED = tuple(name for name, card in CARDS.items() if card.embedded)
"""Cards of weights trained for this project; all cards but these and ``FETCHED`` were never fetched here."""


@pytest.mark.parametrize("name", CARDS)
def test_a_card_is_whole(name):
    card = CARDS[name]
    file = resources.files("resefa.zoo") / "cards" / f"{name}.toml"
    assert file.is_file() and len(card.resolution) == 2
    assert (card.family in FAMILIES and card.latent) if card.kind == "generator" else card.kind in KINDS
    assert card.presets in ("", *preset_families())
    assert card.title and card.description.endswith(".") and card.source.startswith("https://")
    assert file.read_text(encoding="utf-8").startswith("# Facts from "), "say where the facts are from"
    for part in card.parts:
        assert re.fullmatch(r"[\w.-]+", part.name)
        assert part.addresses or card.package or card.by_hand or card.embedded, "there is a way to it"
        assert all(address.startswith("https://") for address in part.addresses)
        assert len(set(part.addresses)) == len(part.addresses)
        assert part.sha256 == "" or re.fullmatch(r"[0-9a-f]{64}", part.sha256)
        if name not in (*FETCHED, *EMBEDDED):
            assert bool(part.mirrored_by) == bool(part.sha256), (
                "no publisher gives a checksum: it is a third party's word"
            )
            assert part.size is None or part.mirrored_by
    if name not in (*FETCHED, *EMBEDDED):
        assert card.untried and card.citation


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_three_licences_and_the_strictest(name):
    card = CARDS[name]
    each = (card.licences.code, card.licences.weights, card.licences.data)
    assert all(each) and all(text in card.licence for text in (*each, card.use))
    forbids = any("non-commercial" in text.lower() or "-nc" in text.lower() for text in each)
    assert card.use.startswith("non-commercial" if forbids else ("permissive", "not stated"))
    assert card.restricted == (not card.use.startswith("permissive"))


def test_models_of_digiface_are_not_for_commercial_use():
    card = CARDS["faces-dcgan"]
    assert "R-UDA" in card.licences.data and "5.5" in card.licences.data and "commercial" in card.licences.weights
    assert not card.licences.weights.startswith("MIT") and card.restricted


def test_named_parts_only_where_faces_are_aligned():
    for each in CARDS.values():
        aligned = each.description.startswith("Aligned faces") or each.name in (
            "faces-dcgan",
            "toon-faces",
            "toon-faces-64",
        )
        assert bool(each.presets) == aligned, each.name


def test_the_catalogue_has_two_addresses_the_newer_first():
    for name, each in CARDS.items():
        if "api.ngc.nvidia.com" in each.url:
            assert each.url.endswith(f"/1/files?redirect=true&path={each.file_name}"), name
            assert each.other_urls[0].endswith(f"/versions/1/files/{each.file_name}"), name


def test_a_card_is_found_by_the_name_of_its_file():
    assert card("stylegan2-ffhq-256x256").name == "stylegan2-ffhq-256"
    assert card("stylegan3-t-ffhq-1024x1024").name == "stylegan3-t-ffhq"
    with pytest.raises(ModelError, match="did you mean stylegan2-ffhq"):
        card("stylegan2-fhq")


def test_a_card_where_a_file_was_expected():
    assert "resefa models info faces-dcgan" in card_in_place_of_a_file("faces-dcgan")
    assert card_in_place_of_a_file("faces.pt") == ""


def test_images_without_named_parts_say_what_to_give():
    with pytest.raises(RegionError, match="no presets.*a box"):
        Region.parse("mouth", CARDS["stylegan2-church"].presets)
    assert Region.parse("aligned-ffhq:mouth", "").text and Region.parse("box:0%,0%,50%,50%", "").text
