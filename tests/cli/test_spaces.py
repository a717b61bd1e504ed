"""The command line on a StyleGAN2 file: space, layers, truncation."""

from __future__ import annotations

import json

import pytest
from reference.command import resefa
from reference.small import small_tensors
from safetensors.torch import save_file

import resefa as library


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stylegan2")
    for family in ("stylegan2", "biggan-deep"):
        tensors, settings, _ = small_tensors(family)
        floats = {key: value.float().contiguous() for key, value in tensors.items()}
        save_file(floats, folder / f"{family}.safetensors", {"settings": json.dumps(settings or {})})
    return folder


def test_discover_and_edit_over_some_layers_under_truncation(folder):
    region = ["--region", "box:0%,0%,50%,50%", "-k", "2", "-o", "d.safetensors", "--json"]
    done = resefa(
        "discover",
        "stylegan2.safetensors",
        *region,
        "--space",
        "W",
        "--layers",
        "2-4",
        "--truncation",
        "0.7",
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)["provenance"]
    assert (facts["space"], facts["layers"], facts["truncation"], facts["code_space"]) == ("W", "2-4", 0.7, "Z")
    done = resefa(
        "edit",
        "stylegan2.safetensors",
        "d.safetensors",
        "--seeds",
        "0,1",
        "--strengths=-3:3:7",
        "-o",
        "s.png",
        "--json",
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "s.png").stat().st_size > 3000
    # The library does the same: conditions and codes come from the file.
    generator = library.load(folder / "stylegan2.safetensors")
    direction = library.Directions.load(folder / "d.safetensors")[0]
    sweeps = library.Sweep.each(generator, generator.sample([0, 1]), direction, [-3, -2, -1, 0, 1, 2, 3])
    assert json.loads(done.stdout)["images"] == [sweep.facts() for sweep in sweeps]


def test_an_option_for_a_condition_holds_and_the_warning_names_it(folder):
    edit = ["edit", "stylegan2.safetensors", "d.safetensors", "--seeds", "0", "--plain", "-o", "w.png"]
    done = resefa(*edit, "--truncation", "1", cwd=folder)
    assert done.returncode == 0 and done.stderr.count("\n") == 1
    assert "--truncation 0.7" in done.stderr and "--truncation 1.0" in done.stderr


def test_a_class_by_name_and_mistakes(folder):
    done = resefa("sample", "biggan-deep.safetensors", "--seeds", "0-2", "--label", "0", "-o", "s.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    for arguments in (["--label", "no such thing"], ["--truncation", "3"], ["--noise", "1"]):
        done = resefa("sample", "biggan-deep.safetensors", *arguments, "-o", "t.png", cwd=folder)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    done = resefa("edit", "biggan-deep.safetensors", "d.safetensors", "-o", "t.png", cwd=folder)
    assert done.returncode in (2, 7) and done.stderr.count("\n") == 1 and not (folder / "t.png").exists(), done.stderr
