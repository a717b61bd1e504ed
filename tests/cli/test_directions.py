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


@pytest.fixture(scope="module")
def found(tmp_path_factory, toons):
    path = tmp_path_factory.mktemp("found") / "mouth.safetensors"
    resefa.discover(toons, toons.sample(7), "mouth", k=3, space="W").save(path)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path / "home"))
    return tmp_path


def test_a_stored_direction_is_listed_applied_and_removed(found, home):
    done = run("directions", "add", "toon-faces-64", found, "0=Wide smile", "1=sad", "-q")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    listed = json.loads(run("directions", "list", "toon-faces-64", "--json").stdout)
    mine = {one["name"]: one for one in listed if not one["part_of_resefa"]}
    assert list(mine) == ["sad", "Wide smile"] and mine["sad"]["region"] == "toon-faces:mouth"
    assert "Wide smile" in run("directions", "list").stdout
    arguments = ("edit", "toon-faces-64", "--named", "wide SMILE=1", "--named", "sad=-0.5", "--json")
    done = run(*arguments, "--seeds", "3", "-o", "sheet.png", cwd=home)
    facts = json.loads(done.stdout)
    assert (facts["edit"], facts["strengths"], facts["change"]) == ("Wide smile + sad x -0.5", [0, 0.5, 1], 0.05)
    assert (home / "sheet.png").stat().st_size > 5000
    assert run("directions", "remove", "toon-faces-64", "wide smile").returncode == 0
    done = run("edit", "toon-faces-64", "--named", "wide smile", cwd=home)
    assert done.returncode == 9 and "'wide smile'" in done.stderr and done.stderr.count("\n") == 1


def test_a_named_direction_moves_together_with_a_file(found, home):
    assert run("directions", "add", "toon-faces-64", found, "1=sad").returncode == 0
    arguments = ("edit", "toon-faces-64", found, "--named", "sad", "--strengths=-1,1", "--seeds", "4", "--json")
    facts = json.loads(run(*arguments, cwd=home).stdout)
    assert facts["edit"] == "mouth #0 + sad"


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["edit", "toon-faces-64"], 2, "--named"),
        (["edit", "toon-faces-64", "--direction", "1", "--named", "sad"], 2, "--direction"),
        (["edit", "toon-faces-64", "--named", "sad=much"], 2, "NAME=STRENGTH"),
        (["edit", "toon-faces-64", "--named", "sad", "--named", "Sad=1"], 2, "twice"),
        (["edit", "toon-faces-64", "--named", "../sad"], 9, "'../sad'"),
        (["directions", "add", "toon-faces-64", "{found}", "0=SAD"], 9, "--replace"),
        (["directions", "add", "toon-faces-64", "{found}", "0=a", "1=A"], 2, "same name"),
        (["directions", "add", "toon-faces-64", "{found}", "0=a\nb"], 9, "printable"),
        (["directions", "remove", "toon-faces-64", "sab"], 9, "did you mean sad"),
        (["directions", "remove", "toon-faces-64", "../../found"], 9, "has no direction"),
    ],
)
def test_a_mistaken_name_of_the_library_is_one_sentence(found, home, arguments, code, said):
    assert run("directions", "add", "toon-faces-64", found, "1=sad").returncode == 0
    done = run(*[text.format(found=found) for text in arguments], cwd=home)
    assert done.returncode == code and said in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert sorted(path.name for path in home.iterdir()) == ["home"]
    assert [path.name for path in (home / "home" / "directions").glob("*/*")] == ["sad.safetensors"]


def test_captions_are_stored_shown_and_used_as_names(found, home):
    own = home / "own.safetensors"
    arguments = ("directions", "caption", "toon-faces-64", found, "--seeds", "3,5", "-o", own)
    done = run(*arguments, "--as-names", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    facts = [one.facts for one in resefa.Directions.load(own)]
    assert all(one.caption and one.caption_details["images"] == 2 for one in facts)
    expected = [f"mouth #{i}" if one.caption == "unclear" else one.caption[:20] for i, one in enumerate(facts)]
    assert [name[:20] for name in names(own)] == expected
    assert facts[0].caption in run("show", own).stdout


def test_overwrite_needs_as_names(found, home):
    done = run("directions", "caption", "toon-faces-64", found, "--overwrite", "-o", home / "new.safetensors")
    assert done.returncode == 2 and "--as-names" in done.stderr and not (home / "new.safetensors").exists()
