"""ProGAN's configuration from its tensors alone."""

from __future__ import annotations

import json

import pytest
import torch

from resefa.checkpoints.families.progan import progan_record, recognises
from resefa.errors import ModelError
from resefa.networks.progan import ProGANNetwork

BASE = {
    "z_dim": 7, "label_dim": 0, "blocks": [4, 8, 16], "widths": [5, 4, 3], "first": [4, 4], "channels": 3,
    "fused": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "changed, settings",
    [
        ({}, {}),
        ({"label_dim": 3, "first": [4, 5]}, {"label_size": 3}),
        ({"channels": 1, "fused": True}, {"fused_scale": True}),
    ],
)  # fmt: skip
def test_everything_is_inferred_from_the_tensors(changed, settings):
    config = BASE | changed
    tensors = ProGANNetwork(config).state_dict()
    record = progan_record(tensors, "g", settings)
    assert recognises(tensors) and record.family == "progan"
    assert json.loads(json.dumps(record.config)) == config
    ProGANNetwork(record.config).load_state_dict(record.tensors, strict=True)


def test_missing_and_left_over_tensors_are_named_and_other_settings_refused():
    tensors = ProGANNetwork(BASE).state_dict()
    for key in ("b4.conv0.weight", "b8.conv0.bias", "torgb.weight"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            progan_record({k: v for k, v in tensors.items() if k != key}, "g")
    with pytest.raises(ModelError, match=r"b8\.torgb\.weight"):
        progan_record(tensors | {"b8.torgb.weight": torch.zeros(1)}, "g")
    with pytest.raises(ModelError, match="not a ProGAN"):
        progan_record({"x": torch.zeros(1)}, "g")
    with pytest.raises(ModelError, match="tanh_at_end"):
        progan_record(tensors, "g", {"tanh_at_end": True})
