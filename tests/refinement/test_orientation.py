"""Orientation: the sign of a direction follows one rule, whatever the solver's sign, the method and the image."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import resefa
from resefa.refinement.orientation import LEAST, MEANINGS, orientation_of, oriented, quantities

BRIGHTER, LOWER, REDDER = MEANINGS


@pytest.fixture(scope="module")
def problem(toons):
    return resefa.RegionProblem(toons, toons.convert(toons.sample([0, 1]), "W"), "mouth")


@pytest.fixture(scope="module")
def found(problem):
    return resefa.discover(problem.generator, problem.code, problem.region, k=4)


def test_the_result_of_discover_does_not_depend_on_the_solvers_sign(problem, found):
    signs = torch.tensor([1.0, -1.0, -1.0, 1.0])
    again = oriented(problem, replace(found, vectors=found.vectors * signs[:, None], facts=None))
    assert torch.equal(again.vectors, found.vectors)
    said = [[(one.orientation, one.orientation_share) for one in each.facts] for each in (again, found)]
    assert said[0] == said[1]
    assert torch.equal(orientation_of(problem, found.vectors).signs, torch.ones(4).double())


def test_plus_has_the_meaning_that_the_facts_state(problem, found):
    """The edit itself, at a small strength, against the text in the facts."""
    edit = problem.region_weights.edit
    for direction in found:
        plus, minus = (resefa.edit(problem.generator, problem.code, direction, [0.05, -0.05])).transpose(0, 1)
        values = quantities((plus - minus).double(), edit).mean(0)
        assert direction.facts is not None and direction.facts.orientation in MEANINGS
        place = MEANINGS.index(direction.facts.orientation)
        assert values[place] > 0 and (values[:place].abs() < 1.2 * LEAST).all()
        assert direction.facts.orientation_share in (0, 0.5, 1)


def test_a_single_image_has_no_share(toons):
    (one,) = resefa.discover(toons, toons.convert(toons.sample(3), "W"), "eyes", k=1)
    assert one.facts is not None and one.facts.orientation and one.facts.orientation_share is None


def test_the_quantities_of_images_with_known_changes():
    edit = torch.zeros(6, 6, dtype=torch.float64)
    edit[1:5, 2:4] = 1
    flat = torch.ones(3, 6, 6, dtype=torch.float64)
    slope = torch.linspace(-1, 1, 6, dtype=torch.float64)[:, None].expand(3, 6, 6)
    red = torch.tensor([0.701, -0.299, -0.299], dtype=torch.float64)[:, None, None] * flat
    found = quantities(torch.stack([flat, -2 * flat, slope, red, 0 * flat]), edit)
    torch.testing.assert_close(found[0], torch.tensor([1.0, 0, 0]).double())
    torch.testing.assert_close(found[1], torch.tensor([-1.0, 0, 0]).double())
    torch.testing.assert_close(found[2], torch.tensor([0.0, 1, 0]).double())
    assert found[3, 2] > 0.9 and found[3, :2].abs().max() < 1e-12
    assert not found[4].any()
    grey = quantities(flat[:1][None], edit)
    torch.testing.assert_close(grey[0], torch.tensor([1.0, 0, 0]).double())


def test_a_sign_with_a_meaning_stays(toons):
    """The direction of InterFaceGAN points to the positive label, so swapped labels give the opposite direction."""
    codes = toons.convert(toons.sample(range(6)), "W")
    labels = [1, 0, 1, 0, 1, 0]
    options = {"k": 1, "method": "interfacegan", "label_codes": codes}
    (one,) = resefa.discover(toons, codes[0], "mouth", labels=labels, **options)
    (other,) = resefa.discover(toons, codes[0], "mouth", labels=[1 - label for label in labels], **options)
    torch.testing.assert_close(one.vector, -other.vector, atol=1e-4, rtol=0)
    assert one.facts.orientation == other.facts.orientation == "towards the positive label"


def test_the_other_methods_are_oriented(toons):
    found = resefa.discover(toons, toons.convert(toons.sample(0), "W"), "mouth", k=2, method="random")
    assert all(one.facts.orientation in MEANINGS for one in found)


def test_show_prints_the_meaning(found):
    from resefa.directions import shown

    text = "\n".join(shown.lines(found))
    assert f"+ is {found[0].facts.orientation} on " in text and "of the analysed images" in text
