"""Preset families: every part makes sense at any size, and the numbers are those of their sources."""

from __future__ import annotations

import pytest
import torch

from resefa.errors import RegionError
from resefa.regions.presets import preset_families, preset_family, preset_names
from resefa.regions.region import Region

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
