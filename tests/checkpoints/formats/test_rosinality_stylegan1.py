"""rosinality's StyleGAN1 files give the images that its code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, float32, image, network, plus_one, ported

from resefa.checkpoints.formats import rosinality_stylegan1 as port
from resefa.checkpoints.formats.mean_latent import NOTE
from resefa.errors import ModelError

SIZES = {"stopped": [4, 8, 16], "smallest": [4, 8], "fused": [4, 8, 16]}


@pytest.mark.parametrize("config", SIZES)
def test_the_references_images_come_back(config):
    state, frozen, _ = ported("rosinality_stylegan1", config)
    training = {"generator": plus_one(state), "discriminator": {}, "g_optimizer": {}, "g_running": state}
    assert port.recognises(training)
    record = port.record(training, "train_step-3.model")
    assert (record.source.format, record.source.entry) == (port.NAME, "g_running")
    made = network(record)
    assert record.config["blocks"] == SIZES[config]
    # The reference reads one noise image for both layers of a block.
    noise = [frozen[f"noise{i}"] for i in range(len(SIZES[config])) for _ in (0, 1)]
    ws = made.mapping(frozen["z"])[:, None].expand(-1, made.num_layers, -1)
    assert distance(made.synthesis(made.styles(ws), noise), frozen["image"]) < 1e-12


def test_what_the_file_lacks_is_made_alike_every_time_and_said():
    state, _, _ = ported("rosinality_stylegan1", "stopped")
    record, again = (port.record(state, "g.model") for _ in range(2))
    assert NOTE in record.source.notes
    assert "training ended at 16" in record.source.notes
    assert any("noise" in note for note in record.source.notes)
    assert all(torch.equal(value, again.tensors[key]) for key, value in record.tensors.items())
    made = network(record)
    codes = made.mapping(torch.randn(4096, made.z_dim, dtype=torch.float64))
    assert ((made.w_avg - codes.mean(0)).abs() < 0.12 * codes.std(0)).all()
    # Twice the size on request, though that was never trained.
    whole = port.record(float32(state), "g.model", {"resolution": 32})
    assert image(network(whole), torch.zeros(1, 7, dtype=torch.float64)).shape == (1, 3, 32, 32)


def test_missing_left_over_and_misshapen_tensors_are_named_as_in_the_file():
    state, _, _ = ported("rosinality_stylegan1", "stopped")
    for key in (
        "style.3.linear.bias", "generator.progression.1.noise1.weight_orig", "generator.to_rgb.2.conv.bias",
        "generator.progression.2.adain2.style.linear.weight_orig", "generator.progression.0.conv1.input",
    ):  # fmt: skip
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            port.record({k: v for k, v in state.items() if k != key}, "g.model")
        with pytest.raises(ModelError, match="shape|mapping layer"):
            port.record(state | {key: torch.zeros(3, 9, 9)}, "g.model")
    with pytest.raises(ModelError, match="to_w"):
        port.record(state | {"to_w.weight": torch.zeros(1)}, "g.model")
    with pytest.raises(ModelError, match="low-pass filter"):
        port.record(state | {"generator.progression.1.conv1.2.weight": torch.ones(5, 1, 3, 3) / 9}, "g.model")
    state, _, _ = ported("rosinality_stylegan1", "fused")
    swapped = {k.replace("1.conv1.0.weight", "1.conv1.1.conv.weight_orig"): v for k, v in state.items()}
    with pytest.raises(ModelError, match=r"fused kernels at the sizes \[16\]"):
        port.record(swapped, "g.model")


@pytest.mark.parametrize(
    "content", [{}, {"g_running": 3}, {1: 2}, {"generator": {"generator.progression.0.conv1.input": 1}}, [], None]
)
def test_odd_content_is_not_recognised(content):
    assert not port.recognises(content)


def test_a_small_file_cannot_ask_for_much_memory():
    state, _, _ = ported("rosinality_stylegan1", "smallest")
    far = {k.replace("progression.1.", "progression.14."): v for k, v in state.items()}
    with pytest.raises(ModelError, match=r"has the blocks \[0, 14\]"):
        port.record(far, "g.model")
    with pytest.raises(ModelError, match="constant of shape"):
        port.record(state | {"generator.progression.0.conv1.input": torch.zeros(1, 3, 1, 99999)}, "g.model")
    with pytest.raises(ModelError, match="100000"):
        port.record(state | {"style.1.linear.weight_orig": torch.zeros(1, 100000)}, "g.model")
