"""``--code``: the codes of a file in place of seeds, in every command that makes images; in one process, as fast as it goes."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import resefa
from resefa.cli.main import app
from resefa.errors import DirectionsError, LatentError, UsageError


def run(*arguments: str) -> None:
    app(list(arguments), standalone_mode=False)


@pytest.fixture
def folder(tmp_path, monkeypatch, toons):
    monkeypatch.chdir(tmp_path)
    codes = toons.sample([7, 8])
    codes.save("c.safetensors")
    np.savez("z.npz", z=codes.values.numpy().reshape(2, 128, 1, 1))
    torch.save(codes.values[:1], "latents.pt")
    return tmp_path


def test_an_image_of_a_code_is_that_of_its_seed(folder, capsys):
    run("sample", "toon-faces-64", "--code", "z.npz", "-o", "a.png", "--json")
    assert json.loads(capsys.readouterr().out)["code"] == "z.npz"
    run("sample", "toon-faces-64", "--code", "c.safetensors", "-o", "b.png", "-q")
    run("sample", "toon-faces-64", "--seeds", "7,8", "-o", "c.png", "-q")
    assert (folder / "b.png").read_bytes() == (folder / "c.png").read_bytes()


def test_directions_of_a_code_and_their_edit(folder, capsys):
    run(
        "discover",
        "toon-faces-64",
        "--code",
        "z.npz",
        "--region",
        "mouth",
        "-k",
        "2",
        "--name",
        "smile",
        "--no-strengths",
        "-o",
        "a.safetensors",
        "-q",
    )
    run(
        "discover",
        "toon-faces-64",
        "--seeds",
        "7,8",
        "--region",
        "mouth",
        "-k",
        "2",
        "--no-strengths",
        "-o",
        "b.safetensors",
        "-q",
    )
    found, same = map(resefa.Directions.load, ("a.safetensors", "b.safetensors"))
    assert torch.allclose(found.vectors, same.vectors, atol=1e-5) and found[1].name == "smile #1"
    assert found.provenance.seeds is None and torch.allclose(found.codes, same.codes)
    run(
        "edit",
        "toon-faces-64",
        "a.safetensors",
        "--code",
        "latents.pt",
        "--code-space",
        "Z",
        "--strengths=-1,1",
        "-o",
        "e.png",
        "--json",
    )
    assert json.loads(capsys.readouterr().out)["edit"] == "smile #0"


@pytest.mark.parametrize(
    "arguments, error, said",
    [
        (["sample", "toon-faces-64", "--code", "z.npz", "--seeds", "7"], UsageError, "give only one of them"),
        (["sample", "toon-faces-64", "--code-space", "Z"], UsageError, "--code-space needs"),
        (["sample", "toon-faces-64", "--code", "z.npz", "--code-space", "V"], LatentError, "choose one of Z, W, W"),
        (["sample", "toon-faces-64", "--code", "latents.pt"], LatentError, "1 of Z or 1 of W .*--code-space W"),
        (["sample", "toon-faces-64", "--code", "nothing.npz"], LatentError, "check the path"),
        (["show", "c.safetensors"], DirectionsError, "c.safetensors contains latent codes"),
        (["show", "z.npz"], DirectionsError, r"z.npz contains latent codes \(z\)"),
        (["show", "latents.pt"], DirectionsError, "latents.pt.*latent codes"),
        (["edit", "toon-faces-64", "z.npz"], DirectionsError, "--code"),
    ],
)
def test_mistakes_get_one_sentence(folder, arguments, error, said):
    with pytest.raises(error, match=said):
        run(*arguments)
