"""Files that are no weights: each is told what it is, in one sentence."""

from __future__ import annotations

import io
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from resefa.checkpoints.open import open_checkpoint
from resefa.errors import ResefaError


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind)
    return out.getvalue()


def _array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.zeros((2, 2)))
    return out.getvalue()


def _torch(content: object) -> bytes:
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("weights"), io.BytesIO())
    return out.getvalue()


def _arrays() -> bytes:
    out = io.BytesIO()
    np.savez(out, w=np.zeros(2))
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("G.pth", b"x")
    return out.getvalue()


def _program() -> bytes:
    out = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), out)
    return out.getvalue()


FILES = {
    "empty": (lambda: b"", "is empty"),
    "jpeg": (lambda: _picture("JPEG"), "JPEG picture"),
    "png": (lambda: _picture("PNG"), "PNG picture"),
    "array": (_array, "NumPy array"),
    "tar": (_tar, "tar archive: unpack"),
    "page": (lambda: b"\n<!DOCTYPE html><html>", "web page"),
    "pointer": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "text": (lambda: b"hello\n" * 200, "text that begins with 'hello"),
    "bytes": (lambda: bytes(range(256)), "00 01 02 03"),
    "cut": (lambda: _torch({"a": torch.zeros(1000)})[:2000], "at byte"),
    "discriminator": (
        lambda: _torch({"d": {"final_linear.0.weight": torch.zeros(2, 2)}}),
        r"discriminator or an encoder \(d\)",
    ),
    "other": (lambda: _torch({"conv1.weight": torch.zeros(4, 3, 7, 7)}), "begin with conv1.weight"),
    "deep": (
        lambda: _torch({"epoch": 1, "model": {"conv1.weight": torch.zeros(4, 3, 7, 7)}}),
        "tensors of model begin with conv1.weight",
    ),
    "joined": (
        lambda: _torch({"state_dict": {"netD.a.weight": torch.zeros(2, 2), "netD.b.weight": torch.zeros(2, 2)}}),
        "discriminator",
    ),
    "npz": (_arrays, "NumPy archive"),
    "zip": (_zip, "zip archive of G.pth: unpack it first"),
    "torchscript": (_program, "TorchScript program.*trust_program=True"),
    "list": (lambda: _torch([1, 2]), "is a list"),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_generator_is_named(kind, tmp_path):
    make, words = FILES[kind]
    path = tmp_path / "weights.pkl"
    path.write_bytes(make())
    with pytest.raises(ResefaError, match=words):
        open_checkpoint(path)
