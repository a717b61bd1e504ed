"""What the reader infers of BigGAN-deep checkpoints, and what it refuses."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
import torch
from reference.biggan.weights import frozen

from resefa.checkpoints.families import biggan, biggan_deep
from resefa.checkpoints.families.biggan_deep import biggan_deep_record, recognises
from resefa.errors import ModelError
from resefa.networks.biggan_deep import BigGANDeepNetwork

# Widths of the published networks in multiples of the channel width (BigGAN paper, tables 7 to 9).
PUBLISHED = {
    128: [16, 16, 16, 16, 8, 8, 4, 4, 2, 2, 1],
    256: [16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1],
    512: [16, 16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1],
}


def checkpoint(name="published"):
    state, _, metadata = frozen("biggan_deep", name)
    return state, metadata["settings"]


def empty_checkpoint(widths, width=4, attention=8, z_dim=3, classes=6):
    """Zero tensors of a network of these widths, spectral norm folded, as the file names them."""
    config = {
        "z_dim": z_dim,
        "class_dim": z_dim,
        "num_classes": classes,
        "blocks": [[False, a * width, b * width] for a, b in pairwise(widths)],
        "reduction": 4,
        "attention": [attention],
        "n_stats": 5,
    }
    return {key: torch.zeros(shape) for key, shape in biggan_deep._expected(config).items()}


@pytest.mark.parametrize("resolution", PUBLISHED)
def test_published_tables_are_inferred_from_tensors_alone(resolution):
    record = biggan_deep_record(empty_checkpoint(PUBLISHED[resolution]), "net")
    config = record.config
    assert config["resolution"] == resolution
    assert [up for up, _, _ in config["blocks"]] == [False, True] * (len(PUBLISHED[resolution]) // 2)
    assert (config["z_dim"], config["class_dim"], config["num_classes"]) == (3, 3, 6)
    assert (config["attention"], config["n_stats"], config["eps"], config["reduction"]) == ([8], 5, 1e-4, 4)
    network = BigGANDeepNetwork(json.loads(json.dumps(config)))
    network.load_state_dict(record.tensors, strict=True)
    assert network.resolution == (resolution, resolution)


def test_spectral_norm_is_folded_as_torch_evaluates_it():
    state, _ = checkpoint()
    record = biggan_deep_record(state, "net")
    key = "generator.layers.0.conv_1"
    layer = torch.nn.utils.spectral_norm(torch.nn.Conv2d(16, 16, 3, dtype=torch.float64)).eval()
    layer.load_state_dict({k.removeprefix(f"{key}."): v for k, v in state.items() if k.startswith(f"{key}.")})
    layer(torch.zeros(1, 16, 3, 3, dtype=torch.float64))
    assert (record.tensors["layers.0.conv_1.weight"] - layer.weight).abs().max() < 1e-14
    assert not any(key.endswith(("_orig", "_u", "_v")) for key in record.tensors)


def test_folding_in_single_precision_rounds_once():
    state, _ = checkpoint()
    single = {key: value.float() for key, value in state.items()}
    wanted = biggan_deep_record({key: value.double() for key, value in single.items()}, "net").tensors
    for key, value in biggan_deep_record(single, "net").tensors.items():
        assert value.dtype == torch.float32 and torch.equal(value, wanted[key].float())


def test_settings_fix_what_tensors_cannot_tell():
    state, settings = checkpoint("irregular")
    record = biggan_deep_record(state, "net", settings)
    assert [up for up, _, _ in record.config["blocks"]] == [False, True, False, True]
    assert record.config["eps"] == 1e-3 and record.config["resolution"] == 16
    with pytest.raises(ModelError, match=r"config\.json"):
        biggan_deep_record(state, "net")
    with pytest.raises(ModelError, match="the tensors have the widths"):
        biggan_deep_record(state, "net", settings | {"layers": [[True, 16, 8]]})


def test_recognises_its_own_and_no_other():
    state, _ = checkpoint()
    assert recognises(state) and recognises({f"module.{key}": value for key, value in state.items()})
    assert not biggan.recognises(state)
    other, _, _ = frozen("biggan", "flat_32")
    assert biggan.recognises(other) and not recognises(other)
    assert not recognises({}) and not biggan.recognises({})


@pytest.mark.parametrize(
    "key",
    [
        "embeddings.weight",
        "generator.gen_z.weight_v",
        "generator.gen_z.bias",
        "generator.layers.3.bn_2.running_vars",
        "generator.layers.4.gamma",
        "generator.layers.4.snconv1x1_g.weight_orig",
        "generator.bn.running_means",
    ],
)
def test_a_missing_tensor_is_named(key):
    state, _ = checkpoint()
    del state[key]
    with pytest.raises(ModelError, match=key.removesuffix("_orig").replace(".", r"\.")):
        biggan_deep_record(state, "net")


def test_left_over_and_misshapen_tensors_are_named():
    state, _ = checkpoint()
    with pytest.raises(ModelError, match=r"generator\.extra"):
        biggan_deep_record(state | {"generator.extra": torch.zeros(1)}, "net")
    with pytest.raises(ModelError, match=r"generator\.bn\.bias has shape \(3,\)"):
        biggan_deep_record(state | {"generator.bn.bias": torch.zeros(3)}, "net")


def test_a_power_vector_of_another_size_is_named():
    state, settings = checkpoint()
    stem = "generator.layers.0.conv_1"
    for leaf, value in (
        ("weight_u", torch.zeros(3)),
        ("weight_v", torch.zeros(1, 3)),
        ("weight_orig", torch.zeros(())),
    ):
        with pytest.raises(ModelError, match=stem):
            biggan_deep_record(state | {f"{stem}.{leaf}": value}, "net", settings)
