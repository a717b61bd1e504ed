"""``resefa discover --vary --hold``: terms on the command line, and the sentence for the earlier option."""

from __future__ import annotations

import json

import pytest
from reference.command import resefa
from reference.small import small_tensors
from safetensors.torch import save_file

REGION = ["--region", "box:25%,25%,50%,50%", "-k", "2", "--json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("terms")
    tensors, settings, _ = small_tensors("stylegan2")
    floats = {key: value.float().contiguous() for key, value in tensors.items()}
    save_file(floats, folder / "style.safetensors", {"settings": json.dumps(settings or {})})
    return folder


def test_terms_are_repeatable_and_stored(folder):
    terms = ["--vary", "chroma", "--vary", "low-frequencies:4=0.5", "--hold", "luminance=2", "--hold", "pixels=0.5"]
    done = resefa("discover", "style.safetensors", *REGION, *terms, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "varies chroma + low-frequencies:4=0.5, holds luminance=2 + pixels=0.5" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--objective", "chroma"], "give --vary chroma and --hold luminance"),
        (["--hold", "luminance=-2"], "--hold: The weight of luminance is -2.0"),
        (["--hold", "features:toon-faces"], "names a generator"),
    ],
)
def test_impossible_terms_are_one_sentence(folder, arguments, message):
    done = resefa("discover", "style.safetensors", *REGION, *arguments, cwd=folder)
    assert done.returncode == 2 and message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
