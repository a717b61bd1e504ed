"""BasicSR's StyleGAN2 files give the images that its code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, float32, image, network, plus_one, ported

from resefa.checkpoints.detect import record_of
from resefa.checkpoints.formats import basicsr as port
from resefa.checkpoints.formats.mean_latent import NOTE
from resefa.errors import ModelError


@pytest.mark.parametrize("config", ["tiny", "smallest"])
def test_the_references_images_come_back(config):
    state, frozen, _ = ported("basicsr", config)
    record = record_of({"params": plus_one(state), "params_ema": state}, "net_g.pth")
    assert (record.source.format, record.source.entry, record.source.notes) == (port.NAME, "params_ema", (NOTE,))
    made = network(record)
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-12
    assert distance(image(made, ws=frozen["ws"]), frozen["image_layered"]) < 1e-12


def test_a_bare_state_dict_opens():
    state, frozen, _ = ported("basicsr", "smallest")
    assert distance(image(network(record_of(float32(state), "g.pth")).double(), frozen["z"]), frozen["image"]) < 1e-6


def test_networks_that_restore_faces_are_named():
    state, _, _ = ported("basicsr", "smallest")
    restorer = {f"stylegan_decoder.{key}": value for key, value in state.items()} | {
        "final_linear.weight": torch.ones(2, 2)
    }
    with pytest.raises(ModelError, match="face restoration"):
        record_of({"params_ema": restorer}, "GFPGANv1.pth")


def test_a_tensor_that_is_missing_is_named_as_in_the_file():
    state, _, _ = ported("basicsr", "tiny")
    for key in ("style_mlp.2.bias", "noises.noise3", "style_convs.1.modulated_conv.weight", "constant_input.weight"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            record_of({"params_ema": {k: v for k, v in state.items() if k != key}}, "net_g.pth")
