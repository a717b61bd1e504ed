"""``cut``: a record of the generator of an intermediate image."""

from __future__ import annotations

import pytest
import torch
from reference.small import small_generator, small_record

from resefa.checkpoints.cut import cut
from resefa.errors import ModelError
from resefa.generators.registry import generator_of


@pytest.fixture(scope="module")
def record():
    return small_record("stylegan2")


def test_images_equal_the_intermediate_images_at_every_height(record):
    whole = generator_of(record, "whole", dtype=torch.float64)
    for height, width in whole.network.synthesis.intermediate_sizes:
        small = generator_of(cut(record, height, "small"), "small", dtype=torch.float64)
        assert small.resolution == (height, width)
        image = small.synthesize(small.sample([1, 2], "Z"))
        assert torch.equal(image, whole.at_resolution(height).synthesize(whole.sample([1, 2], "Z")))


def test_layers_after_the_image_are_absent(record):
    small = generator_of(cut(record, 8, "small"), "small")
    assert small.layer_resolutions == (4, 8, 8, 8)  # the last w is that of the last ToRGB
    assert small.spaces["S"].dimensions < small_generator("stylegan2").spaces["S"].dimensions
    assert record.config["blocks"][-1] > 8, "the record itself is unchanged"


def test_other_heights_and_networks_are_refused(record):
    with pytest.raises(ModelError, match="at 5 rows; choose one of 4, 8"):
        cut(record, 5, "small")
    with pytest.raises(ModelError, match="only a StyleGAN2 of the architecture skip"):
        cut(small_record("stylegan3"), 8, "small")
