"""Directions fitted to a generator: conditions, codes, regions; warnings for changes not reached; refused arguments."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

import resefa
from resefa.editing import under_conditions_of
from resefa.editing.edit import unreached
from resefa.editing.strength import Calibration
from resefa.editing.strength_search import Side
from resefa.errors import ResefaWarning, UsageError
from resefa.latents.conditions import Conditions
from resefa.metrics.change import Change


@pytest.fixture(scope="module")
def mouth(toons):
    return resefa.discover(toons, toons.sample(4), "mouth", k=2)


def test_a_change_out_of_reach_is_a_warning_and_a_flag(toons, mouth):
    with pytest.warns(
        ResefaWarning, match=r"1 of 1 image does not reach .*change \(seed 4: -1 reaches .* instead of 2"
    ):
        resefa.edit(toons, toons.sample(4), mouth[0], [-1, 1], change=2.0)
    found = resefa.calibrate(toons, toons.sample(4), mouth[0], 2.0)
    assert not found.attained and not found.up.attained and found.up.reason and found.plus.inside < 2
    assert [note.split(" reaches ")[0] for note in found.notes([-1, 0, 1])] == ["-1", "+1"]
    assert found.notes([0, 1]) == found.notes([-1, 0, 1])[1:]


def test_a_side_out_of_reach_is_shown_no_longer_and_says_so():
    nothing = Side(1.0, Change(0.04, 0.1), attained=False, furthest=1.0, reason="the end")
    found = Calibration(0.05, up=nothing, down=nothing)
    assert found.notes([1]) == ["+1 reaches a change of 0.04 instead of 0.05"]
    assert found.notes([1, 1.5]) == ["+1 reaches a change of 0.04 instead of 0.05, and +1.5 reaches no more"]
    assert found.alpha(1.5) == found.alpha(1)


def test_what_is_reached_is_no_warning(toons, mouth):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resefa.edit(toons, toons.sample(4), mouth[0], [-1, 1], change=0.03)


def test_many_images_are_one_sentence():
    sentence = unreached({f"seed {i}": ["+1 reaches 0.02 of 0.05"] for i in range(9)}, 12)
    assert "9 of 12 images" in sentence and "and 6 more" in sentence and sentence.count("reaches") == 3


@pytest.fixture(scope="module")
def found(style):
    """Directions found under truncation 0.7 and without noise, in W."""
    generator = style.under(truncation=0.7, noise="none")
    return resefa.discover(generator, generator.sample([1, 2], "W"), "box:0,0,8,8", k=2)


def test_conditions_of_the_directions_hold_where_nobody_set_any(style, found):
    wanted = resefa.edit(style.under(truncation=0.7, noise="none"), style.sample(3), found[0], [0, 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(resefa.edit(style, style.sample(3), found[0], [0, 2]), wanted)
    assert under_conditions_of(style, found[0]).conditions == Conditions(truncation=0.7, noise="none")
    assert style.conditions == Conditions()


def test_conditions_that_were_set_hold_one_by_one_and_a_warning_says_both(style, found):
    generator = style.under(truncation=1.0)
    with pytest.warns(ResefaWarning, match=r"found under truncation=0\.7; .* under truncation=1\.0"):
        images = resefa.edit(generator, style.sample(3), found[0], 2)
    assert torch.equal(images, resefa.edit(style.under(truncation=1.0, noise="none"), style.sample(3), found[0], 2))
    assert under_conditions_of(generator, found[0]).conditions == Conditions(noise="none")


def test_figures_follow_the_same_rule(style, found):
    generator, code = style.under(truncation=0.7, noise="none"), style.sample(3)
    assert resefa.calibrate(style, code, found[0], 0.01) == resefa.calibrate(generator, code, found[0], 0.01)
    assert resefa.locality(style, code, found[0], 0.01) == resefa.locality(generator, code, found[0], 0.01)
    sweeps = [resefa.Sweep(one, code, found[0], [-1, 1]) for one in (style, generator)]
    assert sweeps[0].measured == sweeps[1].measured


def test_another_tools_file_states_no_conditions(style, found):
    imported = replace(found[0], provenance=replace(found[0].provenance, truncation=None, noise=""))
    assert under_conditions_of(style, imported) is style


def test_conditions_that_the_generator_does_not_have(toons, mouth):
    odd = replace(mouth[0], provenance=replace(mouth[0].provenance, label=3))
    with pytest.raises(UsageError, match=r"label=3, which toon-faces-64 does not support; set no label"):
        resefa.edit(toons, toons.sample(4), odd, 1)
    with pytest.warns(ResefaWarning, match="label=3"):
        resefa.edit(toons.under(label=None), toons.sample(4), odd, 1)


def test_without_a_code_the_analysed_images_are_edited(style, found):
    assert torch.equal(
        resefa.edit(style, None, found[0], [0, 2]),
        resefa.edit(style, resefa.LatentCode(found.codes.to(style.dtype), "W", (1, 2)), found[0], [0, 2]),
    )
    assert [sweep.label for sweep in resefa.Sweep.each(style, None, found[0], [1], randoms=0)] == ["seed 1", "seed 2"]
    with pytest.raises(UsageError, match=r"2 codes.*Sweep\.each"):
        resefa.Sweep(style, None, found[0], [1])
    with pytest.raises(UsageError, match="no stored latent codes; .* with code"):
        resefa.edit(style, None, resefa.Directions(found.vectors)[0], 1)


def test_a_region_is_needed_to_measure(style, found):
    bare = resefa.Directions(found.vectors, provenance=resefa.directions.Provenance(space="W"))
    with pytest.raises(UsageError, match="change is measured inside a region.*give region"):
        resefa.edit(style, style.sample(3), bare[0], 1, change=0.01)
    generator = style.under(truncation=0.7, noise="none")
    images = resefa.edit(generator, style.sample(3), bare[0], 1, change=0.01, region="box:0,0,8,8")
    assert torch.allclose(images, resefa.edit(style, style.sample(3), found[0], 1, change=0.01))


def test_directions_of_other_weights_are_a_warning(toons, mouth):
    others = replace(mouth, provenance=replace(mouth.provenance, model="older", fingerprint="0" * 64))
    with pytest.warns(ResefaWarning, match="older.*weights.*toon-faces-64"):
        resefa.edit(toons, None, others[0], 1)


@pytest.mark.parametrize("strengths", [2.0, 2, [2.0], (2.0,), np.array([2.0]), np.float32(2), torch.tensor(2.0)])
def test_strengths_of_any_kind(toons, mouth, strengths):
    images = resefa.edit(toons, toons.sample(4), mouth[0], strengths)
    assert images.shape == (1, 1, 3, 64, 64)
    assert torch.allclose(images[0, 0], toons.synthesize(toons.sample(4).moved(2.0 * mouth[0].vector))[0], atol=1e-5)


@pytest.mark.parametrize(
    ("strengths", "said"),
    [([], "empty"), ("2", "strengths='2'"), (None, "strengths=None"), ([1, float("inf")], "contains inf")],
)
def test_strengths_that_are_none(toons, mouth, strengths, said):
    with pytest.raises(UsageError, match=said):
        resefa.edit(toons, toons.sample(4), mouth[0], strengths)


def test_a_whole_file_of_directions_is_not_moved_along_by_mistake(toons, mouth):
    with pytest.raises(UsageError, match=r"directions\[0\]"):
        resefa.edit(toons, toons.sample(4), mouth, [1.0])
    with pytest.raises(UsageError, match="type Tensor"):
        resefa.edit(toons, toons.sample(4), mouth.vectors[0], [1.0])
    both = resefa.edit(toons, toons.sample(4), [mouth[0], mouth[1]], [1.0])
    assert both.shape == (1, 1, 3, 64, 64)


@pytest.mark.parametrize("change", [0, -1, 4, float("nan"), "0.05"])
def test_changes_that_are_none(toons, mouth, change):
    with pytest.raises(UsageError, match="between 0 and 4"):
        resefa.calibrate(toons, toons.sample(4), mouth[0], change)
