"""``resefa directions measure``, strengths of ``resefa discover``, and the default strengths of ``resefa edit``."""

from __future__ import annotations

import json

import pytest
from reference.small import small_tensors
from safetensors.torch import save_file

import resefa
from resefa.cli import measure
from resefa.cli.main import app

FIND = ["discover", "style.safetensors", "--region", "box:25%,25%,50%,50%", "-k", "1", "--space", "W", "-q"]


def run(*arguments: str) -> None:
    app(list(arguments), standalone_mode=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small model, directions without strengths, and directions with the strengths of two images."""
    folder = tmp_path_factory.mktemp("measure")
    tensors, settings, _ = small_tensors("stylegan2")
    floats = {key: value.float().contiguous() for key, value in tensors.items()}
    save_file(floats, folder / "style.safetensors", {"settings": json.dumps(settings or {})})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run(*FIND, "--no-strengths", "-o", "bare.safetensors")
        run(
            "directions",
            "measure",
            "style.safetensors",
            "bare.safetensors",
            "--seeds",
            "0,1",
            "-o",
            "two.safetensors",
            "-q",
        )
    return folder


@pytest.fixture(autouse=True)
def inside(folder, monkeypatch):
    monkeypatch.chdir(folder)


def strength(name: str):
    facts = resefa.Directions.load(name)[0].facts
    return None if facts is None else facts.strength


def test_measure_writes_the_profile_of_the_chosen_images():
    assert strength("bare.safetensors") is None
    found = strength("two.safetensors")
    assert found.images == 2 and found.plus.worst in ("seed 0", "seed 1")


def test_discover_measures_if_cheap(monkeypatch, capsys):
    monkeypatch.setattr(measure, "FREE_SECONDS", 1e6)
    run(*FIND, "-o", "found.safetensors")
    assert strength("found.safetensors").images == 1
    monkeypatch.setattr(measure, "FREE_SECONDS", -1.0)
    monkeypatch.setattr(measure, "expected_seconds", lambda *_: 1e6)
    run(*FIND[:-1], "-o", "costly.safetensors")
    assert strength("costly.safetensors") is None
    assert "--strengths or `resefa directions measure`" in capsys.readouterr().err


def test_edit_moves_within_the_stored_range(capsys):
    run("edit", "style.safetensors", "two.safetensors", "--plain", "-o", "a.png", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["scale"] == "range" and said["strengths"] == pytest.approx([-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1])
    run("edit", "style.safetensors", "bare.safetensors", "--plain", "-o", "a.png", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["scale"] == "step" and said["strengths"] == [-3, -2, -1, 0, 1, 2, 3]


def test_explicit_strengths_remain_steps(capsys):
    run("edit", "style.safetensors", "two.safetensors", "--strengths=-1,1", "--plain", "-o", "b.png", "--json")
    assert json.loads(capsys.readouterr().out)["scale"] == "step"
    run("edit", "style.safetensors", "bare.safetensors", "--strengths=-1,1", "--plain", "-o", "c.png", "-q")
    with open("b.png", "rb") as one, open("c.png", "rb") as other:
        assert one.read() == other.read()


def test_show_prints_the_range(capsys):
    run("show", "two.safetensors")
    shown = capsys.readouterr().out
    assert "+ up to" in shown and "- up to" in shown and "ends because" in shown
