"""``resefa discover --method``: each method's own options, and a sentence for those of another."""

from __future__ import annotations

import json

import pytest
import typer.main
from reference.command import resefa
from reference.small import small_tensors
from safetensors.torch import save_file

from resefa.cli.main import app
from resefa.errors import UsageError
from resefa.methods.registry import METHODS, check_options

REGION = ["--region", "box:25%,25%,50%,50%", "-k", "2", "--json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("methods")
    tensors, settings, _ = small_tensors("stylegan2")
    floats = {key: value.float().contiguous() for key, value in tensors.items()}
    save_file(floats, folder / "style.safetensors", {"settings": json.dumps(settings or {})})
    return folder


@pytest.mark.parametrize(
    ("arguments", "space"),
    [
        (["sefa", "--candidates", "5", "--layers", "1-3"], "W"),
        (["stylespace", "--unranked"], "S"),
        (["interfacegan", "--labels", "labels.txt", "--space", "W"], "W"),
    ],
)
def test_a_method_by_name_with_its_options(folder, arguments, space):
    (folder / "labels.txt").write_text("# seed, smiles\n" + "".join(f"{seed},{seed % 2}\n" for seed in range(30)))
    done = resefa("discover", "style.safetensors", *REGION, "--method", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    facts, status = shown["provenance"], shown["status"]
    assert (facts["method"], facts["space"]) == (arguments[0], space)
    assert ("method's order" in status) and ("best of" in status) != ("--unranked" in arguments)


def test_what_does_not_apply_is_one_sentence(folder):
    for arguments, words in [
        (["sefa", "--tau", "0.1"], "sefa has no option --tau"),
        (["sepha"], "Unknown method 'sepha'; did you mean 'sefa'?"),
        (["interfacegan"], "give --labels"),
        (["sefa", "--space", "S"], "give --space W"),
        (["interfacegan", "--labels", "no.txt"], "cannot be read"),
    ]:
        done = resefa(
            "discover", "style.safetensors", *REGION, "--method", *arguments, "-o", "x.safetensors", cwd=folder
        )
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and words in done.stderr, done.stderr
        assert not (folder / "x.safetensors").exists()


def test_options_that_a_method_does_not_take_are_refused():
    for method, name in [
        ("resefa", "candidates"),
        ("lowrankgan", "solver"),
        ("sefa", "cache"),
        ("random", "labels"),
    ]:
        with pytest.raises(UsageError, match=f"{method} has no option {name}; omit"):
            check_options(method, [name])


def test_the_help_names_every_method():
    command = typer.main.get_command(app).commands["discover"]
    text = next(parameter.help for parameter in command.params if parameter.name == "method")
    assert all(name in text for name in METHODS)
