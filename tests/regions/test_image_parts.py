"""Parts of an image: names, groups, sides, specks, and refusals of segmenters that do not segment."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from reference.blob import ColourSegmenter, blob_generator, disc_mask

import resefa
from resefa.errors import RegionError
from resefa.segmenters import PartGroup, parts_of


class Labels:
    """A segmenter that returns given labels, whatever the images."""

    fingerprint = "given"

    def __init__(self, labels, names=("ground", "eyes", "Upper_Lip"), groups=None):
        self.labels, self.names = torch.as_tensor(labels), names
        self.groups = {
            "left-eye": PartGroup(("eyes",), "left"),
            "right-eye": PartGroup(("eyes",), "right"),
            **(groups or {}),
        }

    def __call__(self, images):
        return self.labels.expand(len(images), *self.labels.shape)


def parts(labels, **options):
    labels = np.asarray(labels)
    return parts_of(torch.zeros(1, 3, *labels.shape), Labels(labels, **options))[0]


def eyes(*columns, size=128):
    """Labels with an eye of 6 x 6 pixels at each column."""
    labels = np.zeros((size, size), dtype=int)
    for column in columns:
        labels[40:46, column : column + 6] = 1
    return labels


def test_left_and_right_are_the_viewers_and_split_between_the_outermost_columns():
    found = parts(eyes(70, 110))  # both in the image's right half
    assert np.nonzero(found.mask("left-eye"))[1].max() < 80 and np.nonzero(found.mask("right-eye"))[1].min() >= 110
    assert np.array_equal(found.mask("left-eye") | found.mask("right-eye"), found.mask("eyes"))


@pytest.mark.parametrize("column, side, other", [(20, "left-eye", "right-eye"), (90, "right-eye", "left-eye")])
def test_a_single_area_belongs_to_its_half_of_the_image(column, side, other):
    found = parts(eyes(column))
    assert found.mask(side).sum() == 36 and not found.mask(other).any()
    assert found.present == ["ground", "eyes", side]


def test_specks_are_no_part_of_the_image():
    labels = eyes(30, 80)
    labels[0, :3] = 1  # would move the middle between the eyes
    labels[100, 100] = 2
    found = parts(labels)
    assert found.mask("eyes").sum() == 72 and not found.mask("upper-lip").any()
    assert found.mask("left-eye").sum() == found.mask("right-eye").sum() == 36


def test_a_group_precedes_a_label_of_its_name():
    labels = eyes(30)
    labels[60:70, 30:40] = 2
    assert parts(labels, groups={"Eyes": PartGroup(("eyes", "Upper Lip"))}).mask("eyes").sum() == 36 + 100


def test_an_unknown_part_is_named_with_those_that_exist():
    with pytest.raises(RegionError, match="'upper-lips'.*did you mean upper-lip.*ground, eyes, upper-lip, left-eye"):
        parts(eyes(30)).mask("upper-lips")


@pytest.mark.parametrize(
    "labels, words",
    [
        (torch.zeros(4, 4), "float32"),
        (torch.zeros(2, 4, dtype=torch.long), r"\(1, 2, 4\)"),
        (torch.full((4, 4), 3), "labels from 3 to 3, but names 3"),
        (torch.full((4, 4), -1), "labels from -1"),
    ],
)
def test_a_segmenter_that_returns_other_than_labels_is_refused(labels, words):
    with pytest.raises(RegionError, match=words):
        parts_of(torch.zeros(1, 3, 4, 4), Labels(labels))


@pytest.mark.parametrize("value, words", [(len, "names"), (ColourSegmenter, "is a class"), ("mouth", "__call__")])
def test_a_segmenter_without_a_member_is_refused_where_it_is_given(value, words):
    with pytest.raises(RegionError, match=words):
        blob_generator(segmenter=value)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=2))
def test_the_region_follows_the_blob(place):
    generator = blob_generator()
    code = resefa.LatentCode(torch.tensor([[*place, 0, 0, 0, 0, 0, -1]], dtype=torch.float64), "Z")
    (region,) = resefa.Region.part("blob").on(generator.synthesize(code), generator.segmenter)
    assert torch.equal(region.weights(*generator.resolution).edit, disc_mask(code).double())


def test_absent_parts_add_nothing_unless_the_region_is_empty():
    generator = blob_generator()
    code = resefa.LatentCode(torch.tensor([[0.0] * 7 + [-1.0], [0.0] * 7 + [1.0]], dtype=torch.float64), "Z")
    images = generator.synthesize(code)
    without, with_hat = resefa.Region.parse("part:blob+part:hat").on(images, generator.segmenter)
    assert with_hat.weights(24, 24).edit_pixels == without.weights(24, 24).edit_pixels + 16
    with pytest.raises(RegionError, match="image 0, which has no hat;.*background, blob, things"):
        resefa.Region.part("hat").on(images, generator.segmenter)
    protected, ignored = resefa.Region.part("blob").protecting(resefa.Region.part("things")), resefa.Region.part("blob")
    assert protected.on(images[1:], generator.segmenter)[0].weights(24, 24).protect_pixels == 16
    ignored = ignored.ignoring(resefa.Region.part("hat")).on(images, generator.segmenter)
    assert [region.weights(24, 24).protect_pixels for region in ignored] == [24 * 24 - 52, 24 * 24 - 52 - 16]
