"""Edits do what they say: raw steps, calibrated strengths, locality on the real generator."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.errors import UsageError
from resefa.metrics.change import region_change


@pytest.fixture(scope="module")
def mouth(toons):
    return resefa.discover(toons, toons.sample(4), "mouth", k=2)


def test_strength_zero_is_the_image_and_raw_steps_are_alpha(toons, mouth):
    code = toons.sample([4, 5])
    images = resefa.edit(toons, code, mouth[0], [0, 2.0])
    assert images.shape == (2, 2, 3, 64, 64)
    assert torch.allclose(images[:, 0], toons.synthesize(code), atol=1e-5)
    assert torch.allclose(images[:, 1], toons.synthesize(code.moved(2.0 * mouth[0].vector)), atol=1e-5)


def test_strength_one_is_the_stated_change_on_both_sides(toons, mouth):
    code = toons.sample(4)
    images = resefa.edit(toons, code, mouth[0], [-1, 1], change=0.03)[0]
    for change in region_change(images, toons.synthesize(code), mouth.edit, mouth.protect):
        assert change.inside == pytest.approx(0.03, rel=1e-2)


@pytest.mark.parametrize("region", ["mouth", "eyes"])
def test_the_best_direction_is_far_more_local_than_a_random_one(toons, region):
    measured = []
    for seed in (7, 10):
        code = toons.sample(seed)
        measured.append(resefa.locality(toons, code, resefa.discover(toons, code, region)[0]).against_random)
    assert max(measured) < 0.5


def test_directions_of_several_images_are_one_set(toons):
    found = resefa.discover(toons, toons.sample([4, 6, 10]), "mouth", k=2)
    assert found.codes.shape == (3, 128) and found.provenance.seeds == (4, 6, 10)


def test_strengths_must_be_numbers(toons, mouth):
    with pytest.raises(UsageError):
        resefa.edit(toons, toons.sample(4), mouth[0], [float("nan")])


def test_a_label_leaves_out_the_family_of_a_preset_and_keeps_shapes(toons, mouth):
    assert mouth[0].name == "mouth #0" and mouth.provenance.region == "toon-faces:mouth"
    box = resefa.discover(toons, toons.sample(4), "box:40,18,14,28+eyes", k=1)
    assert "box:40,18,14,28" in box[0].name and "toon-faces" not in box[0].name


def test_a_composition_adds_what_is_swept_and_what_is_held(toons, mouth):
    code = toons.sample(4)
    eyes = resefa.discover(toons, code, "eyes", k=1)
    both = resefa.Composition(((mouth[0], 1.0), (mouth[1], -0.5)), held=((eyes[0], 2.0),))
    images = resefa.edit(toons, code, both, [0, 3.0])[0]
    held = 2.0 * eyes[0].vector
    swept = 3.0 * (mouth[0].vector - 0.5 * mouth[1].vector)
    assert torch.allclose(images[0], toons.synthesize(code.moved(held))[0], atol=1e-5)
    assert torch.allclose(images[1], toons.synthesize(code.moved(held + swept))[0], atol=1e-5)
    assert both.name == "mouth #0 + mouth #1 x -0.5, with eyes #0 at 2" and both.single is None
    assert torch.equal(both.edit, torch.maximum(mouth.edit, eyes.edit))


def test_a_held_direction_is_calibrated_to_its_own_region(toons, mouth):
    code = toons.sample(4)
    eyes = resefa.discover(toons, code, "eyes", k=1)
    held = resefa.Composition(((mouth[0], 1.0),), held=((eyes[0], -1.0),))
    (image,) = resefa.edit(toons, code, held, [0.0], change=0.03)[0]
    (change,) = region_change(image[None], toons.synthesize(code), eyes.edit, eyes.protect)
    assert change.inside == pytest.approx(0.03, rel=1e-2)


def test_a_composition_of_nothing_or_of_no_number_is_refused(mouth):
    with pytest.raises(UsageError, match="at least one"):
        resefa.Composition(())
    with pytest.raises(UsageError, match="finite"):
        resefa.Composition(((mouth[0], float("inf")),))
