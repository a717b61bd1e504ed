"""Files as GANSpace, encoder4editing, rosinality and InterFaceGAN write them, and back where they can carry directions."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

import resefa
from resefa.directions.directions import Directions, Provenance
from resefa.errors import DirectionsError


def unit(k, n, seed=0):
    rows = np.random.RandomState(seed).randn(k, n)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def made(k, n, **facts):
    return Directions(torch.from_numpy(unit(k, n)), provenance=Provenance(method="test", **facts))


def ganspace_components(k=4, n=12, stdev=None):
    """The keys, shapes and types of ``decomposition.py``, of a convolution's activations."""
    return {
        "act_comp": unit(k, 18).reshape(k, 2, 3, 3), "act_mean": np.zeros((2, 3, 3), np.float32),
        "act_stdev": np.ones(k, np.float32), "lat_comp": unit(k, n)[:, None], "lat_mean": np.zeros((1, n), np.float32),
        "lat_stdev": np.ones(k, np.float32) if stdev is None else stdev.astype(np.float32),
        "var_ratio": np.ones(k, np.float32) / k, "random_stdevs": np.ones(k, np.float32),
    }  # fmt: skip


def ganspace_edit(**changes):
    """The mapping of ``interactive.py``; numpy's scalar in it is what a slider gives."""
    own = {
        "name": "Light direction", "sigma_range": np.float64(-2.8), "component_index": 15, "act_comp": unit(1, 12),
        "lat_comp": unit(1, 12), "latent_space": "W", "act_stdev": 1.04, "lat_stdev": 1.5, "model_name": "StyleGAN2",
        "output_class": "ffhq", "decomposition": {"name": "ipca", "components": 80, "samples": 1000000, "layer": "style"},
        "edit_type": "latent", "use_slerp": False, "truncation": 0.9, "edit_start": 1, "edit_end": 3, "example_seed": 1941,
    }  # fmt: skip
    return own | changes


def pickled(path, content, protocol=3):
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def test_ganspace_components(tmp_path):
    stdev = np.array([4.0, 3.0, 2.0, 1.5])
    np.savez_compressed(tmp_path / "stylegan2-ffhq_style_ipca_c4_n100_w.npz", **ganspace_components(stdev=stdev))
    found = Directions.load(tmp_path / "stylegan2-ffhq_style_ipca_c4_n100_w.npz", layers="0-2")
    assert np.allclose(found.vectors, unit(4, 12), atol=1e-6)
    own = found.provenance
    assert (own.method, own.space, own.layers) == ("imported from GANSpace", "W", "0-2")
    assert np.allclose(own.steps, stdev, rtol=1e-6)
    np.savez_compressed(tmp_path / "biggan.npz", **ganspace_components())
    assert Directions.load(tmp_path / "biggan.npz").provenance.space == "Z"


@pytest.mark.parametrize("space", ["Z", "W"])
@pytest.mark.parametrize("steps", [None, (3.0, 2.0, 1.0)])
def test_ganspace_round_trip(tmp_path, space, steps):
    before = made(3, 12, space=space, steps=steps)
    before.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert set(data) == {*ganspace_components(), "space"}
        assert data["lat_comp"].shape == data["act_comp"].shape == (3, 1, 12) and data["lat_stdev"].shape == (3,)
        assert all(data[key].dtype == np.float32 for key in ganspace_components())
    after = Directions.load(tmp_path / "a.npz")
    assert torch.allclose(before.vectors, after.vectors, atol=1e-6) and after.provenance.space == space
    assert after.provenance.steps == pytest.approx(steps or (1, 1, 1), rel=1e-6)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_ganspace_edit(tmp_path, styled, protocol):
    path = pickled(tmp_path / "StyleGAN2-Light.pkl", ganspace_edit(), protocol)
    found = Directions.load(path)
    own = found.provenance
    assert (own.space, own.layers, own.truncation, own.model) == ("W", "1-2", 0.9, "StyleGAN2 ffhq")
    assert own.steps == pytest.approx([1.35]) and found[0].name == "Light direction #0"
    assert np.allclose(found.vectors, unit(1, 12), atol=1e-6)


def test_ganspace_edits_of_other_models(tmp_path, styled):
    width = styled.spaces["W"].dimensions
    layers = len(styled.layer_resolutions)
    whole = ganspace_edit(lat_comp=unit(1, width), edit_start=0, edit_end=layers)
    assert Directions.load(pickled(tmp_path / "a.pkl", whole), generator=styled).provenance.layers is None
    big = ganspace_edit(latent_space="Z", model_name="BigGAN-512", edit_start=3, edit_end=8)
    own = Directions.load(pickled(tmp_path / "b.pkl", big)).provenance
    assert (own.space, own.layers, own.steps) == ("Z", "3-7", (1.5,))
    plain = ganspace_edit(latent_space="Z", model_name="ProGAN", edit_start=0, edit_end=1)
    own = Directions.load(pickled(tmp_path / "c.pkl", plain)).provenance
    assert (own.layers, own.truncation) == (None, None)


