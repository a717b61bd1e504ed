"""EfficientNet-Lite0: the frozen features of a reference implementation, and files that are something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from reference.features.weights import HERE, pictures
from safetensors.torch import load_file

import resefa
from resefa.errors import MetricError, ModelError, WeightsError
from resefa.metrics.features.efficientnet_lite import EfficientNetLite0
from resefa.metrics.features.weights_file import load_into
from resefa.zoo.cards import card


def test_features_are_the_reference_implementations(efficientnet_lite0):
    wanted = load_file(HERE / "features.safetensors")["efficientnet_lite0"]
    found = efficientnet_lite0.features(pictures(3, 72, 64))
    assert (found - wanted).abs().max() < 1e-5 * wanted.abs().max()
    exact = EfficientNetLite0(dtype=torch.float64).features(pictures(3, 72, 64))
    assert (exact - wanted).abs().max() < 2e-7 * wanted.abs().max(), "beyond the rounding of the frozen float32 values"


def test_says_what_to_run_where_the_weights_are_not_here(tmp_path, monkeypatch):
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path))
    with pytest.raises(WeightsError, match="resefa models pull efficientnet-lite0"):
        EfficientNetLite0()
    with pytest.raises(WeightsError, match="does not exist"):
        EfficientNetLite0(tmp_path / "none.pth")


def test_is_no_generator():
    assert card("efficientnet-lite0").kind == "features"
    with pytest.raises(ModelError, match="not a generator"):
        resefa.load("efficientnet-lite0")


def test_weights_of_another_network_are_refused_by_name(tmp_path):
    network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))

    def saved(content) -> Path:
        torch.save(content, tmp_path / "some.pth")
        return tmp_path / "some.pth"

    good = network.state_dict()
    load_into(network, saved(good | {"fc.weight": torch.zeros(2)}), "the net", passed_over=("fc.",))
    odd = {
        "0.weight": torch.zeros(3, 7),
        "0.bias": torch.zeros(3),
        "1.weight": torch.zeros(1, 3),
        "more": torch.zeros(1),
    }
    with pytest.raises(
        MetricError,
        match=r"is missing 1\.bias .*0\.weight \(3, 7\), expected \(3, 2\).* unexpected more",
    ):
        load_into(network, saved(odd), "the net")
    with pytest.raises(MetricError, match="state dict"):
        load_into(network, saved([torch.zeros(2)]), "the net")
    (tmp_path / "text.pth").write_text("a page")
    with pytest.raises(WeightsError):
        load_into(network, tmp_path / "text.pth", "the net")
