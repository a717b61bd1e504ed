"""``resefa directions``: names of directions in a file."""

from __future__ import annotations

import json

import pytest
import torch
from reference.command import resefa as run

import resefa
from resefa.directions import Provenance


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mouth.safetensors"
    resefa.Directions(torch.eye(3, 5), provenance=Provenance(region="toon-faces:mouth", space="W")).save(path)
    return path


def names(path):
    return [one.name for one in resefa.Directions.load(path)]


def test_rename_changes_the_file_itself_and_keeps_other_names(file):
    done = run("directions", "rename", file, "0=smile", "2=a=b")
    assert done.returncode == 0 and "smile" in done.stdout, done.stderr
    assert names(file) == ["smile", "mouth #1", "a=b"]
    done = run("directions", "rename", file, "1=sad", "--json")
    assert json.loads(done.stdout)["provenance"]["names"] == ["smile", "sad", "a=b"]


def test_rename_writes_another_file(file, tmp_path):
    before = file.read_bytes()
    done = run("directions", "rename", file, "1=sad", "-o", tmp_path / "new.safetensors", "-q")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert file.read_bytes() == before and names(tmp_path / "new.safetensors")[1] == "sad"


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["smile"], 2, "INDEX=NAME"),
        (["-1=smile"], 2, "-1"),
        (["1" * 5000 + "=smile"], 2, "INDEX=NAME"),
        (["0=a", "0=b"], 2, "Direction 0"),
        (["3=smile"], 9, "0 to 2"),
        (["0="], 9, "1 to 200"),
        (["0=" + "x" * 201], 9, "1 to 200"),
        (["0=smile", "-o", "new.npy"], 10, "new.safetensors"),
        (["0=smile", "-o", "missing/folder/new.safetensors"], 10, "does not exist"),
    ],
)
def test_a_mistaken_name_is_one_sentence_and_changes_no_file(file, tmp_path, arguments, code, said):
    before = file.read_bytes()
    done = run("directions", "rename", file, *arguments, cwd=tmp_path)
    assert done.returncode == code and said in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert file.read_bytes() == before and list(tmp_path.iterdir()) == [file]
