"""MMGeneration's StyleGAN2 files give the images that its code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, image, network, plus_one, ported

from resefa.checkpoints.detect import record_of
from resefa.checkpoints.formats import mmgeneration as port
from resefa.errors import ModelError


def file_of(state, entry="generator_ema", between=""):
    others = {f"generator.{key}": value for key, value in plus_one(state).items()}
    others["discriminator.convs.0.0.conv.weight_orig"] = torch.zeros(3)
    return {
        "meta": {"iter": 800000, "epoch": 1},
        "state_dict": others | {f"{entry}.{between}{k}": v for k, v in state.items()},
    }


@pytest.mark.parametrize("config", ["tiny", "smallest"])
def test_the_references_images_come_back_with_red_first(config):
    state, frozen, _ = ported("mmgeneration", config)
    record = record_of(file_of(state), "g.pth")
    assert (record.source.format, record.source.entry, record.source.step) == (
        port.NAME,
        "state_dict.generator_ema",
        800000,
    )
    made = network(record)
    # The reference at NVIDIA's constant in the normalisation of codes.
    assert distance(image(made, frozen["z"]).flip(1), frozen["image"]) < 1e-12
    assert distance(image(made, ws=frozen["ws"]).flip(1), frozen["image_layered"]) < 1e-12
    assert distance(image(made, frozen["z"]).flip(1), frozen["image_as_is"]) < 1e-5
    left = network(record_of(file_of(state), "g.pth", {"channel_order": "rgb"}))
    assert distance(image(left, frozen["z"]), frozen["image"]) < 1e-12


def test_other_wrappings_open():
    state, frozen, _ = ported("mmgeneration", "smallest")
    mmagic = file_of(state, between="module.")
    mmagic["state_dict"]["generator_ema.steps"] = torch.tensor(5)
    alone = file_of(state, entry="generator")
    for content, entry in ((mmagic, "state_dict.generator_ema"), (alone, "state_dict.generator"), (state, "")):
        record = record_of(content, "g.pth")
        assert record.source.entry == entry
        assert distance(image(network(record), frozen["z"]).flip(1), frozen["image"]) < 1e-12


def test_missing_and_left_over_tensors_are_named_as_in_the_file():
    state, _, _ = ported("mmgeneration", "tiny")
    for key in ("style_mapping.2.linear.weight_orig", "injected_noise_0", "to_rgb1.conv.style_modulation.bias"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            port.record({k: v for k, v in state.items() if k != key}, "g.pth")
    with pytest.raises(ModelError, match="head_pos_enc"):
        port.record(state | {"head_pos_enc.x": torch.zeros(1)}, "g.pth")
    with pytest.raises(ModelError, match="convs.1.activate.bias has shape"):
        port.record(state | {"convs.1.activate.bias": torch.zeros(9)}, "g.pth")


@pytest.mark.parametrize("key", ["convs.0.adain1.affine.weight_orig", "noise2feat.linear.weight_orig"])
def test_generators_of_other_arithmetic_are_refused_with_the_reason(key):
    content = {"state_dict": {f"generator_ema.{key}": torch.zeros(2, 2)}}
    with pytest.raises(ModelError, match="only its StyleGAN2"):
        record_of(content, "g.pth")


@pytest.mark.parametrize("content", [{}, {"state_dict": 3}, {1: 2}, {"state_dict": {"generator_ema": 1}}])
def test_odd_content_is_not_recognised(content):
    assert not port.recognises(content)


@pytest.mark.parametrize("told", [float("inf"), None, "7", True, torch.zeros(2)])
def test_a_step_that_is_no_number_is_left_out(told):
    state, _, _ = ported("mmgeneration", "smallest")
    assert record_of(file_of(state) | {"meta": {"iter": told}}, "g.pth").source.step is None
