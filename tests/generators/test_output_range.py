"""Images of 1, 3 and 4 channels are shown; others are refused when the file is opened."""

from __future__ import annotations

import pytest
import torch
from checkpoints.families.test_dcgan import chain
from reference.small import small_tensors

import resefa
from resefa.checkpoints.families.stylegan2 import stylegan2_record
from resefa.errors import ModelError
from resefa.generators.inspection import inspect
from resefa.generators.output_range import over_white
from resefa.generators.registry import generator_of


def stylegan2(channels: int):
    tensors, settings, _ = small_tensors("stylegan2")
    wider = {}
    for key, value in tensors.items():
        if key.endswith(("torgb.weight", "torgb.bias")):
            value = torch.cat([value, value.flip(0)])[:channels]
        wider[key] = value
    return stylegan2_record(wider, "tiny", settings)


def test_opacity_lays_images_over_white():
    red = torch.tensor([1.0, -1.0, -1.0])[None, :, None, None]
    for opacity, shown in ((1.0, red), (-1.0, torch.ones_like(red)), (5.0, red), (0.0, (red + 1) / 2)):
        image = torch.cat([red, torch.full((1, 1, 1, 1), opacity)], 1)
        assert torch.allclose(over_white(image), shown)


@pytest.mark.parametrize("channels, shown", [(1, 1), (3, 3), (4, 3)])
def test_a_network_of_these_channels_is_shown_and_analysed(channels, shown):
    generator = generator_of(stylegan2(channels), "tiny", dtype=torch.float64)
    code = generator.sample(0, "W")
    images = generator.synthesize(code)
    assert generator.channels == shown and images.shape[1] == shown
    raw = generator.network.synthesis(generator.convert(code, "S").values)
    assert torch.equal(images, over_white(raw))
    found = resefa.discover(generator, code, resefa.Region.box(2, 2, 6, 6), k=2)
    assert found.residuals.max() < 1e-8


@pytest.mark.parametrize("channels", [2, 5, 6])
def test_other_channels_are_refused(channels):
    with pytest.raises(ModelError, match=f"images with {channels} channels"):
        generator_of(stylegan2(channels), "tiny")


def test_inspect_says_how_transparent_images_are_shown(tmp_path):
    state = chain().state_dict()
    state["6.weight"], state["6.bias"] = torch.randn(4, 4, 4, 4), torch.zeros(4)
    torch.save(state, tmp_path / "rgba.pth")
    assert any("white background" in note for note in inspect(tmp_path / "rgba.pth").facts()["notes"])
