"""What the reader infers of BigGAN checkpoints, and what it refuses."""

from __future__ import annotations

import json

import pytest
import torch
from reference.biggan.weights import frozen

from resefa.checkpoints.families import biggan
from resefa.checkpoints.families.biggan import biggan_record
from resefa.checkpoints.families.spectral_norm import fold_power_step
from resefa.errors import ModelError
from resefa.networks.biggan import BigGANNetwork

# Widths of the published networks in multiples of the channel multiplier (BigGAN paper, tables 4 to 6).
PUBLISHED = {128: [16, 16, 8, 4, 2, 1], 256: [16, 16, 8, 8, 4, 2, 1], 512: [16, 16, 8, 8, 4, 2, 1, 1]}


def checkpoint(name="chunks_64"):
    return frozen("biggan", name)[0]


@pytest.mark.parametrize("resolution", PUBLISHED)
def test_published_tables_are_inferred_from_tensors_alone(resolution):
    widths = [multiple * 4 for multiple in PUBLISHED[resolution]]
    config = {
        "z_dim": 2 * len(widths),
        "class_dim": 5,
        "num_classes": 6,
        "shared": True,
        "hierarchical": True,
        "start": 4,
        "widths": widths,
        "attention": [3],
        "eps": 1e-5,
        "output_eps": 1e-5,
        "resolution": resolution,
    }
    record = biggan_record({key: torch.zeros(shape) for key, shape in biggan._expected(config).items()}, "net")
    assert record.config == config
    network = BigGANNetwork(json.loads(json.dumps(record.config)))
    network.load_state_dict(record.tensors, strict=True)
    assert network.resolution == (resolution, resolution)
    assert network.chunks[1] == slice(2, 4)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("chunks_64", {"hierarchical": True, "shared": True, "z_dim": 20, "class_dim": 6, "attention": [2]}),
        ("flat_32", {"hierarchical": False, "shared": True, "z_dim": 7, "class_dim": 7, "attention": [1]}),
        ("unshared_32", {"hierarchical": False, "shared": False, "z_dim": 6, "class_dim": 5, "attention": []}),
    ],
)
def test_conditioning_is_inferred(name, expected):
    config = biggan_record(checkpoint(name), name).config
    assert {key: config[key] for key in expected} == expected


def test_spectral_norm_takes_one_power_step_from_the_saved_vector():
    torch.manual_seed(0)
    weight, u = torch.randn(6, 4, 3, 3, dtype=torch.float64), torch.randn(1, 6, dtype=torch.float64)
    matrix = weight.flatten(1)
    v = torch.nn.functional.normalize(u @ matrix)
    sigma = (v @ matrix.T) @ torch.nn.functional.normalize(v @ matrix.T).T
    assert (fold_power_step(weight, u, 1e-12) - weight / sigma).abs().max() < 1e-15
    # One step from a random vector is still an estimate.
    assert sigma.item() < torch.linalg.matrix_norm(matrix, 2) * 0.99


def test_more_singular_vectors_change_nothing():
    state = checkpoint()
    more = state | {"linear.u1": torch.ones_like(state["linear.u0"]), "linear.sv1": torch.ones(1)}
    assert torch.equal(
        biggan_record(more, "net").tensors["linear.weight"], biggan_record(state, "net").tensors["linear.weight"]
    )


def test_statistics_of_the_synchronised_norm_go_by_other_names():
    state = checkpoint()
    renamed = {}
    for key, value in state.items():
        stem, _, leaf = key.rpartition(".")
        renamed[f"{stem}.bn.{leaf.replace('stored', 'running')}" if leaf.startswith("stored") else key] = value
    renamed["output_layer.0.bn.num_batches_tracked"] = torch.tensor(3)
    wanted, found = biggan_record(state, "net").tensors, biggan_record(renamed, "net").tensors
    assert wanted.keys() == found.keys() and all(torch.equal(wanted[key], found[key]) for key in wanted)


def test_standing_sums_are_divided_by_their_counter():
    state = checkpoint("standing_32")
    found = biggan_record(state, "net").tensors["blocks.0.bn1.stored_mean"]
    assert torch.equal(found, state["blocks.0.0.bn1.bn.stored_mean"] / 7)


@pytest.mark.parametrize(
    "key",
    [
        "linear.bias",
        "blocks.0.0.conv1.weight",
        "blocks.1.0.bn2.stored_var",
        "blocks.2.1.gamma",
        "blocks.2.1.o.weight",
        "output_layer.2.bias",
    ],
)
def test_a_missing_tensor_is_named(key):
    state = checkpoint()
    del state[key]
    if key == "blocks.0.0.conv1.weight":
        key = "blocks"  # the block itself is gone
    with pytest.raises(ModelError, match=key.replace(".", r"\.")):
        biggan_record(state, "net")


def test_left_over_tensors_and_unsupported_settings_are_named():
    state = checkpoint()
    with pytest.raises(ModelError, match=r"blocks\.0\.0\.extra"):
        biggan_record(state | {"blocks.0.0.extra": torch.zeros(1)}, "net")
    with pytest.raises(ModelError, match="norm_style in"):
        biggan_record(state, "net", {"norm_style": "in"})
    with pytest.raises(ModelError, match="G_nl leaky_relu"):
        biggan_record(state, "net", {"G_nl": "leaky_relu"})


def test_a_power_vector_of_another_size_is_named():
    key = "blocks.0.0.conv1.u0"
    for changed in ({key: torch.zeros(1, 3)}, {"blocks.0.0.conv1.weight": torch.zeros(())}):
        with pytest.raises(ModelError, match=r"blocks\.0\.0\.conv1"):
            biggan_record(checkpoint() | changed, "net")
