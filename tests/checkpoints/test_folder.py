"""Folders as hubs have them: one weights file or shards, beside a configuration."""

from __future__ import annotations

import json

import pytest
import torch
from reference.biggan.weights import frozen
from reference.small import small_tensors
from safetensors.torch import save_file

from resefa.checkpoints.native import to_bytes
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError, WeightsError

TENSORS = {key: value.float().contiguous() for key, value in small_tensors("progan")[0].items()}
SETTINGS = small_tensors("progan")[1] or {}


def sharded(folder, ending=".safetensors", count=2, **changes):
    keys, where, stem = sorted(TENSORS), {}, "model" if ending == ".safetensors" else "pytorch_model"
    for i in range(count):
        name = f"{stem}-{i + 1:05}-of-{count:05}{ending}"
        part = {key: TENSORS[key] for key in keys[i::count]}
        where |= dict.fromkeys(part, name)
        save_file(part, folder / name) if ending == ".safetensors" else torch.save(part, folder / name)
    index = folder / f"{stem}{ending}.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": where} | changes))
    return index


def same(record, wanted):
    assert record.tensors.keys() == wanted.tensors.keys()
    assert all(torch.equal(record.tensors[key], value) for key, value in wanted.tensors.items())


@pytest.fixture
def wanted(tmp_path_factory):
    path = tmp_path_factory.mktemp("one") / "g.safetensors"
    save_file(TENSORS, path, {"settings": json.dumps(SETTINGS)})
    return open_checkpoint(path)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "pytorch_model.bin", "progan-cats-model.safetensors", "anything.pt"]
)
def test_one_file_and_its_configuration(tmp_path, wanted, name):
    save_file(TENSORS, tmp_path / name) if name.endswith(".safetensors") else torch.save(
        {"G_ema": TENSORS}, tmp_path / name
    )
    (tmp_path / "config.json").write_text(json.dumps(SETTINGS))
    (tmp_path / "README.md").write_text("a card")
    record = open_checkpoint(tmp_path)
    same(record, wanted)
    assert record.config == wanted.config


@pytest.mark.parametrize("ending", [".safetensors", ".bin"])
def test_shards(tmp_path, wanted, ending):
    index = sharded(tmp_path, ending)
    (tmp_path / "config.json").write_text(json.dumps(SETTINGS))
    same(open_checkpoint(tmp_path), wanted)
    same(open_checkpoint(index), wanted)
    first, second = sorted(tmp_path.glob(f"*-of-*{ending}"))
    with pytest.raises(ModelError, match=rf"shard 1 of 2.*name {index.name} in the same folder"):
        open_checkpoint(first)
    index.unlink()
    with pytest.raises(ModelError, match="shard 2 of 2.*the folder"):
        open_checkpoint(second)


def test_biggan_deep_in_safetensors(tmp_path):
    state, _, metadata = frozen("biggan_deep", "irregular")
    save_file({key: value.contiguous().clone() for key, value in state.items()}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(metadata["settings"]))
    source = open_checkpoint(tmp_path).source
    assert (source.format, source.entry) == ("Hugging Face BigGAN-deep", "model.safetensors")


def test_a_converted_file_under_the_hubs_name(tmp_path, wanted):
    (tmp_path / "model.safetensors").write_bytes(to_bytes(wanted, {"file": "g.pt"}))
    same(open_checkpoint(tmp_path), wanted)
    with pytest.raises(ModelError, match="single generator.*entry netG"):
        open_checkpoint(tmp_path, entry="netG")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight_map": {"a": "../model.safetensors"}}, "outside its folder"),
        ({"weight_map": {"a": "/etc/passwd"}}, "outside its folder"),
        ({"weight_map": {"a": "..\\model.safetensors"}}, "outside its folder"),
        ({"weight_map": {"a": ".."}}, "outside its folder"),
        ({"weight_map": {"a": "x" * 300}}, "damaged"),
        ({"weight_map": {"a": "no-such.safetensors"}}, "is missing"),
        ({"weight_map": {}}, "lists 0 shards"),
        ({"weight_map": [1]}, "damaged"),
        ({"weight_map": {"a": "model-00001-of-00002.safetensors"}}, "tensor a, but none"),
    ],
)
def test_a_bad_index_is_one_sentence(tmp_path, change, words):
    sharded(tmp_path, **change)
    with pytest.raises(WeightsError, match=words):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 5000, '{"weight_map": 3}', "\x00"])
def test_a_bad_index_or_configuration_is_damaged(tmp_path, text):
    index = sharded(tmp_path)
    (tmp_path / "config.json").write_text(text)
    if text != '{"weight_map": 3}':
        with pytest.raises(WeightsError, match=r"config\.json is damaged"):
            open_checkpoint(tmp_path)
    index.write_text(text)
    with pytest.raises(WeightsError, match=r"index\.json is damaged"):
        open_checkpoint(tmp_path)


def test_several_files_are_listed(tmp_path):
    for name in ("G.pth", "G_ema.pth", "D.pth"):
        torch.save(TENSORS, tmp_path / name)
    with pytest.raises(ModelError, match=r"It has D\.pth, G\.pth, G_ema\.pth"):
        open_checkpoint(tmp_path)
    for name in ("a-model.safetensors", "b-model.safetensors"):
        save_file(TENSORS, tmp_path / name)
    with pytest.raises(ModelError, match="2 files whose names end in model.safetensors"):
        open_checkpoint(tmp_path)


def test_networks_of_accelerate_are_asked_about(tmp_path):
    for name in ("model.safetensors", "model_1.safetensors"):
        save_file(TENSORS, tmp_path / name)
    with pytest.raises(ModelError, match=r"several networks.*model\.safetensors, model_1\.safetensors"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [(".metadata", "torch.distributed"), ("zero_to_fp32.py", "DeepSpeed"), ("saved_model.pb", "TensorFlow")],
)
def test_folders_of_other_programs_are_named(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=words):
        open_checkpoint(tmp_path)


def test_other_folders(tmp_path):
    with pytest.raises(ModelError, match="path of a weights file"):
        open_checkpoint(tmp_path)
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(ModelError, match="diffusers pipeline"):
        open_checkpoint(tmp_path)
