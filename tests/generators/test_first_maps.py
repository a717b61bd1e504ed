"""``first_maps``: the weights by which a code enters each network."""

from __future__ import annotations

import pytest
import torch
from reference.small import FAMILIES, small_generator

from resefa.errors import UsageError


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_first_maps_of_its_linear_spaces(family):
    generator = small_generator(family)
    for space in generator.linear_spaces:
        motion = generator.motion(space)
        maps = generator.first_maps(motion)
        assert maps.shape[1] == motion.dimensions and maps.any(1).all()
    if "S" in generator.spaces:
        with pytest.raises(UsageError, match="W or W\\+"):
            generator.first_maps(generator.motion("S"))


def test_first_maps_of_biggans_say_which_place_reads_what():
    for family, layers in (("biggan-deep", "2"), ("biggan", "1")):
        generator = small_generator(family)
        motion = generator.motion("Z", layers)
        maps = generator.first_maps(motion)
        place, columns, weights = generator.network.linear_maps()[int(layers)]
        start = [i for i, column in enumerate(columns) if column < generator.network.z_dim]
        assert place == int(layers) and torch.equal(maps, weights[:, start][weights[:, start].any(1)])


def test_style_maps_are_differences_of_styles():
    style = small_generator("stylegan2")
    motion = style.motion("W", "2-4")
    step = torch.randn(motion.dimensions, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    base = style.sample(0, "W+")
    change = style.convert(base.moved(motion.lift(step)), "S").values - style.convert(base, "S").values
    moved = (style.first_maps(motion) @ step).sort().values
    kept = change[0][[i for i, name in enumerate(channel_names(style)) if not name.endswith("torgb")]]
    assert torch.allclose(kept[kept != 0].sort().values, moved, atol=1e-12)


def channel_names(generator):
    return [layer.name for layer in generator.network.style_layers for _ in range(layer.channels)]


def test_the_first_layer_of_a_dcgan_is_its_maps(faces):
    z = faces.sample([0, 1]).values
    made = faces.network.layers[0].conv(z[:, :, None, None]).flatten(1)
    made = made - faces.network.layers[0].conv(0 * z[:, :, None, None]).flatten(1)
    assert torch.allclose(made, z @ faces.first_maps(faces.motion("Z")).T, atol=1e-5)
