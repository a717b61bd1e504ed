"""Hugging Face's BigGAN-deep folder: its configuration against its tensors, and what is missing."""

from __future__ import annotations

import json

import pytest
import torch
from reference.biggan.weights import frozen

from resefa.checkpoints.families.biggan_deep import biggan_deep_record
from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ModelError, WeightsError

STATE, _, METADATA = frozen("biggan_deep", "irregular")
CONFIG = METADATA["settings"]


@pytest.fixture
def folder(tmp_path):
    torch.save(STATE, tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_a_folder_is_its_tensors_and_what_they_do_not_tell(folder):
    record = open_checkpoint(folder)
    wanted = biggan_deep_record(STATE, "net", CONFIG)
    assert record.config == wanted.config and record.config["resolution"] == 16
    assert all(torch.equal(record.tensors[key], value) for key, value in wanted.tensors.items())
    assert (record.source.format, record.source.entry) == ("Hugging Face BigGAN-deep", "pytorch_model.bin")
    assert record.source.notes == ()


def test_the_names_of_the_published_files_are_read(folder):
    for name in ("pytorch_model.bin", "config.json"):
        (folder / name).rename(folder / f"biggan-deep-16-{name}")
    assert open_checkpoint(folder).source.entry == "biggan-deep-16-pytorch_model.bin"
    (folder / "other-config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"2 files whose names end in config\.json"):
        open_checkpoint(folder)


@pytest.mark.parametrize(
    "field, value",
    [
        ("output_dim", 32), ("z_dim", 6), ("class_embed_dim", 4), ("channel_width", 4), ("num_classes", 1000),
        ("n_stats", 51), ("attention_layer_position", 1), ("num_classes", True), ("z_dim", "5"), ("n_stats", None),
        ("layers", [[False, 16, 8]]), ("layers", [[0, 16, 8]]), ("layers", "no"), ("layers", [[False, 16, 0]]),
        ("layers", [[False, 16, 10**30]]), ("eps", "small"), ("eps", -1), ("eps", True),
    ],
)  # fmt: skip
def test_a_field_that_disagrees_is_named(folder, field, value):
    (folder / "config.json").write_text(json.dumps(CONFIG | {field: value}))
    with pytest.raises(ModelError, match=field):
        open_checkpoint(folder)


def test_a_missing_field_is_inferred_and_said(folder):
    less = {key: value for key, value in CONFIG.items() if key not in ("eps", "z_dim")}
    (folder / "config.json").write_text(json.dumps(less))
    record = open_checkpoint(folder)
    assert record.config["eps"] == 1e-4 and record.config["z_dim"] == 5
    assert "eps" in record.source.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1]",
        "null",
        "[" * 5000,
        b"\xff\xfe",
        "x" * (1 << 21),
        '{"eps": ' + "9" * 5000 + "}",
        '{"eps": Infinity}',
    ],
)
def test_bad_json_is_one_sentence(folder, text):
    (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises((WeightsError, ModelError)) as caught:
        open_checkpoint(folder)
    assert "config.json" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "pytorch_model.bin"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"(has no|without).*{name}"):
        open_checkpoint(folder)


def test_tensors_are_placed_strictly(folder):
    for change, words in (({"generator.bn.bias": None}, r"generator\.bn\.bias"), ({"extra": torch.zeros(1)}, "extra")):
        tensors = {key: value for key, value in (STATE | change).items() if value is not None}
        torch.save(tensors, folder / "pytorch_model.bin")
        with pytest.raises(ModelError, match=words):
            open_checkpoint(folder)
