"""The command line as a person runs it: in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from PIL import Image
from reference.command import resefa


@pytest.fixture(scope="module")
def mouth(tmp_path_factory, toons):
    path = tmp_path_factory.mktemp("directions") / "mouth.safetensors"
    done = resefa("discover", "toon-faces-64", "--seed", "7", "--region", "mouth", "-k", "3", "-o", str(path), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["count"] == 3
    return path


@pytest.mark.parametrize("name", ["sheet.png", "sheet.gif", "sheet.html", "sheet.mp4"])
def test_edit_writes_each_kind(mouth, tmp_path, name):
    done = resefa("edit", "toon-faces-64", str(mouth), "--seeds", "4,7", "--strengths=-2:2:3", "-o", name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    path = tmp_path / name
    assert path.stat().st_size > 5000
    if name == "sheet.gif":
        with Image.open(path) as image:
            assert image.n_frames == 4
    if name == "sheet.mp4":
        ffmpeg = pytest.importorskip("imageio_ffmpeg")
        assert ffmpeg.count_frames_and_secs(str(path))[0] == 4


def test_directions_are_composed_each_with_a_strength_of_its_own(mouth, tmp_path):
    done = resefa(
        "discover", "toon-faces-64", "--seed", "7", "--region", "eyes", "-o", "eyes.safetensors", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    arguments = ["edit", "toon-faces-64", str(mouth), "--direction", "0", "--direction", "1=-0.5"]
    arguments += [
        "--with",
        "eyes.safetensors:0=-1.5",
        "--change",
        "0.05",
        "--strengths=-1,0,1",
        "-o",
        "both.png",
        "--json",
    ]
    done = resefa(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["edit"] == "mouth #0 + mouth #1 x -0.5, with eyes #0 at -1.5"
    measured = {one["strength"]: one for one in facts["images"][0]["measured"]}
    assert measured[1]["inside"] > measured[1]["outside"] > 0 and (tmp_path / "both.png").stat().st_size > 5000


@pytest.mark.parametrize("held", ["eyes.safetensors", "eyes.safetensors:x=1", "=2", "eyes.safetensors:0=much"])
def test_a_mistaken_composition_is_one_sentence(mouth, tmp_path, held):
    done = resefa("edit", "toon-faces-64", str(mouth), "--with", held, cwd=tmp_path)
    assert done.returncode in (2, 9) and done.stderr.count("\n") == 1, done.stderr


def test_sample_show_and_models(mouth, tmp_path):
    done = resefa("sample", "toon-faces-64", "--seeds", "0-9", "-o", "faces.png", "--json", cwd=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["seeds"] == list(range(10))
    assert resefa("sample", "toon-faces-64", "--seeds", "3", "-o", "one.png", "--quiet", cwd=tmp_path).stdout == ""
    assert Image.open(tmp_path / "faces.png").width > 1000
    shown = resefa("show", str(mouth)).stdout
    assert "solver cholesky" in shown and "tau 0.001" in shown and "met True" in shown
    certificate = json.loads(resefa("show", str(mouth), "--json").stdout)["certificate"]
    assert (certificate["solver"], certificate["tau"], certificate["met"]) == ("cholesky", 1e-3, True)
    quiet = resefa("show", str(mouth), "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert resefa("show", "missing.safetensors", "-q").returncode == 9
    listed = {card["name"]: card for card in json.loads(resefa("models", "--json").stdout)}
    assert listed["toon-faces-64"]["present"] is True


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["discover", "toon-faces-64", "--region", "nowhere"], 3),
        (["discover", "no-model", "--region", "mouth"], 4),
        (["discover", "toon-faces-64", "--region", "mouth", "--seed", "x"], 2),
        (["discover", "toon-faces-64", "--region", "mouth", "--tau=-1"], 12),
        (["show", "nothing.safetensors"], 9),
        (["sample", "toon-faces-64", "-o", "faces.xyz"], 10),
        (["sample", "toon-faces-64", "--device", "tpu9"], 2),
        (["sample", "toon-faces-64", "--no-such-option"], 2),
        (["edit", "toon-faces-64"], 2),
        (["nothing"], 2),
    ],
)
def test_mistakes_get_one_sentence_and_an_exit_code(arguments, code, tmp_path, toons):
    done = resefa(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("resefa: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_loads_no_heavy_library():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, resefa.cli.main; print('torch' in sys.modules, 'numpy' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["False", "False"]
