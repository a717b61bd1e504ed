"""Files of GenForce and Hammer give the images that their code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, image, network, plus_one, ported

from resefa.checkpoints.formats import genforce as port
from resefa.errors import ModelError

COMMON = [
    "stylegan2",
    "stylegan2-conditional",
    "stylegan1",
    "stylegan1-fused",
    "stylegan1-conditional",
    "progan",
    "progan-fused",
]
CASES = [("genforce", config) for config in (*COMMON, "stylegan2-origin")] + [
    ("hammer", config) for config in (*COMMON, "stylegan2-resnet")
]


@pytest.mark.parametrize(("project", "config"), CASES)
def test_the_references_images_come_back(project, config):
    state, frozen, settings = ported(project, config)
    content = {
        "models": {"generator": plus_one(state), "discriminator": {"x": torch.zeros(1)}, "generator_smooth": state},
        "running_metadata": {"iter": 25000, "seen_img": 1},
    }
    assert port.recognises(content)
    record = port.record(content, "g.pth", settings)
    assert record.family == config.split("-")[0]
    known = {"genforce": port.NAME, "hammer": port.HAMMER}[project]
    assert record.source.format == ("GenForce or Hammer" if record.family == "progan" else known)
    assert (record.source.entry, record.source.step) == ("generator_smooth", 25000)
    made = network(record)
    assert distance(image(made, frozen["z"], frozen.get("label")), frozen["image"]) < 1e-12
    if "ws" in frozen:
        assert distance(image(made, ws=frozen["ws"]), frozen["image_layered"]) < 1e-12


def test_other_wrappings_open():
    state, _, _ = ported("genforce", "stylegan2")
    for content, entry in (
        ({"generator": plus_one(state), "generator_smooth": state, "discriminator": {}}, "generator_smooth"),
        ({"generator": state}, "generator"),
        (state, ""),
    ):
        assert port.recognises(content)
        record = port.record(content, "g.pth")
        assert (record.source.entry, record.source.step) == (entry, None)
        assert torch.equal(record.tensors["mapping.w_avg"], state["truncation.w_avg"])


def test_fused_kernels_tell_themselves_where_they_are_not_square():
    state, frozen, _ = ported("genforce", "progan-fused")
    assert not any(state[f"layer{i}.weight"].shape[0] == state[f"layer{i}.weight"].shape[1] for i in (4,))
    made = network(port.record({"generator": state}, "g.pth"))
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-12


@pytest.mark.parametrize(
    ("project", "config", "key"),
    [
        ("genforce", "stylegan2", "truncation.w_avg"),
        ("genforce", "stylegan2", "synthesis.layer1.noise"),
        ("genforce", "stylegan2", "synthesis.early_layer.const"),
        ("genforce", "stylegan1", "synthesis.layer3.weight"),
        ("genforce", "stylegan1", "synthesis.layer0.const"),
        ("genforce", "progan", "layer2.bias"),
        ("hammer", "stylegan2", "synthesis.output1.style.bias"),
        ("hammer", "stylegan2", "synthesis.layer2.noise_strength"),
        ("hammer", "stylegan1", "synthesis.layer2.noise_strength"),
        ("hammer", "stylegan2-conditional", "mapping.embedding.bias"),
    ],
)
def test_missing_left_over_and_misshapen_tensors_are_named_as_in_the_file(project, config, key):
    state, _, settings = ported(project, config)
    with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
        port.record({k: v for k, v in state.items() if k != key}, "g.pth", settings)
    with pytest.raises(ModelError, match="shape") as caught:
        port.record(state | {key: torch.zeros(9, 8, 7)}, "g.pth", settings)
    assert "synthesis.b" not in str(caught.value)
    with pytest.raises(ModelError, match=r"layer1\.extra"):
        port.record(state | {"layer1.extra": torch.zeros(1)}, "g.pth", settings)


def test_what_is_not_built_is_refused():
    state, _, _ = ported("genforce", "stylegan1")
    with pytest.raises(ModelError, match=r"synthesis\.lod is 1\.5"):
        port.record(state | {"synthesis.lod": torch.tensor(1.5)}, "g.pth")
    with pytest.raises(ModelError, match="low-pass filter"):
        port.record(state | {"synthesis.layer2.blur.kernel": torch.ones(6, 1, 3, 3) / 9}, "g.pth")
    with pytest.raises(ModelError, match="has a layer with the number"):
        port.record(state | {"synthesis.layer1234567890.bias": torch.zeros(1)}, "g.pth")
    state, _, _ = ported("genforce", "stylegan2")
    with pytest.raises(ModelError, match="label_weight"):
        port.record(state | {"mapping.label_weight": torch.zeros(4, 12)}, "g.pth")
    state, _, _ = ported("genforce", "progan")
    with pytest.raises(ModelError, match="labels"):
        port.record(state, "g.pth", {"label_size": 2})


@pytest.mark.parametrize(
    "content", [{}, {"models": 3}, {1: 2}, {"models": {"generator": 1}}, {"layer0.weight": 1}, [], None]
)
def test_odd_content_is_not_recognised(content):
    assert not port.recognises(content)