def test_a_ganspace_edit_moves_its_layers_by_its_step(tmp_path, styled):
    """As ``interactive.py`` does: component times stdev times slider, to the layers from edit_start to edit_end - 1."""
    layers, width = styled.spaces["W+"].shape
    path = pickled(tmp_path / "a.pkl", ganspace_edit(lat_comp=unit(1, width), truncation=1.0))
    found = Directions.load(path, generator=styled)
    code = styled.sample(2, "W")
    rows = styled.convert(code, "W+").values.reshape(layers, width).clone()
    rows[1:3] += 2 * 1.5 * torch.from_numpy(unit(1, width)).double()
    (image,) = resefa.edit(styled, code, found[0], [2 * found.provenance.steps[0]])
    assert torch.allclose(image, styled.synthesize(resefa.LatentCode(rows.reshape(1, -1), "W+")), atol=1e-5)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"edit_type": "activation"}, "moves activations"),
        ({"latent_space": "Y"}, "expected Z or W"),
        ({"lat_comp": "text"}, "array of numbers"),
        ({"lat_comp": np.ones((2, 2, 2))}, "per row"),
        ({"lat_stdev": -1.0}, "positive"),
        ({"edit_start": 4, "edit_end": 2}, "ascending"),
        ({"edit_start": "x"}, "ascending"),
    ],
)
def test_odd_ganspace_edits_get_one_sentence(tmp_path, changes, sentence):
    with pytest.raises(DirectionsError, match=sentence) as error:
        Directions.load(pickled(tmp_path / "a.pkl", ganspace_edit(**changes)))
    assert "\n" not in str(error.value)


def test_encoder4editing(tmp_path):
    std = np.array([2.9, 2.6, 2.5])
    torch.save(
        {"comp": torch.from_numpy(unit(3, 12))[:, None], "mean": torch.zeros(1, 12), "std": torch.tensor(std)},
        tmp_path / "ffhq_pca.pt",
    )
    found = Directions.load(tmp_path / "ffhq_pca.pt", layers="7-8")
    assert (found.provenance.space, found.provenance.layers) == ("W", "7-8")
    assert np.allclose(found.provenance.steps, std, rtol=1e-6) and np.allclose(found.vectors, unit(3, 12), atol=1e-6)
    torch.save({"comp": torch.ones(3, 12), "std": torch.ones(2)}, tmp_path / "bad.pt")
    with pytest.raises(DirectionsError, match="3 positive numbers"):
        Directions.load(tmp_path / "bad.pt")


def test_rosinality_directions_are_columns(tmp_path):
    weights = torch.randn(40, 12, generator=torch.Generator().manual_seed(0))
    columns = torch.svd(weights).V
    torch.save({"ckpt": "checkpoint/stylegan2-church.pt", "eigvec": columns}, tmp_path / "factor.pt")
    found = Directions.load(tmp_path / "factor.pt")
    assert torch.allclose(found[2].vector, columns[:, 2], atol=1e-6)
    assert (found.provenance.space, found.provenance.model) == ("W", "stylegan2-church")
    found.chosen([4, 0]).save(tmp_path / "some.pt")
    content = torch.load(tmp_path / "some.pt", weights_only=True)
    assert content["ckpt"] == "stylegan2-church" and torch.allclose(content["eigvec"], columns[:, [4, 0]], atol=1e-6)
    assert torch.allclose(Directions.load(tmp_path / "some.pt").vectors, columns.T[[4, 0]], atol=1e-6)
    torch.save({"ckpt": 3, "eigvec": torch.ones(3)}, tmp_path / "bad.pt")
    with pytest.raises(DirectionsError, match="per column"):
        Directions.load(tmp_path / "bad.pt")


@pytest.mark.parametrize(
    "name, space",
    [("pggan_age_boundary", "Z"), ("stylegan_ffhq_age_w_boundary", "W"), ("stylegan_age_c_gender_boundary", "Z")],
)
def test_interfacegan(tmp_path, name, space):
    np.save(tmp_path / f"{name}.npy", unit(1, 12).astype(np.float64))
    found = Directions.load(tmp_path / f"{name}.npy")
    assert (found.provenance.space, found.provenance.method) == (space, "imported from InterFaceGAN")
    found.save(tmp_path / "again_w_boundary.npy", format="interfacegan")
    again = np.load(tmp_path / "again_w_boundary.npy")
    assert again.shape == (1, 12) and again.dtype == np.float64 and abs(np.linalg.norm(again) - 1) < 1e-12
    assert torch.allclose(Directions.load(tmp_path / "again_w_boundary.npy").vectors, found.vectors, atol=1e-6)


@pytest.mark.parametrize(
    "name, format, sentence",
    [
        ("a.pt", None, "format='w\\+'"),
        ("a.npz", None, "format='w\\+'"),
        ("a.npy", "interfacegan", "all layers of Z or W"),
        ("a.json", None, "format='w\\+'"),
        ("a.xyz", None, "ends in .xyz"),
        ("a.npy", "ganspace", "end in .npz"),
        ("a.npy", "sefa", "choose one of"),
    ],
)
def test_what_a_format_cannot_carry_is_said(tmp_path, name, format, sentence):
    with pytest.raises(DirectionsError, match=sentence) as error:
        made(1, 12, space="W", layers="4-7").save(tmp_path / name, format=format)
    assert "\n" not in str(error.value) and not list(tmp_path.iterdir())


def test_names_and_steps_are_kept_by_the_directions_file(tmp_path):
    before = made(3, 12, space="W", names=("a", "b", "c"), steps=(1.0, 2.0, 3.0))
    before.save(tmp_path / "a.safetensors")
    after = Directions.load(tmp_path / "a.safetensors")
    assert after.provenance == before.provenance and after[1].name == "b"
    some = after.chosen([2, 0])
    assert some.provenance.names == ("c", "a") and some.provenance.steps == (3.0, 1.0) and len(some) == 2
    with pytest.raises(DirectionsError, match="one for each direction"):
        replace(before, provenance=replace(before.provenance, names=("a",)))
    with pytest.raises(DirectionsError, match="omit space and layers"):
        resefa.Directions.load(tmp_path / "a.safetensors", space="Z")
