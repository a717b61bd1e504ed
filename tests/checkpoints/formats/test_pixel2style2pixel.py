"""Inversion encoders' files open as the generator that they carry."""

from __future__ import annotations

import pytest
import torch
from reference.formats.ported import distance, float32, image, network, ported
from reference.small import small_tensors

from resefa.checkpoints.detect import record_of
from resefa.checkpoints.formats import pixel2style2pixel as port
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError


def saved(state):
    return {f"decoder.{key}": value for key, value in state.items()} | {"encoder.body.0.weight": torch.ones(2, 2)}


@pytest.mark.parametrize("layers", [0, 1, 5])
def test_the_decoder_and_its_mean(layers):
    state, frozen, _ = ported("rosinality_stylegan2", "tiny")
    mean = frozen["latent_avg"].flatten()
    content = {
        "state_dict": saved(state),
        "latent_avg": mean.repeat(layers, 1) if layers else mean,
        "opts": {"lr": 1e-4},
    }
    assert port.recognises(content)
    record = port.record(content, "e4e.pt")
    assert (record.source.format, record.source.entry) == (port.NAME, "state_dict.decoder")
    assert distance(image(network(record), frozen["z"], psi=0.6), frozen["image_truncated"]) < 1e-12


def test_it_opens_from_a_file_and_a_lack_is_named(tmp_path):
    state, _, _ = ported("rosinality_stylegan2", "tiny")
    path = tmp_path / "e4e.pt"
    torch.save({"state_dict": saved(float32(state)), "opts": {"stylegan_size": 16}}, path)
    assert open_checkpoint(path).source.format == port.NAME
    less = saved({key: value for key, value in state.items() if key != "conv1.activate.bias"})
    with pytest.raises(ModelError, match=r"conv1\.activate\.bias"):
        port.record({"state_dict": less}, "e4e.pt")


@pytest.mark.parametrize("transform", ["one", "several", "none"])
def test_the_decoder_of_stylegan3_editing_opens(transform):
    tensors, _, _ = small_tensors("stylegan3")
    key = "synthesis.input.transform"
    given = {"one": tensors, "several": tensors | {key: tensors[key].repeat(4, 1, 1)},
             "none": {name: value for name, value in tensors.items() if name != key}}[transform]  # fmt: skip
    decoder = {f"decoder.{name}": value for name, value in given.items()}
    content = {
        "state_dict": {"encoder.body.0.weight": torch.ones(2)} | decoder,
        "latent_avg": tensors["mapping.w_avg"],
        "opts": {},
    }
    found = record_of(content, "restyle_e4e.pt")
    assert (found.family, found.source.entry) == ("stylegan3", "state_dict.decoder")
    assert bool(found.source.notes) == (transform == "none")
    wanted = torch.eye(3, dtype=tensors[key].dtype) if transform == "none" else tensors[key]
    assert torch.equal(found.tensors[key], wanted)
    assert torch.equal(found.tensors["mapping.w_avg"], tensors["mapping.w_avg"])
