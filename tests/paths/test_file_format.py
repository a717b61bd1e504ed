"""The paths file: the same paths after a round trip, equal bytes, and one sentence about any other content."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import torch
from hostile.mutations import mutated
from safetensors.torch import load, save

import resefa
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, OutputError, ResefaError
from resefa.paths import EditPath, PathCertificate, StraightComparison
from resefa.paths.file_format import is_paths_file

LEVELS = torch.tensor([-0.2, -0.1, 0, 0.1, 0.3], dtype=torch.float64)
VECTOR = torch.nn.functional.normalize(torch.arange(1.0, 13.0), dim=0)
EDIT = torch.zeros(6, 6).index_fill(0, torch.tensor([2, 3]), 1)
CERTIFICATE = PathCertificate(
    forward=40, reverse=7, images=31, jacobians=2, steps=4, rejected=1, max_products=100,
    straight=(StraightComparison(1, 0.04, 0.001, 0.004), StraightComparison(-1, 0.02, 0.001)),
)  # fmt: skip


def paths(**facts) -> resefa.EditPaths:
    curve = EditPath(LEVELS[:, None] * VECTOR, LEVELS.square(), LEVELS.square() / 9, 2, ("spent", ""), CERTIFICATE)
    short = EditPath(torch.zeros(1, 12), torch.zeros(1), torch.zeros(1), 0, ("a", "b"))
    provenance = Provenance(model="planted", region="mouth", seeds=(3, 4), resolution=(6, 6), truncation=0.7, **facts)
    return resefa.EditPaths(
        VECTOR, 1, 2.5, None, None, EDIT, 1 - EDIT, provenance, "smile",
        codes=torch.arange(24.0).reshape(2, 12), paths=(curve, short), change=0.03,
    )  # fmt: skip


def test_paths_travel(tmp_path):
    made = paths()
    made.save(tmp_path / "a.paths.safetensors")
    read = resefa.EditPaths.load(tmp_path / "a.paths.safetensors")
    assert read.provenance == made.provenance and (read.name, read.index, read.change) == ("smile, straight", 1, 0.03)
    assert (read.eigenvalue, read.inside_rate) == (2.5, None)
    for name in ("vector", "codes", "edit", "protect"):
        assert torch.equal(getattr(read, name), getattr(made, name))
    for one, other in zip(read.paths, made.paths, strict=True):
        assert torch.equal(one.steps, other.steps) and torch.equal(one.inside, other.inside)
        assert torch.equal(one.outside, other.outside) and one.origin == other.origin
        assert (one.reasons, one.certificate) == (other.reasons, other.certificate)
    first = (tmp_path / "a.paths.safetensors").read_bytes()
    read.save(tmp_path / "b.safetensors")
    assert (tmp_path / "b.safetensors").read_bytes() == first


def test_a_path_without_a_region_travels(tmp_path):
    replace(paths(), edit=None, protect=None).save(tmp_path / "a.safetensors")
    assert resefa.EditPaths.load(tmp_path / "a.safetensors").edit is None


def test_the_kind_of_a_file_is_its_content(tmp_path):
    paths().save(tmp_path / "a.safetensors")
    resefa.Directions(torch.eye(2, 12)).save(tmp_path / "d.safetensors")
    (tmp_path / "text").write_text("no paths")
    kinds = [is_paths_file(tmp_path / name) for name in ("a.safetensors", "d.safetensors", "text", "absent", ".")]
    assert kinds == [True, False, False, False, False]
    with pytest.raises(DirectionsError, match="paths of edits, not directions"):
        resefa.Directions.load(tmp_path / "a.safetensors")
    with pytest.raises(DirectionsError, match="directions, not paths"):
        resefa.EditPaths.load(tmp_path / "d.safetensors")
    codes = resefa.LatentCode.load(tmp_path / "a.safetensors")
    assert torch.equal(codes.values, paths().codes) and codes.seeds == (3, 4)


def test_what_could_not_be_read_is_not_written(tmp_path):
    with pytest.raises(DirectionsError, match="does not end in"):
        paths().save(tmp_path / "a.pt")
    with pytest.raises(DirectionsError, match="correct it before saving"):
        paths(noise="loud").save(tmp_path / "a.safetensors")
    with pytest.raises(OutputError):
        paths().save(tmp_path / "absent" / "deeper" / "a.safetensors")
    assert not list(tmp_path.iterdir())


DATA_FACTS = [
    {"nodes": 5, "origin": 2, "reasons": ["", ""], "certificate": {"forward": 3}},
    {"nodes": 1, "origin": 0, "reasons": ["", ""], "certificate": {}},
]


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Tensors and metadata of a sound file."""
    file = tmp_path_factory.mktemp("paths") / "a.safetensors"
    paths().save(file)
    header = file.read_bytes()
    length = int.from_bytes(header[:8], "little")
    return load(header), json.loads(header[8 : 8 + length])["__metadata__"]


def changed(parts, metadata=None, drop=(), **tensors) -> bytes:
    sound, facts = parts
    facts = {**facts, **{k: v if isinstance(v, str) else json.dumps(v) for k, v in (metadata or {}).items()}}
    return save({k: v for k, v in {**sound, **tensors}.items() if k not in drop}, facts)


def fact(i=0, **values):
    return {"paths": [{**one, **(values if at == i else {})} for at, one in enumerate(DATA_FACTS)]}


