"""``resefa inspect`` and ``resefa convert``, in processes of their own."""

from __future__ import annotations

import json
import os
import pickle

import pytest
from checkpoints.formats.nvidia_pickles import module, write
from reference.command import resefa
from reference.small import small_tensors


class Attack:
    def __reduce__(self):
        return os.system, ("touch canary",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    tensors, settings, _ = small_tensors("stylegan2")
    made = module(
        {key: value.float() for key, value in tensors.items()},
        of={"synthesis.b4.conv1": {"conv_clamp": settings.get("conv_clamp")}},
    )
    write(folder / "network.pkl", made)
    (folder / "attack.pkl").write_bytes(pickle.dumps({"G_ema": Attack()}))
    return folder


def test_what_is_said_of_a_pickle(folder):
    done = resefa("inspect", "network.pkl", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["format"], facts["entry"], facts["family"]) == ("NVIDIA PyTorch pickle", "G_ema", "stylegan2")
    assert facts["resolution"] == [32, 32]
    assert facts["spaces"]["Z"] == [12]
    assert facts["parameters"] > 1000
    assert len(facts["sha256"]) == 64
    assert all(each["harmless"] for each in facts["globals"])
    quiet = resefa("inspect", "network.pkl", "--quiet", cwd=folder)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    text = resefa("inspect", "network.pkl", cwd=folder).stdout
    assert "32 x 32" in text
    assert "stylegan2" in text


def test_an_attack_is_told_and_does_not_run(folder):
    for command in (["inspect"], ["convert", "-o", "x.safetensors"], ["sample", "-o", "x.png"]):
        done = resefa(command[0], "attack.pkl", *command[1:], cwd=folder)
        assert done.returncode == 5
        assert "system" in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    quiet = resefa("inspect", "attack.pkl", "-q", cwd=folder)
    assert (quiet.returncode, quiet.stdout) == (5, "")
    facts = json.loads(resefa("inspect", "attack.pkl", "--json", cwd=folder).stdout)
    assert facts["opens"] is False
    assert [each["harmless"] for each in facts["globals"]] == [False]
    assert not (folder / "canary").exists()
    assert not (folder / "x.safetensors").exists()


def test_a_converted_file_makes_the_same_image_without_pickle(folder):
    done = resefa("convert", "network.pkl", "-o", "network.safetensors", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["from"]["file"] == "network.pkl"
    for name in ("network.pkl", "network.safetensors"):
        assert resefa("sample", name, "--seeds", "1", "-o", f"{name}.png", cwd=folder).returncode == 0
    assert (folder / "network.pkl.png").read_bytes() == (folder / "network.safetensors.png").read_bytes()
    again = json.loads(resefa("inspect", "network.safetensors", "--json", cwd=folder).stdout)
    assert again["layout"] == "safetensors"
    assert again["format"] == "resefa checkpoint, from NVIDIA PyTorch pickle"
    assert "globals" not in again or not again["globals"]


def test_bad_arguments_have_one_sentence(folder):
    for arguments in (["inspect", "nothing.pkl"], ["convert", "network.pkl", "-o", "x.pkl"]):
        done = resefa(*arguments, cwd=folder)
        assert done.returncode not in (0, 1), done.stdout
        assert done.stderr.count("\n") == 1, done.stderr


def test_names_in_a_file_cannot_write_to_the_terminal(tmp_path):
    import torch
    from reference.small import small_tensors

    from resefa.cli.inspect import _lines
    from resefa.generators.inspection import inspect

    path = tmp_path / "m.pt"
    torch.save({"a\x1b[31m\nb": dict(small_tensors("progan")[0])}, path)
    lines = _lines(inspect(path).facts())
    assert any(r"a\x1b[31m\nb" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    assert any(line.split() == ["classes", "none", "(unconditional)"] for line in lines)


def test_the_entry_is_shown_chosen_and_asked_for(tmp_path):
    import torch

    average = dict(small_tensors("progan")[0])
    raw = {key: value * 2 for key, value in average.items()}
    torch.save({"netG": raw, "netG_ema": average}, tmp_path / "two.pt")
    torch.save([raw, average], tmp_path / "list.pt")
    torch.save(average, tmp_path / "one.pt")
    for file, options, entry, others in (
        ("two.pt", (), "netG_ema", ["netG"]),
        ("two.pt", ("--entry", "netG"), "netG", ["netG_ema"]),
        ("list.pt", ("--entry", "[1]"), "[1]", ["[0]"]),
        ("one.pt", (), "the whole file", None),
    ):
        facts = json.loads(resefa("inspect", file, *options, "--json", cwd=tmp_path).stdout)
        assert (facts["entry"], facts.get("other entries")) == (entry, others)
    asked = resefa("inspect", "list.pt", cwd=tmp_path)
    assert asked.returncode == 4
    assert "[0] and [1]" in asked.stdout and "--entry" in asked.stdout
    done = resefa("convert", "two.pt", "--entry", "netG", "-o", "raw.safetensors", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["entry"] == "netG", done.stderr
