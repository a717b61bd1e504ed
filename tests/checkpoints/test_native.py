"""This project's own checkpoint files."""

from __future__ import annotations

import json

import pytest
import torch
from reference.small import FAMILIES, small_record
from safetensors.torch import load, load_file, save_file

from resefa.checkpoints import native
from resefa.checkpoints.open import open_checkpoint
from resefa.checkpoints.record import CheckpointRecord
from resefa.errors import ModelError
from resefa.generators.registry import generator_of


def as_float(record):
    tensors = {k: v.float() if v.dtype == torch.float64 else v for k, v in record.tensors.items()}
    return CheckpointRecord(record.family, record.config, tensors, record.source)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_comes_back_with_the_same_images(family, tmp_path):
    record = as_float(small_record(family))
    path = tmp_path / "m.safetensors"
    path.write_bytes(native.to_bytes(record, {"sha256": "0" * 64}))
    found = open_checkpoint(path)
    assert found.family == record.family
    before, after = (generator_of(each, "m") for each in (record, found))
    code = before.sample(1)
    assert torch.equal(before.synthesize(code), after.synthesize(code))
    assert before.fingerprint == after.fingerprint, "directions found on the one are known on the other"


def test_half_precision_halves_the_weights_and_hardly_moves_the_image(tmp_path):
    record = as_float(small_record("stylegan2"))
    whole, half = native.to_bytes(record, {}), native.to_bytes(record, {}, half=True)
    assert len(half) < 0.65 * len(whole)
    path = tmp_path / "h.safetensors"
    path.write_bytes(half)
    before, after = generator_of(record, "m"), generator_of(open_checkpoint(path), "m")
    code = before.sample(1)
    images = before.synthesize(code)
    difference = (images - after.synthesize(code)).abs().max() / images.abs().max()
    assert 0 < difference < 0.02


def damaged(tmp_path, **changes):
    path = tmp_path / "m.safetensors"
    path.write_bytes(native.to_bytes(as_float(small_record("stylegan2")), {}))
    tensors = load_file(path)
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    config = json.loads(metadata["config"]) | changes.pop("config", {})
    save_file(tensors, path, metadata | {"config": json.dumps(config)} | changes)
    return path


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format_version": "2"}, "version 2"),
        ({"config": {"w_dim": 7}}, "does not fit"),
        ({"config": {"mapping_widths": [10**9]}}, "invalid configuration"),
        ({"config": {"mapping_widths": [60000, 60000]}}, "does not fit"),
        ({"config": {"blocks": 4}}, "does not describe"),
        ({"config": {"channels": None}}, "does not describe|does not fit"),
        ({"family": "stylegan9"}, "family 'stylegan9'"),
        ({"provenance": "[]"}, "invalid configuration"),
    ],
)
def test_a_file_that_describes_another_network_is_refused_in_one_sentence(changes, said, tmp_path):
    with pytest.raises(ModelError, match=said):
        generator_of(open_checkpoint(damaged(tmp_path, **changes)), "m")


def test_half_precision_takes_float64_too_and_leaves_what_would_be_infinite():
    record = small_record("biggan-deep")
    wide = next(key for key, value in record.tensors.items() if value.ndim == 4)
    large = {**record.tensors, wide: record.tensors[wide].double() * 0 + 1e5}
    assert len(native.to_bytes(record, {}, half=True)) < 0.5 * len(native.to_bytes(record, {}))
    found = load(native.to_bytes(CheckpointRecord(record.family, record.config, large), {}, half=True))
    assert found[wide].dtype == torch.float64 and bool((found[wide] == 1e5).all())


def test_a_file_converted_twice_still_names_the_original(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(native.to_bytes(small_record("progan"), {"file": "a.pkl", "sha256": "1" * 64, "licence": "MIT"}))
    again = open_checkpoint(path)
    path.write_bytes(native.to_bytes(again, {"file": "m.safetensors", "sha256": "2" * 64}))
    found = open_checkpoint(path).source
    assert found.origin == {"file": "a.pkl", "sha256": "1" * 64, "licence": "MIT"}
    assert found.format.count("resefa checkpoint") == 1
