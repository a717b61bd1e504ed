"""Files of codes: resefa's own, those of projectors and encoders, and what is none."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from reference.small import small_generator
from safetensors.torch import save_file

from resefa.errors import LatentError
from resefa.latents.code import LatentCode


@pytest.fixture(scope="module")
def styled():
    """Z and W of 12, W+ of 8 x 12."""
    return small_generator("stylegan2")


def drawn(*shape):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_codes_travel(tmp_path, styled, dtype):
    code = LatentCode(torch.from_numpy(drawn(2, 96)).to(dtype), "W+", (3, 4))
    code.save(tmp_path / "a.safetensors")
    for read in (LatentCode.load(tmp_path / "a.safetensors"), LatentCode.load(tmp_path / "a.safetensors", styled)):
        assert torch.equal(read.values, code.values) and read.values.dtype == dtype
        assert (read.space, read.seeds) == ("W+", (3, 4))
    first = (tmp_path / "a.safetensors").read_bytes()
    code.save(tmp_path / "a.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == first


def test_the_codes_of_a_directions_file(tmp_path, styled):
    from resefa.directions.directions import Directions
    from resefa.directions.provenance import Provenance

    own = Provenance(space="W", code_space="Z", seeds=(7,))
    Directions(drawn(3, 12), codes=drawn(1, 12), provenance=own).save(tmp_path / "a.safetensors")
    read = LatentCode.load(tmp_path / "a.safetensors", styled)
    assert (read.space, read.seeds) == ("Z", (7,)) and np.allclose(read.values, drawn(1, 12))
    Directions(drawn(3, 12)).save(tmp_path / "b.safetensors")
    with pytest.raises(LatentError, match="without the latent codes"):
        LatentCode.load(tmp_path / "b.safetensors", styled)


def as_npz(path, content):
    np.savez(path, **content)


def as_npy(path, content):
    np.save(path, content)


TOOLS = {
    "NVIDIA's projector": ("projected_w.npz", as_npz, {"w": drawn(1, 8, 12)}, "W+", 1),
    "NVIDIA's older projector": ("dlatents.npz", as_npz, {"dlatents": drawn(2, 8, 12)}, "W+", 2),
    "one w": ("w.npz", as_npz, {"w": drawn(1, 12)}, "W", 1),
    "codes beside noise": ("w.npz", as_npz, {"w": drawn(1, 8, 12), "noise": drawn(1, 1, 4, 4)}, "W+", 1),
    "PTI's pivot": ("0.pt", lambda p, c: torch.save(c, p), torch.from_numpy(drawn(1, 8, 12)), "W+", 1),
    "encoder4editing": ("latents.pt", lambda p, c: torch.save(c, p), torch.from_numpy(drawn(5, 8, 12)), "W+", 5),
    "a mapping in torch": ("a.pt", lambda p, c: torch.save(c, p), {"latents": torch.from_numpy(drawn(1, 8, 12)), "step": 7}, "W+", 1),
    "half precision": ("a.pt", lambda p, c: torch.save(c, p), {"w_plus": torch.from_numpy(drawn(1, 8, 12)).half()}, "W+", 1),
    "rosinality's projector": (
        "face.pt", lambda p, c: torch.save(c, p),
        {f"{i}.png": {"img": torch.zeros(3, 4, 4), "latent": torch.from_numpy(drawn(8, 12)), "noise": [torch.zeros(1)]} for i in "ab"}, "W+", 2,
    ),
    "steps for each picture": ("l.pt", lambda p, c: torch.save(c, p), {i: [drawn(8, 12)] * 3 for i in "abc"}, "W+", 3),
    "ReStyle": ("latents.npy", as_npy, {f"{i}.jpg": [drawn(8, 12)] * 5 for i in "ab"}, "W+", 2),
    "an encoder's array": ("latents.npy", as_npy, drawn(3, 8, 12), "W+", 3),
    "a pickled array": ("a.pkl", lambda p, c: p.write_bytes(pickle.dumps(c)), {"z": drawn(4, 12)}, "Z", 4),
    "a list of codes": ("a.pt", lambda p, c: torch.save(c, p), [torch.from_numpy(drawn(1, 8, 12))] * 2, "W+", 2),
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_files_of_other_projects(tmp_path, styled, tool):
    name, write, content, space, count = TOOLS[tool]
    write(tmp_path / name, content)
    read = LatentCode.load(tmp_path / name, styled)
    assert (read.space, len(read)) == (space, count)


@pytest.mark.parametrize(
    "content, space, said",
    [
        (drawn(8, 12), None, r"8 of Z or 8 of W or 1 of W\+"),
        (drawn(1, 12), None, "1 of Z or 1 of W"),
        (drawn(1, 14, 12), None, "fit no space"),
        (drawn(1, 12), "S", "fit no space"),
        (drawn(1, 12), "Q", "choose one of Z, W"),
        (np.full((1, 96), np.nan, np.float32), None, "NaN"),
        (np.ones((1, 96), np.int64), None, "floating-point"),
        (np.array(["a"]), None, "floating-point"),
        (np.zeros((0, 96), np.float32), None, "floating-point"),
        (np.array([{}]), None, "not latent codes|no latent codes"),
        (np.array([None, 7]), None, "not latent codes|no latent codes"),
    ],
)
def test_what_is_not_clear_is_asked(tmp_path, styled, content, space, said):
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    with pytest.raises(LatentError, match=said):
        LatentCode.load(tmp_path / "a.npy", styled, space=space)


def test_an_array_of_objects_is_never_unpickled(tmp_path, styled):
    class Canary:
        def __reduce__(self):
            return (open, (str(tmp_path / "canary"), "w"))

    np.save(tmp_path / "a.npy", np.array([Canary()], dtype=object), allow_pickle=True)
    with pytest.raises(LatentError, match="open"):
        LatentCode.load(tmp_path / "a.npy", styled)
    assert not (tmp_path / "canary").exists()


def test_what_the_user_says_settles_it(tmp_path, styled):
    np.save(tmp_path / "a.npy", drawn(8, 12))
    assert len(LatentCode.load(tmp_path / "a.npy", styled, space="W+")) == 1
    assert len(LatentCode.load(tmp_path / "a.npy", styled, space="W")) == 8
    assert len(LatentCode.load(tmp_path / "a.npy", space="Z")) == 8
    with pytest.raises(LatentError, match="not state their space"):
        LatentCode.load(tmp_path / "a.npy")


def test_the_key_says_more_than_the_user(tmp_path, styled):
    np.savez(tmp_path / "w.npz", w=drawn(1, 12))
    with pytest.raises(LatentError, match="fit no space"):
        LatentCode.load(tmp_path / "w.npz", styled, space="Z")


def test_what_holds_no_codes_is_said(tmp_path, styled):
    torch.save({"g_ema": {"conv.weight": torch.zeros(3, 3)}, "latent_avg": torch.zeros(12)}, tmp_path / "model.pt")
    save_file({f"b{i}.weight": torch.zeros(2) for i in range(30)}, tmp_path / "model.safetensors")
    for name in ("model.pt", "model.safetensors"):
        with pytest.raises(LatentError, match="is a checkpoint"):
            LatentCode.load(tmp_path / name, styled)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    with pytest.raises(LatentError, match="is a JPEG picture"):
        LatentCode.load(tmp_path / "photo.jpg", styled)
    np.savez(tmp_path / "b.npz", first=drawn(2, 12), second=drawn(2, 12))
    with pytest.raises(LatentError, match="first, second.*no latent codes"):
        LatentCode.load(tmp_path / "b.npz", styled)
    with pytest.raises(LatentError, match="check the path"):
        LatentCode.load(tmp_path / "nothing.npz", styled)
    with pytest.raises(LatentError, match="does not end in .safetensors"):
        LatentCode(torch.zeros(1, 12)).save(tmp_path / "a.npy")
