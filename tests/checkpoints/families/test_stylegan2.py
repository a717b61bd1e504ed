"""StyleGAN2's configuration from its tensors alone."""

from __future__ import annotations

import json

import pytest
import torch

from resefa.checkpoints.families.stylegan2 import recognises, stylegan2_record
from resefa.errors import ModelError
from resefa.networks.stylegan2 import StyleGAN2Network

BASE = {
    "z_dim": 7, "label_dim": 0, "embed_dim": 0, "w_dim": 6, "mapping_widths": [5, 6], "lr_multiplier": 0.01,
    "blocks": [4, 8, 16], "widths": [8, 6, 4], "const": [4, 4], "channels": 3, "architecture": "skip",
    "noise": True, "conv_clamp": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"architecture": "resnet", "channels": 1},
        {"architecture": "orig", "noise": False},
        {"label_dim": 9, "embed_dim": 5, "blocks": [4, 8], "widths": [3, 2]},
        {"const": [5, 3], "mapping_widths": [6] * 8, "channels": 4, "conv_clamp": 256.0, "lr_multiplier": 0.1},
    ],
)
def test_everything_is_inferred_from_the_tensors(changed):
    config = BASE | changed
    tensors = StyleGAN2Network(config).state_dict()
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    buffers = {"synthesis.b8.resample_filter": taps.outer(taps)}
    settings = {key: config[key] for key in ("conv_clamp", "lr_multiplier")}
    record = stylegan2_record(tensors | buffers, "g", settings)
    assert recognises(tensors)
    assert record.family == "stylegan2"
    assert json.loads(json.dumps(record.config)) == config
    StyleGAN2Network(record.config).load_state_dict(record.tensors, strict=True)


def test_missing_left_over_and_misshapen_tensors_are_named():
    tensors = StyleGAN2Network(BASE).state_dict()
    for key in ("mapping.w_avg", "synthesis.b4.const", "synthesis.b8.conv0.noise_const", "synthesis.b8.torgb.bias"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            stylegan2_record({k: v for k, v in tensors.items() if k != key}, "g")
    with pytest.raises(ModelError, match=r"synthesis\.b8\.extra"):
        stylegan2_record(tensors | {"synthesis.b8.extra": torch.zeros(1)}, "g")
    with pytest.raises(ModelError, match=r"synthesis\.b16\.conv1\.bias has shape \(9,\)"):
        stylegan2_record(tensors | {"synthesis.b16.conv1.bias": torch.zeros(9)}, "g")


def test_what_is_not_built_is_refused():
    tensors = StyleGAN2Network(BASE).state_dict()
    with pytest.raises(ModelError, match="relu"):
        stylegan2_record(tensors, "g", {"activation": "relu"})
    with pytest.raises(ModelError, match=r"\[1, 2, 1\]"):
        stylegan2_record(tensors, "g", {"resample_filter": [1, 2, 1]})
    with pytest.raises(ModelError, match="filter"):
        stylegan2_record(tensors | {"synthesis.b8.resample_filter": torch.ones(4, 4) / 16}, "g")
    with pytest.raises(ModelError, match="not a StyleGAN2"):
        stylegan2_record({"x": torch.zeros(1)}, "g")
