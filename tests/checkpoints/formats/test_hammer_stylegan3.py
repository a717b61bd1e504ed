"""Hammer's StyleGAN3 files, which the original ReSeFa repository publishes, give the images that its code gives."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, image, network, ported

from resefa.checkpoints.detect import record_of
from resefa.errors import ModelError

CONFIGS = ("stylegan3-t", "stylegan3-r-conditional")


def file_of(state):
    return {"models": {"generator_smooth": state, "generator": {}}, "running_metadata": {"iter": 7}}


@pytest.mark.parametrize("config", CONFIGS)
def test_the_references_images_come_back(config):
    state, frozen, _ = ported("hammer", config)
    record = record_of(file_of(state), "stylegan3.pth")
    assert (record.source.format, record.source.entry, record.source.step) == ("Hammer", "models.generator_smooth", 7)
    made = network(record)
    assert distance(image(made, frozen["z"], frozen.get("label")), frozen["image"]) < 1e-12
    assert distance(image(made, ws=frozen["ws"]), frozen["image_layered"]) < 1e-12


def unfiltered(state):
    return {key: value for key, value in state.items() if not key.endswith("_filter")}


def test_without_filters_the_resolution_is_asked_for():
    state, frozen, _ = ported("hammer", "stylegan3-t")
    with pytest.raises(ModelError, match=r"settings=.'resolution': 512"):
        record_of(file_of(unfiltered(state)), "g.pth")
    made = network(record_of(file_of(unfiltered(state)), "g.pth", {"resolution": 16}))
    # Filters that are designed here agree with those in the file to float32.
    assert distance(image(made, frozen["z"]), frozen["image"]) < 1e-5
    for wrong in (17, "large", 32.5):
        with pytest.raises(ModelError, match="resolution is"):
            record_of(file_of(unfiltered(state)), "g.pth", {"resolution": wrong})


def test_a_resolution_that_the_filters_deny_is_refused():
    state, _, _ = ported("hammer", "stylegan3-t")
    with pytest.raises(ModelError, match="resolution is 32.*images of 16"):
        record_of(file_of(state), "g.pth", {"resolution": 32})


def test_filters_of_no_stylegan3_are_refused():
    state, _, _ = ported("hammer", "stylegan3-t")
    odd = state | {"synthesis.layer1.filter.up_filter": torch.ones(7)}
    with pytest.raises(ModelError, match="impossible in StyleGAN3"):
        record_of(file_of(odd), "g.pth")


def test_a_tensor_that_is_missing_is_named_as_in_the_file():
    state, _, _ = ported("hammer", "stylegan3-t")
    for key in ("synthesis.layer2.conv.style.bias", "mapping.dense1.weight", "synthesis.early_layer.phase", "w_avg"):
        with pytest.raises(ModelError, match=f"lacks the tensor {key}"):
            record_of(file_of({k: v for k, v in state.items() if k != key}), "g.pth")
