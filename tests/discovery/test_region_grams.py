"""Sums over many codes: in one call, in parts, through files, and as the finder has them."""

from __future__ import annotations

import contextlib
import json

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import resefa
from resefa.discovery.region_grams import RegionGrams, summed
from resefa.errors import SolverError, UsageError
from resefa.runtime import sealed_file
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.sealed_file import write_sealed

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
    assert merged.edit.weight == whole.edit.weight and merged.problem.code.seeds == (0, 1, 2, 3)
    found = merged.directions(k=3)
    wanted = resefa.discover(faces, faces.sample([0, 1, 2, 3]), "mouth", k=3, cache=JacobianCache(), **OPTIONS)
    assert torch.allclose(found.eigenvalues, wanted.eigenvalues, rtol=1e-9)
    assert torch.allclose(found.vectors.abs(), wanted.vectors.abs(), atol=1e-5)  # discover orients directions
    assert found.provenance.seeds == wanted.provenance.seeds and found.codes.shape == (4, 100)
    found.save(tmp_path / "all.safetensors")
    assert resefa.Directions.load(tmp_path / "all.safetensors").provenance.method == "resefa"


def test_sums_of_different_work_do_not_add(faces, parts):
    other = RegionGrams.of(faces, faces.sample(5), "eyes", cache=JacobianCache(), **OPTIONS)
    with pytest.raises(UsageError, match="differ in region and region pixels"):
        parts[0] + other


def test_a_mask_painted_anew_under_its_name_is_another_region(faces, tmp_path):
    path = tmp_path / "mask.png"
    sums = []
    for rows in (slice(10, 20), slice(30, 40)):
        marked = np.zeros((64, 64), np.uint8)
        marked[rows, 10:30] = 255
        Image.fromarray(marked).save(path)
        sums.append(RegionGrams.of(faces, faces.sample(0), path, cache=JacobianCache(), **OPTIONS))
    with pytest.raises(UsageError, match="differ in region pixels"):
        sums[0] + sums[1]


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
        generator = resefa.wrap(
            lambda z: (z[:, :3, None, None] * torch.ones(64, 64)).tanh(), latent_shape=(100,), presets=faces.presets
        )
    reason = "made with a different generator or region" if damage.startswith("other") else "again"
    with pytest.raises(SolverError, match=reason):
        RegionGrams.load(path, generator, region)


class Labelled(torch.nn.Module):
    """A generator whose label is a plain attribute."""

    def __init__(self, base, label):
        super().__init__()
        self.base, self.label = base, label

    def forward(self, z):
        return torch.tanh(self.base(z) * (1 + self.label)).view(-1, 3, 8, 8)


def test_sums_of_two_modules_with_equal_weights_do_not_merge(tmp_path):
    base, box = torch.nn.Linear(6, 192), resefa.Region.box(2, 2, 4, 4)
    zero, again, two = (resefa.wrap(Labelled(base, label), 6) for label in (0, 0, 2))
    sums = [RegionGrams.of(one, one.sample(i), box, cache=JacobianCache()) for i, one in enumerate((zero, again, two))]
    assert (sums[0] + sums[1]).problem.code.seeds == (0, 1)
    with pytest.raises(UsageError, match="differ in"):
        sums[0] + sums[2]
    sums[0].save(tmp_path / "zero.safetensors")
    assert RegionGrams.load(tmp_path / "zero.safetensors", again, box).probe is not None
    with pytest.raises(SolverError, match="made with a different generator or region"):
        RegionGrams.load(tmp_path / "zero.safetensors", two, box)
    zero.function.label = 2  # the same object, changed since
    with pytest.raises(SolverError, match="made with a different generator or region"):
        RegionGrams.load(tmp_path / "zero.safetensors", zero, box)


def test_every_byte_of_a_file_counts(tmp_path):
    generator = resefa.wrap(Labelled(torch.nn.Linear(4, 192), 0), 4)
    box, path = resefa.Region.box(2, 2, 4, 4), tmp_path / "sums.safetensors"
    sums = RegionGrams.of(generator, generator.sample(0), box, cache=JacobianCache())
    sums.save(path)
    whole = path.read_bytes()
    sums.save(path)
    assert path.read_bytes() == whole  # equal sums, equal bytes
    for place in range(0, len(whole), 31):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with contextlib.suppress(SolverError):
            read = RegionGrams.load(path, generator, box)
            assert torch.equal(read.edit.total, sums.edit.total) and torch.equal(read.protect.total, sums.protect.total)
            assert read.edit.weight == sums.edit.weight and read.problem.code.seeds == (0,)


@pytest.mark.parametrize(
    "facts", ["{}", "[]", "7", "null", "[" * 3000, '{"facts": 1}', '{"facts": {"generator": "x"}}', "9" * 5000]
)
def test_facts_of_another_form_are_one_sentence(facts, faces, parts, tmp_path):
    path = tmp_path / "odd.safetensors"
    tensors = {"edit": parts[0].edit.total, "protect": parts[0].protect.total, "codes": parts[0].problem.code.values}
    write_sealed(path, "resefa region grams", tensors, None, parts[0].probe)
    found = load_file(path)
    with safe_open(path, "pt") as file:
        entry = json.loads(file.metadata()["facts"])
    entry["facts"] = facts
    entry["seal"] = sealed_file._seal(msgspec.convert(entry, sealed_file._Sealed))
    save_file(found, path, {"facts": json.dumps(entry)})
    with pytest.raises(SolverError, match="is damaged.* again"):
        RegionGrams.load(path, faces, "mouth")


def test_k_below_one(parts):
    with pytest.raises(UsageError, match="a whole number, 1 or more"):
        parts[0].directions(k=0)


def test_the_repr_is_one_short_line(parts):
    assert repr(parts[0]) == "RegionGrams(mouth, 2 images of faces-dcgan)" and "(mouth, 1 image of" in repr(parts[1])
