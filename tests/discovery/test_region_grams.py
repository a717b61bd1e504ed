"""Sums over many codes: in one call, in parts, through files, and as the finder has them."""

from __future__ import annotations

import pytest
import torch

import resefa
from resefa.discovery.region_grams import RegionGrams, summed
from resefa.errors import SolverError, UsageError
from resefa.operators.jacobian_cache import JacobianCache

OPTIONS = {"analysis_resolution": 16}


@pytest.fixture(scope="module")
def parts(faces):
    return [
        RegionGrams.of(faces, faces.sample(seeds), "mouth", cache=JacobianCache(), **OPTIONS)
        for seeds in ([0, 1], [2], [3])
    ]


def test_parts_add_up_to_the_whole_and_give_the_directions_of_discover(faces, parts, tmp_path):
    for i, part in enumerate(parts):  # as other processes would hand them over
        part.save(tmp_path / f"{i}.safetensors")
    merged = summed([RegionGrams.load(tmp_path / f"{i}.safetensors", faces, "mouth") for i in range(3)])
    whole = RegionGrams.of(faces, faces.sample([0, 1, 2, 3]), "mouth", cache=JacobianCache(), **OPTIONS)
    assert torch.allclose(merged.edit.total, whole.edit.total, rtol=1e-12, atol=1e-12)
    assert merged.edit.weight == whole.edit.weight and merged.task.code.seeds == (0, 1, 2, 3)
    found = merged.directions(k=3)
    wanted = resefa.discover(faces, faces.sample([0, 1, 2, 3]), "mouth", k=3, cache=JacobianCache(), **OPTIONS)
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-9)
    assert torch.allclose(found.vectors, wanted.vectors, atol=1e-5)
    assert found.provenance.seeds == wanted.provenance.seeds and found.codes.shape == (4, 100)
    found.save(tmp_path / "all.safetensors")
    assert resefa.Directions.load(tmp_path / "all.safetensors").provenance.method == "region-contrast"


def test_sums_of_different_work_do_not_add(faces, parts):
    other = RegionGrams.of(faces, faces.sample(5), "eyes", cache=JacobianCache(), **OPTIONS)
    with pytest.raises(UsageError, match="differ in region came"):
        parts[0] + other


@pytest.mark.parametrize("damage", ["missing", "cut", "other region", "other model"])
def test_files_that_do_not_fit(faces, parts, tmp_path, damage):
    path = tmp_path / "part.safetensors"
    parts[0].save(path)
    generator, region = faces, "mouth"
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "other region":
        region = "eyes"
    else:
        generator = resefa.wrap(lambda z: (z[:, :3, None, None] * torch.ones(64, 64)).tanh(), latent_shape=(100,), presets=faces.presets)
    reason = "belongs to other work" if damage.startswith("other") else "make it anew"
    with pytest.raises(SolverError, match=reason):
        RegionGrams.load(path, generator, region)


def test_k_below_one(parts):
    with pytest.raises(UsageError, match="give 1 or more"):
        parts[0].directions(k=0)
