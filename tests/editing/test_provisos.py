"""What pictures do not say by themselves is said: changes not reached, other conditions, slips of the hand."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

import resefa
from resefa.editing.provisos import other_conditions, unreached
from resefa.editing.search import Side
from resefa.editing.strength import Calibration
from resefa.errors import ResefaWarning, UsageError
from resefa.latents.conditions import Conditions
from resefa.metrics.change import Change


@pytest.fixture(scope="module")
def mouth(faces):
    return resefa.discover(faces, faces.sample(4), "mouth", k=2)


def test_a_change_out_of_reach_is_a_warning_and_a_flag(faces, mouth):
    with pytest.warns(ResefaWarning, match=r"not shown in full in 1 of 1 image \(seed 4: -1 reaches .* of 2"):
        resefa.edit(faces, faces.sample(4), mouth[0], [-1, 1], change=2.0)
    found = resefa.calibrate(faces, faces.sample(4), mouth[0], 2.0)
    assert not found.attained and not found.up.attained and found.up.reason and found.plus.inside < 2
    assert [note.split(" reaches ")[0] for note in found.notes([-1, 0, 1])] == ["-1", "+1"]
    assert found.notes([0, 1]) == found.notes([-1, 0, 1])[1:]


def test_a_side_out_of_reach_is_shown_no_longer_and_says_so():
    nothing = Side(1.0, Change(0.04, 0.1), attained=False, furthest=1.0, reason="the end")
    found = Calibration(0.05, up=nothing, down=nothing)
    assert found.notes([1]) == ["+1 reaches 0.04 of 0.05"]
    assert found.notes([1, 1.5]) == ["+1 reaches 0.04 of 0.05, and +1.5 shows no more"]
    assert found.alpha(1.5) == found.alpha(1)


def test_what_is_reached_is_no_warning(faces, mouth):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resefa.edit(faces, faces.sample(4), mouth[0], [-1, 1], change=0.03)


def test_many_images_are_one_sentence():
    sentence = unreached({f"seed {i}": ["+1 reaches 0.02 of 0.05"] for i in range(9)}, 12)
    assert "9 of 12 images" in sentence and "and 6 more" in sentence and sentence.count("reaches") == 3


def test_other_conditions_are_told_by_name(mouth):
    found = replace(mouth[0], provenance=replace(mouth[0].provenance, truncation=0.7, label=3))
    sentence = other_conditions(found, Conditions())
    assert "found under truncation=0.7, label=3" in sentence and "generator.under(truncation=0.7, label=3)" in sentence
    assert other_conditions(found, Conditions(truncation=0.7, label=3)) == ""
    assert other_conditions(mouth[0], Conditions()) == ""
    imported = replace(mouth[0], provenance=replace(mouth[0].provenance, truncation=None, noise=""))
    assert other_conditions(imported, Conditions(truncation=0.5)) == ""


@pytest.mark.parametrize("strengths", [2.0, 2, [2.0], (2.0,), np.array([2.0]), np.float32(2), torch.tensor(2.0)])
def test_strengths_of_any_kind(faces, mouth, strengths):
    images = resefa.edit(faces, faces.sample(4), mouth[0], strengths)
    assert images.shape == (1, 1, 3, 64, 64)
    assert torch.allclose(images[0, 0], faces.synthesize(faces.sample(4).moved(2.0 * mouth[0].vector))[0], atol=1e-5)


@pytest.mark.parametrize(
    ("strengths", "said"),
    [([], "No strength"), ("2", "not numbers"), (None, "not numbers"), ([1, float("inf")], "strength inf")],
)
def test_strengths_that_are_none(faces, mouth, strengths, said):
    with pytest.raises(UsageError, match=said):
        resefa.edit(faces, faces.sample(4), mouth[0], strengths)


def test_a_whole_file_of_directions_is_not_moved_along_by_mistake(faces, mouth):
    with pytest.raises(UsageError, match=r"choose directions\[0\]"):
        resefa.edit(faces, faces.sample(4), mouth, [1.0])
    with pytest.raises(UsageError, match="type Tensor"):
        resefa.edit(faces, faces.sample(4), mouth.vectors[0], [1.0])
    both = resefa.edit(faces, faces.sample(4), [mouth[0], mouth[1]], [1.0])
    assert both.shape == (1, 1, 3, 64, 64)


@pytest.mark.parametrize("change", [0, -1, 4, float("nan"), "0.05"])
def test_changes_that_are_none(faces, mouth, change):
    with pytest.raises(UsageError, match="between 0 and 4"):
        resefa.calibrate(faces, faces.sample(4), mouth[0], change)
