"""The resolution that a file, a record or a card claims, and the one that its network makes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reference.small import small_record, small_tensors

from resefa.errors import ModelError
from resefa.generators.registry import check_resolution, generator_of

WITH_CLAIM = ("stylegan3", "biggan", "biggan-deep")


@pytest.mark.parametrize("family", WITH_CLAIM)
def test_a_records_claim_is_held_against_the_network(family):
    record = small_record(family)
    assert generator_of(record, family).resolution == (record.config["resolution"],) * 2
    with pytest.raises(ModelError, match="should make images of 77 x 77 pixels"):
        generator_of(replace(record, config={**record.config, "resolution": 77}), family)


def test_a_cards_claim_is_held_against_the_network():
    generator = generator_of(small_record("stylegan2"), "tiny")
    height, width = generator.resolution
    check_resolution([height, width], generator, "tiny")
    with pytest.raises(ModelError, match=f"1024 x 1024 pixels, but the network in the file makes {height} x {width}"):
        check_resolution([1024, 1024], generator, "tiny")


@pytest.mark.parametrize("family", ["stylegan2", "stylegan3"])
@pytest.mark.parametrize(
    "key", ["img_resolution", "resolution", "image_size", "img_channels", "z_dim", "c_dim", "w_dim"]
)
def test_settings_beside_a_state_dict_are_held_against_its_tensors(family, key):
    tensors, settings, reader = small_tensors(family)
    with pytest.raises(ModelError, match=f"states {key} 77, but its tensors imply"):
        reader(tensors, "g.pth", {**(settings or {}), key: 77})


@pytest.mark.parametrize("key, value", [("architecture", "resnet"), ("use_noise", False)])
def test_settings_of_the_kind_of_network_are_too(key, value):
    tensors, settings, reader = small_tensors("stylegan2")
    with pytest.raises(ModelError, match=f"states {key} {value}"):
        reader(tensors, "g.pth", {**(settings or {}), key: value})
    # Words of a hub's configuration under the same name mean something else.
    reader(tensors, "g.pth", {**(settings or {}), "architecture": "StyleGAN2Generator"})