HOSTILE = {
    "version": {"metadata": {"format_version": "2"}}, "version-superscript": {"metadata": {"format_version": "²"}},
    "another-format": {"metadata": {"format": "resefa.checkpoint"}}, "no-steps": {"drop": ("steps",)}, "no-codes": {"drop": ("codes",)},
    "another-tensor": {"other": torch.ones(2)}, "steps-flat": {"steps": torch.zeros(6)}, "steps-few": {"steps": torch.zeros(5, 12)},
    "steps-wide": {"steps": torch.zeros(6, 13)}, "steps-nan": {"steps": torch.full((6, 12), float("nan"))},
    "steps-move": {"steps": torch.ones(6, 12)}, "steps-counts": {"steps": torch.zeros(6, 12, dtype=torch.int64)},
    "inside-few": {"inside": torch.zeros(5)}, "inside-falls": {"inside": torch.zeros(6)},
    "inside-infinite": {"inside": torch.full((6,), float("inf"))}, "outside-below": {"outside": -torch.ones(6)},
    "vector-wide": {"vector": torch.ones(1, 12)}, "vector-zero": {"vector": torch.zeros(12)}, "vector-long": {"vector": torch.ones(13)},
    "codes-flat": {"codes": torch.ones(12)}, "codes-few": {"codes": torch.ones(1, 12)}, "codes-nan": {"codes": torch.full((2, 12), float("nan"))},
    "edit-alone": {"drop": ("protect",)}, "edit-large": {"edit": torch.full((6, 6), 7.0)}, "edit-size": {"edit": torch.ones(3, 3)},
    "paths-number": {"metadata": {"paths": 7}}, "paths-empty": {"metadata": {"paths": []}}, "paths-nested": {"metadata": {"paths": "[" * 100_000}},
    "paths-no-json": {"metadata": {"paths": "{"}}, "paths-many": {"metadata": {"paths": DATA_FACTS * 6000}},
    "nodes-negative": {"metadata": fact(nodes=-1)}, "nodes-zero": {"metadata": fact(nodes=0)}, "nodes-huge": {"metadata": fact(nodes=10**30)},
    "nodes-moved": {"metadata": {"paths": [{**DATA_FACTS[0], "nodes": 4}, {**DATA_FACTS[1], "nodes": 2}]}},
    "origin-beyond": {"metadata": fact(origin=5)}, "origin-negative": {"metadata": fact(origin=-1)}, "origin-other": {"metadata": fact(origin=1)},
    "reasons-one": {"metadata": fact(reasons=[""])}, "reasons-long": {"metadata": fact(reasons=["", "x" * 201])},
    "reasons-number": {"metadata": fact(reasons=["", 7])}, "no-certificate": {"metadata": {"paths": [{"nodes": 6, "origin": 2, "reasons": ["", ""]}]}},
    "certificate-negative": {"metadata": fact(certificate={"forward": -1})}, "certificate-text": {"metadata": fact(certificate={"images": "x"})},
    "straight-huge": {"metadata": fact(certificate={"straight": [{"sign": 1, "inside": 1e9, "outside": 0}]})},
    "direction-number": {"metadata": {"direction": 7}}, "index-negative": {"metadata": {"direction": {"index": -1}}},
    "name-long": {"metadata": {"direction": {"name": "x" * 1001}}}, "change-zero": {"metadata": {"direction": {"change": 0}}},
    "change-large": {"metadata": {"direction": {"change": 4}}}, "change-nan": {"metadata": {"direction": '{"change": NaN}'}},
    "eigenvalue-text": {"metadata": {"direction": {"eigenvalue": "x"}}}, "seeds-negative": {"metadata": {"provenance": {"seeds": [-1]}}},
    "model-surrogate": {"metadata": {"provenance": '{"model": "\\ud800"}'}}, "other-size": {"metadata": {"provenance": {"resolution": [8, 8]}}},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_one_sentence_about_a_file_that_lies(tmp_path, parts, name):
    path = tmp_path / "lie.safetensors"
    path.write_bytes(changed(parts, **HOSTILE[name]))
    start = time.perf_counter()
    with pytest.raises(DirectionsError) as caught:
        resefa.EditPaths.load(path)
    assert "lie.safetensors" in str(caught.value)
    assert len(str(caught.value)) <= 480 and str(caught.value).isprintable() and time.perf_counter() - start < 5


def test_the_changed_parts_are_otherwise_sound(tmp_path, parts):
    """Else the refusals above would prove nothing."""
    for metadata in ({}, fact()):
        (tmp_path / "a.safetensors").write_bytes(changed(parts, metadata))
        assert len(resefa.EditPaths.load(tmp_path / "a.safetensors").paths) == 2


def test_damaged_files_are_read_or_refused(tmp_path):
    paths().save(tmp_path / "a.safetensors")
    data, path = (tmp_path / "a.safetensors").read_bytes(), tmp_path / "b.safetensors"
    damaged = [mutated(data, seed) for seed in range(60)] + [data[:n] for n in range(0, len(data), len(data) // 25)]
    opened = 0
    for one in damaged:
        path.write_bytes(one)
        try:
            resefa.EditPaths.load(path).save(tmp_path / "again.safetensors")
        except ResefaError as error:
            assert str(error).isprintable() and len(str(error)) <= 480
        else:
            resefa.EditPaths.load(tmp_path / "again.safetensors")
            opened += 1
    assert opened, "no change at all was survived: the sound file is not read"


def test_no_device_is_read(tmp_path):
    for path in ("/dev/zero", tmp_path, "n\0ul", "\ud800"):
        with pytest.raises(DirectionsError):
            resefa.EditPaths.load(path)
