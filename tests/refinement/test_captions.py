"""Captions: effects on images whose change is known, the words for them, and captions of directions of a generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import resefa
from resefa.directions import DirectionFacts, Provenance
from resefa.errors import UsageError
from resefa.refinement.caption_words import Kinds, Observation, caption, phrases
from resefa.refinement.captions import captioned, named_by_captions, part_name
from resefa.refinement.image_effects import PartMasks, effects
from resefa.refinement.read_kinds import colour_name, read_kinds

WHOLE = torch.ones(32, 32)


def plain(red, green, blue):
    return torch.tensor([red, green, blue])[:, None, None].expand(3, 32, 32).clone()


def square(row, column, size=10, value=1.0):
    """A bright square on a grey ground, with soft edges."""
    image = plain(-0.2, -0.2, -0.2)
    image[:, row : row + size, column : column + size] = value
    return torch.nn.functional.avg_pool2d(image[None], 5, 1, 2)[0]


def words(before, after, part="hair", masks=None):
    seen = Observation(effects(before, after, WHOLE, masks, opens=part == "mouth"), {})
    return [one.text for one in phrases([seen], part)]


@pytest.mark.parametrize(
    "before, after, said",
    [
        ((0, 0, 0), (0.3, 0.3, 0.3), "brightens the hair"),
        ((0, 0, 0), (-0.3, -0.3, -0.3), "darkens the hair"),
        ((0, 0, 0), (0.3, -0.1, -0.1), "makes the hair redder"),
        ((0, 0, 0), (-0.1, -0.05, 0.4), "makes the hair bluer"),
        ((0, 0, 0), (-0.2, 0.15, -0.2), "makes the hair greener"),
        ((0, 0, 0), (0.1, 0.1, -0.4), "makes the hair yellower"),
    ],
)
def test_a_change_of_colour_is_named(before, after, said):
    assert said in words(plain(*before), plain(*after))
    assert words(plain(*before), plain(*before)) == []


@pytest.mark.parametrize("shift, said", [((2, 0), "down"), ((-2, 0), "up"), ((0, 2), "right"), ((0, -2), "left")])
def test_a_shift_is_seen_without_masks(shift, said):
    moved = words(square(10, 10), square(10 + shift[0], 10 + shift[1]))
    assert f"moves the hair {said}" in moved and not any("brightens" in text or "darkens" in text for text in moved)


def test_growth_is_seen_without_masks_and_a_blurred_image_is_smoother():
    assert "enlarges the hair" in words(square(11, 11, 10), square(10, 10, 12))
    sharp = plain(0, 0, 0) + torch.randn(1, 32, 32, generator=torch.Generator().manual_seed(0)) / 2
    assert "smooths the hair" in words(sharp, torch.nn.functional.avg_pool2d(sharp[None], 5, 1, 2)[0])


def test_a_mouth_opens_where_its_area_of_another_lightness_grows():
    skin = plain(0.5, 0.5, 0.5)
    closed, opened = skin.clone(), skin.clone()
    closed[:, 15:17, 8:24] = -0.8
    opened[:, 11:21, 8:24] = -0.8
    assert "opens the mouth" in words(closed, opened, "mouth") and "closes the mouth" in words(opened, closed, "mouth")


def mask(rows, columns):
    found = np.zeros((32, 32), np.bool_)
    found[rows, columns] = True
    return found


def test_masks_tell_opening_widening_and_absence():
    line, tall, wide, none = (
        mask(slice(15, 17), slice(8, 20)),
        mask(slice(11, 21), slice(8, 20)),
        mask(slice(15, 17), slice(4, 28)),
        mask(slice(0, 0), slice(0, 0)),
    )
    same = plain(0, 0, 0)
    assert words(same, same, "mouth", PartMasks(line, tall)) == ["opens the mouth"]
    assert words(same, same, "mouth", PartMasks(line, wide))[0] == "widens the mouth"
    assert words(same, same, "beard", PartMasks(none, tall)) == ["adds a beard"]
    assert words(same, same, "glasses", PartMasks(tall, none)) == ["removes the glasses"]
    assert words(same, same, "beard", PartMasks(none, none)) == []


def seen(kinds=None, reached=1.0, **values):
    return Observation(values, kinds or {}, reached)


def test_images_that_disagree_are_unclear_and_a_majority_is_counted():
    bright, dark = seen(lightness=2.0), seen(lightness=-2.0)
    assert phrases([bright, dark], "hair") == []
    (found,) = phrases([bright, bright, dark], "hair")
    assert str(found) == "brightens the hair (2 of 3)" and found.share == pytest.approx(2 / 3) and found.size == 2
    assert str(phrases([bright] * 3, "hair")[0]) == "brightens the hair"
    assert caption(phrases([bright], "hair"), []) == "+ brightens the hair; - unclear"
    assert caption([], []) == "unclear"


def test_a_sign_that_hardly_changes_the_image_says_so():
    assert [one.text for one in phrases([seen(reached=0.05, lightness=3.0)], "hair")] == ["hardly any change"]


def test_kinds_of_the_part_come_first_and_other_parts_last():
    one = seen({"mouth": Kinds("smile", "agape"), "beard": Kinds("none", "chin")}, lightness=5.0)
    other = seen({"mouth": Kinds("sad", "agape"), "beard": Kinds("none", "chin")}, lightness=5.0)
    assert [each.text for each in phrases([one], "mouth")] == [
        "mouth: smile -> agape",
        "brightens the mouth",
        "also changes the beard",
    ]
    assert phrases([one, other], "mouth")[0].text == "mouth: agape"
    assert phrases([one, other], "beard")[0].text == "adds a beard"
    gone = seen({"glasses": Kinds("round", "none")})
    assert phrases([gone], "glasses")[0].text == "removes the glasses"
    blond = seen({"hair-colour": Kinds("brown", "blond")})
    assert phrases([blond], "hair")[0].text == "hair colour: brown -> blond"


def test_colours_have_names():
    names = [
        colour_name(torch.tensor(rgb))
        for rgb in ([0.02, 0.02, 0.02], [0.84, 0.7, 0.44], [0.45, 0.25, 0.2], [1.0, 1.0, 1.0])
    ]
    assert names == ["black", "blond", "brown", "white"]


@pytest.mark.parametrize(
    "region, part",
    [
        ("toon-faces:mouth", "mouth"),
        ("part:left-eye", "left eye"),
        ("box:1,2,3,4", "region"),
        ("a:mouth + a:eyes", "region"),
        ("", "region"),
    ],
)
def test_the_part_is_named_by_the_region(region, part):
    found = resefa.Directions(torch.eye(1, 3), provenance=Provenance(region=region))
    assert part_name(found[0]) == part


def test_small_images_are_not_read(toons):
    assert read_kinds(toons, toons.synthesize(toons.sample(range(2)))) == [{}, {}]


def test_directions_get_captions_and_keep_names_and_other_facts(toons, tmp_path):
    found = resefa.discover(toons, toons.sample(7), "mouth", k=2, space="W").renamed({0: "smile"})
    done = []
    given = captioned(toons, found, toons.sample([3, 5]), progress=lambda n, total: done.append((n, total)))
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert given[0].name == "smile" and torch.equal(given.vectors, found.vectors)
    texts = [one.facts.caption for one in given]
    assert all(text == "unclear" or (text.startswith("+ ") and "; - " in text) for text in texts), texts
    details = given[0].facts.caption_details
    assert details["images"] == 2 and all(
        0 <= value <= 1 for name, value in details.items() if name[0] in "+-" and ":" not in name[-6:]
    )
    given.save(tmp_path / "mouth.safetensors")
    assert [one.facts.caption for one in resefa.Directions.load(tmp_path / "mouth.safetensors")] == texts


def test_captions_become_names_of_directions_without_a_name():
    facts = (DirectionFacts(caption="+ a; - b"), DirectionFacts(caption="+ c; - d"), DirectionFacts(caption="unclear"))
    found = resefa.Directions(torch.eye(3), facts=facts).renamed({0: "smile"})
    assert [one.name for one in named_by_captions(found)] == ["smile", "+ c; - d", "direction #2"]
    assert [one.name for one in named_by_captions(found, overwrite=True)] == ["+ a; - b", "+ c; - d", "direction #2"]


def test_directions_without_a_region_are_refused(toons):
    with pytest.raises(UsageError, match="region"):
        captioned(toons, resefa.Directions(torch.eye(1, 128), provenance=Provenance(space="W")), toons.sample(0))
