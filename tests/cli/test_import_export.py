"""``resefa import`` and ``resefa export`` as a person runs them, and foreign files given to ``resefa edit`` and ``show``."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from reference.command import resefa as run

import resefa


def array(folder, shape=(3, 128)):
    np.save(folder / "found.npy", np.random.RandomState(0).randn(*shape).astype(np.float32))


def test_import_then_export(tmp_path, toons):
    array(tmp_path)
    done = run(
        "import", "found.npy", "--model", "toon-faces-64", "--space", "Z", "-o", "a.safetensors", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["count"], facts["provenance"]["space"], len(facts["step"])) == (3, "Z", 3)
    assert "imported from an array" in run("show", "a.safetensors", cwd=tmp_path).stdout
    done = run("export", "a.safetensors", "-o", "a.npz", "--direction", "2", "--direction", "0", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == "wrote a.npz\n", done.stderr
    read = resefa.Directions.load(tmp_path / "a.npz")
    assert torch.allclose(read.vectors, resefa.Directions.load(tmp_path / "a.safetensors").vectors[[2, 0]], atol=1e-6)


def test_edit_takes_what_another_tool_wrote(tmp_path, toons):
    array(tmp_path, (1, 10, 128))
    done = run(
        "edit",
        "toon-faces-64",
        "found.npy",
        "--with",
        "found.npy:0=1",
        "--seeds",
        "4",
        "--strengths=-1,1",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "sheet.png").stat().st_size > 5000


@pytest.mark.parametrize(
    "arguments, code, sentence",
    [
        (["import", "found.npy"], 9, "does not state the latent space"),
        (["import", "found.npy", "--space", "W", "-o", "a.npy"], 10, "a.safetensors"),
        (
            ["import", "found.npy", "--space", "ZC", "--model", "toon-faces-64"],
            9,
            "toon-faces-64; choose one of Z, W, W+, S",
        ),
        (["import", "found.npy", "--model", "toon-faces-64"], 9, "fits Z and W of toon-faces-64; choose a space"),
        (["import", "nothing.npy"], 9, "check the path"),
        (["import", "other.json"], 9, "give --model"),
        (["edit", "toon-faces-64", "short.npy"], 9, "fits no space"),
        (["export", "found.npy", "-o", "a.npy"], 9, "does not state the latent space"),
        (["export", "found.safetensors", "-o", "a.pt"], 9, "--format w+"),
        (["export", "found.safetensors", "-o", "a.npy", "--format", "interfacegan"], 9, "--direction 0"),
        (["export", "found.safetensors", "-o", "a.npy", "--direction", "7"], 9, "0 to 2"),
        (["export", "found.safetensors"], 2, "-o"),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, toons, arguments, code, sentence):
    array(tmp_path)
    np.save(tmp_path / "short.npy", np.ones((1, 7)))
    (tmp_path / "other.json").write_text("[[9, 409]]")
    resefa.Directions.load(tmp_path / "found.npy").save(tmp_path / "found.safetensors")
    before = sorted(tmp_path.iterdir())
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("resefa: ") and done.stderr.count("\n") == 1 and sentence in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_another_tools_directions_get_a_region_and_a_name(tmp_path, monkeypatch, toons, capsys):
    from resefa.cli.main import app
    from resefa.errors import UsageError

    monkeypatch.chdir(tmp_path)
    array(tmp_path)

    def said(*arguments: str) -> str:
        app(list(arguments), standalone_mode=False)
        return capsys.readouterr().out

    shown = said("show", "found.npy")
    assert "not stated in the file" in shown and "space                Z" not in shown and "region " not in shown
    assert json.loads(said("show", "found.npy", "--json"))["provenance"]["space"] is None
    with pytest.raises(UsageError, match="--model"):
        said("import", "found.npy", "--region", "mouth")
    model = ("--model", "toon-faces-64", "--space", "Z")
    said("import", "found.npy", *model, "--region", "mouth", "--name", "grin", "-o", "a.safetensors")
    said(
        "edit", "toon-faces-64", "a.safetensors", "--seeds", "3", "--strengths=-1,1", "--change", "0.01", "-o", "a.png"
    )
    said("import", "a.safetensors", "--name", "smile", "-o", "b.safetensors")
    found = resefa.Directions.load("b.safetensors")
    assert found[2].name == "smile #2" and found.provenance.region == "toon-faces:mouth" and found.edit is not None
