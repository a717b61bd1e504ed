"""Preset families: every part makes sense at any size, and the numbers are those of their sources."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import RegionError
from resefa.regions.presets import preset_families, preset_family, preset_names
from resefa.regions.region import Region
from resefa.worlds import ToonWorld

ALL_PARTS = [(family, name) for family in preset_families() for name in preset_names(family)]


def test_families_describe_themselves() -> None:
    assert preset_families() == ["aligned-ffhq", "faces-dcgan", "toon-faces"]
    for name in preset_families():
        family = preset_family(name)
        assert family.name == name
        assert family.description.endswith(".")
        assert family.source


@pytest.mark.parametrize(("family", "name"), ALL_PARTS)
def test_every_part_works_at_any_size(family: str, name: str) -> None:
    region = Region.preset(name, family)
    assert region.weights(64, 64).edit_pixels >= 40
    fine = region.weights(256, 256).resized(64, 64)
    torch.testing.assert_close(fine.edit, region.weights(64, 64).edit, rtol=0, atol=0.05)
    assert Region.parse(region.text) == region


@pytest.mark.parametrize(
    ("name", "center_row", "center_column", "height", "width"),
    [
        ("left-eye", 120, 95, 20, 38),
        ("right-eye", 120, 159, 20, 38),
        ("eyes", 120, 128, 20, 115),
        ("nose", 142, 131, 40, 46),
        ("mouth", 184, 127, 30, 70),
        ("chin", 217, 130, 42, 110),
        ("eyebrows", 105, 126, 15, 118),  # row and column are swapped in the source
    ],
)
def test_aligned_ffhq_is_as_published(name: str, center_row: int, center_column: int, height: int, width: int) -> None:
    published = Region.box(center_row - height // 2, center_column - width // 2, height, width)
    assert torch.equal(Region.preset(name, "ffhq").weights(256, 256).edit, published.weights(256, 256).edit)


@pytest.mark.parametrize(("name", "box"), [("mouth", (46, 19, 14, 27)), ("eyes", (23, 14, 11, 37))])
def test_faces_dcgan_in_pixels(name: str, box: tuple[int, int, int, int]) -> None:
    assert torch.equal(Region.preset(name, "faces-dcgan").weights(64, 64).edit, Region.box(*box).weights(64, 64).edit)


@pytest.mark.parametrize("family", preset_families())
def test_left_is_the_viewers_left_and_eyebrows_are_above_the_eyes(family: str) -> None:
    def center(name: str) -> tuple[float, float]:
        edit = Region.preset(name, family).weights(64, 64).edit
        pixels = torch.arange(64, dtype=torch.float64) + 0.5
        return float((edit.sum(1) @ pixels) / edit.sum()), float((edit.sum(0) @ pixels) / edit.sum())

    assert center("left-eye")[1] < 32 < center("right-eye")[1]
    order = ("eyebrows", "eyes", "nose", "mouth", "chin")
    rows = [center(name)[0] for name in order if name in preset_names(family)]
    assert len(rows) >= 2
    assert rows == sorted(rows)


MASKS = {"eye": "eyes", "eyebrow": "eyebrows", "neck": "body", "face": "head"}
"""Labels of the drawn masks where a preset has another name; ``left-`` and ``right-`` are the halves of the image."""
DRAWN = {
    "mouth": (0.98, 0.90, 0.12), "eyes": (0.98, 0.90, 0.14), "left-eye": (0.98, 0.90, 0.14), "right-eye": (0.98, 0.90, 0.14),
    "eyebrows": (0.98, 0.90, 0.06), "left-eyebrow": (0.98, 0.90, 0.06), "right-eyebrow": (0.98, 0.90, 0.06),
    "glasses": (0.97, 0.90, 0.18), "hair": (0.93, 0.83, 0.55), "rear-hair": (0.93, 0.80, 0.38), "beard": (0.94, 0.80, 0.18),
    "clothes": (0.97, 0.90, 0.12), "neck": (0.97, 0.88, 0.28), "face": (0.93, 0.75, 0.58), "background": (0.40, 0.30, 0.97),
}  # fmt: skip
"""Least share of the drawn part within its preset (mean over heads, and 5 % quantile), and least share of the preset that is the part.

Heads shift, turn and scale, so a box that holds every mouth holds much else too."""


@pytest.fixture(scope="module")
def drawn_labels() -> torch.Tensor:
    world = ToonWorld(64)
    return world.draw(world.sample(128, seed=1)).labels


@pytest.mark.parametrize("name", DRAWN)
def test_toon_faces_on_drawn_heads(name: str, drawn_labels: torch.Tensor) -> None:
    region = Region.preset(name, "toon-faces").weights(64, 64).edit.double()
    side, _, part = name.rpartition("-") if name.startswith(("left-", "right-")) else ("", "", name)
    masks = (drawn_labels == ToonWorld.labels.index(MASKS.get(part, part))).double()
    if side:
        masks[:, :, 32:] *= side == "right"
        masks[:, :, :32] *= side == "left"
    masks = masks[masks.sum((1, 2)) >= 4]
    assert len(masks) >= 32
    common = (masks * region).sum((1, 2))
    inside = common / masks.sum((1, 2))
    mean, most, density = DRAWN[name]
    assert inside.mean() >= mean and inside.quantile(0.05) >= most
    assert common.mean() / region.sum() >= density


def test_every_preset_of_the_drawn_parts_is_checked() -> None:
    unmasked = {"nose", "chin", "figure", "rear-hair-left", "rear-hair-right"}
    assert {*preset_names("toon-faces")} == {*DRAWN} | unmasked


def test_parts_made_of_others() -> None:
    face, background = (Region.preset(name, "faces-dcgan").weights(64, 64).edit for name in ("face", "background"))
    assert torch.equal(background, 1 - face)
    corners = Region.preset("top-corners", "faces-dcgan").weights(64, 64)
    assert corners.edit_pixels == 200


def test_names_are_forgiving() -> None:
    assert (
        Region.preset("Left Eye", "FFHQ") == Region.preset("left_eye", "aligned_ffhq") == Region.preset("ffhq:left-eye")
    )


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(RegionError, match=r"'moth'.*mouth.*left-eye, right-eye"):
        Region.preset("moth", "ffhq")
    with pytest.raises(RegionError, match=r"'faces'.*aligned-ffhq, faces-dcgan"):
        Region.preset("mouth", "faces")
    with pytest.raises(RegionError, match="family of presets"):
        preset_names("../secret")
    with pytest.raises(RegionError, match="'mouth' is neither a shape nor a file.*such as aligned-ffhq:mouth"):
        Region.parse("mouth")
    with pytest.raises(
        RegionError, match=r"no presets.*ffhq:mouth \(families: aligned-ffhq, faces-dcgan, toon-faces\)"
    ):
        Region.preset("mouth")
    # A family that does not exist is no obstacle where none is needed.
    assert Region.parse("box:1,2,3,4", "cars") == Region.box(1, 2, 3, 4)
