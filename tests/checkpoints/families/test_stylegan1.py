"""StyleGAN1's configuration from its tensors alone."""

from __future__ import annotations

import json

import pytest
import torch

from resefa.checkpoints.families import stylegan2
from resefa.checkpoints.families.stylegan1 import recognises, stylegan1_record
from resefa.errors import ModelError
from resefa.networks.stylegan1 import StyleGAN1Network

BASE = {
    "z_dim": 7, "label_dim": 0, "w_dim": 6, "mapping_widths": [5, 6], "lr_multiplier": 0.01, "blocks": [4, 8, 16],
    "widths": [5, 4, 3], "fused": [False] * 3, "const": [4, 4], "channels": 3, "noise": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed, settings",
    [
        ({}, {}),
        ({"label_dim": 4, "mapping_widths": [6], "channels": 1}, {"fused_scale": False}),
        ({"fused": [False, True, True], "noise": False, "lr_multiplier": 1.0}, {"fused_scale": 1, "mapping_lrmul": 1}),
        ({"const": [32, 40], "fused": [False, False, True]}, {"fused_scale": "auto", "blur_filter": (1, 2, 1)}),
    ],
)  # fmt: skip
def test_everything_is_inferred_from_the_tensors(changed, settings):
    config = BASE | changed
    tensors = StyleGAN1Network(config).state_dict()
    record = stylegan1_record(tensors, "g", settings)
    assert recognises(tensors) and not stylegan2.recognises(tensors)
    assert record.family == "stylegan1"
    assert json.loads(json.dumps(record.config)) == config
    StyleGAN1Network(record.config).load_state_dict(record.tensors, strict=True)


def test_missing_and_left_over_tensors_are_named_and_other_settings_refused():
    tensors = StyleGAN1Network(BASE).state_dict()
    for key in ("mapping.w_avg", "synthesis.b4.const", "synthesis.b8.conv0.noise_const", "synthesis.torgb.weight"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            stylegan1_record({k: v for k, v in tensors.items() if k != key}, "g")
    with pytest.raises(ModelError, match=r"synthesis\.b4\.conv0\.weight"):
        stylegan1_record(tensors | {"synthesis.b4.conv0.weight": torch.zeros(1)}, "g")
    with pytest.raises(ModelError, match="use_pixel_norm True"):
        stylegan1_record(tensors, "g", {"use_pixel_norm": True})
