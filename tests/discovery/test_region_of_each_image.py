"""A list of regions gives each image its region."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.discovery import EditSpace
from resefa.errors import RegionError

BOXES = ["box:1,1,3,3", "box:2,2,4,4", "box:0,3,5,4"]


@pytest.fixture
def code(style):
    return style.sample([0, 1, 2], "W")


def grams(style, code, region):
    session = resefa.Session(cache=resefa.JacobianCache())
    return resefa.RegionProblem(style, code, region, EditSpace(weighting="plain"), session).gram_sums().grams


def test_sums_are_those_of_each_image_in_its_region(style, code):
    singles = [grams(style, one, box) for one, box in zip(code, BOXES, strict=True)]
    for found, each in zip(grams(style, code, BOXES), zip(*singles, strict=True), strict=True):
        assert torch.allclose(found.total, sum(one.total for one in each), rtol=1e-10)


def test_the_result_has_the_mean_of_the_regions_and_serves_edits(style, code, tmp_path):
    found = resefa.discover(style, code, BOXES, k=1)
    size = style.resolution
    weights = [resefa.Region.parse(box).weights(*size).edit for box in BOXES]
    assert torch.allclose(found.edit.double(), sum(weights) / 3, atol=1e-6)
    assert found.provenance.region.startswith("mean[3 regions")
    found.save(tmp_path / "found.safetensors")
    again = resefa.Directions.load(tmp_path / "found.safetensors")
    assert resefa.edit(style, style.sample(5, "W"), again[0], 1.0).shape[0] == 1


def test_equal_regions_are_one_region(style, code):
    assert resefa.RegionProblem(style, code, [BOXES[0]] * 3).region == resefa.Region.parse(BOXES[0])


def test_another_number_of_regions_is_refused(style, code):
    with pytest.raises(RegionError, match=r"2 regions, but there are 3 images.*box:1,1,3,3\+box"):
        resefa.RegionProblem(style, code, BOXES[:2])
