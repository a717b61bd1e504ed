"""Weights of small networks in tagged safetensors files."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from resefa.errors import WeightsError
from resefa.files.tensor_file import Format
from resefa.zoo.network_weights import network_weights, weights_bytes

KIND = Format("resefa.example", 1, "an example")


@dataclass(frozen=True)
class ExampleSettings:
    names: tuple[str, ...]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "example.safetensors"
    path.write_bytes(weights_bytes(KIND, torch.nn.Linear(3, 2).state_dict(), {"names": ["a", "b"]}))
    return path


def test_weights_are_read_again_in_float32(file):
    found = network_weights(KIND, ExampleSettings, "toon-parts", file)
    network = found.loaded_into(torch.nn.Linear(3, 2))
    assert found.settings.names == ("a", "b") and len(found.fingerprint) == 64
    assert network.weight.dtype == torch.float32 and not network.weight.requires_grad and not network.training
    assert file.read_bytes() == weights_bytes(KIND, found.state, {"names": ["a", "b"]})


def test_another_format_another_network_and_damage_are_refused(file):
    with pytest.raises(WeightsError, match=r"resefa\.other"):
        network_weights(Format("resefa.other", 1, "another"), ExampleSettings, "toon-parts", file)
    with pytest.raises(WeightsError, match=r"example\.safetensors holds a different network"):
        network_weights(KIND, ExampleSettings, "toon-parts", file).loaded_into(torch.nn.Linear(4, 2))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="damaged"):
        network_weights(KIND, ExampleSettings, "toon-parts", file)


def test_settings_of_another_type_are_refused(tmp_path):
    path = tmp_path / "example.safetensors"
    path.write_bytes(weights_bytes(KIND, {}, {"names": 3}))
    with pytest.raises(WeightsError, match="settings"):
        network_weights(KIND, ExampleSettings, "toon-parts", path)
