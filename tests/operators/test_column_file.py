"""An interrupted Jacobian goes on where it was, bit for bit, and a note or file that does not fit is not believed."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file

import resefa
from resefa.discovery.jacobian_of import image_jacobian, jacobian_operator
from resefa.errors import OutputError, UsageError
from resefa.operators import column_file
from resefa.operators.jacobian_cache import JacobianCache

SIZE = (16, 16)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("resefa.operators.jacobian.chunk_size", lambda *_, **__: 16)


@pytest.fixture
def counted(monkeypatch):
    """The tangents of each pass from now on."""
    passes: list[int] = []
    plain = resefa.JacobianOperator._products

    def counting(self, vectors, mode):
        passes.append(len(vectors))
        return plain(self, vectors, mode)

    monkeypatch.setattr(resefa.JacobianOperator, "_products", counting)
    return passes


def stop_at(columns):
    def progress(done, total):
        if done >= columns:
            raise KeyboardInterrupt

    return progress


def test_an_interrupted_jacobian_goes_on_bit_for_bit(faces, tmp_path, small_chunks, counted):
    code = faces.sample(3)
    whole = image_jacobian(faces, code, SIZE, cache=JacobianCache()).matrix
    with pytest.raises(KeyboardInterrupt):
        image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path), progress=stop_at(48))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".part"]
    counted.clear()
    told = []
    resumed = image_jacobian(
        faces, code, SIZE, cache=JacobianCache(folder=tmp_path), progress=lambda done, _: told.append(done)
    )
    assert torch.equal(resumed.matrix, whole)
    assert counted == [16, 16, 16, 4] and told == [64, 80, 96, 100]
    (file,) = tmp_path.iterdir()
    # The file is what any safetensors reader reads.
    assert torch.equal(load_file(file)["rows"], whole.T)
    assert resumed.mode == "forward mode"


def test_an_interruption_after_the_last_chunk_costs_nothing_more(faces, tmp_path, small_chunks, counted):
    code = faces.sample(3)
    with pytest.raises(KeyboardInterrupt):
        image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path), progress=stop_at(100))
    counted.clear()
    found = image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path))
    assert counted == []
    assert torch.equal(found.matrix, image_jacobian(faces, code, SIZE, cache=JacobianCache()).matrix)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note, part: note.write_text("{"),
        lambda note, part: note.write_text("[]"),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"done": 101})),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"done": -16})),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"chunk": 0})),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"mode": 1})),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"mode": "magic"})),
        lambda note, part: note.write_text(json.dumps(json.loads(note.read_text()) | {"shape": [99, 768]})),
        lambda note, part: note.unlink(),
        lambda note, part: part.unlink(),
        lambda note, part: part.write_bytes(bytes(1000)),
    ],
)
def test_what_does_not_fit_is_computed_anew(spoil, faces, tmp_path, small_chunks, counted):
    code = faces.sample(3)
    with pytest.raises(KeyboardInterrupt):
        image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path), progress=stop_at(48))
    (part,) = tmp_path.glob("*.part")
    spoil(part.with_suffix(".part.json"), part)
    counted.clear()
    found = image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path))
    assert sum(counted) >= 100
    assert torch.equal(found.matrix, image_jacobian(faces, code, SIZE, cache=JacobianCache()).matrix)


def test_a_folder_makes_room_that_memory_has_not(faces, tmp_path):
    code, once = faces.sample(3), 3 * 64 * 64 * 100 * 4
    with pytest.raises(UsageError, match="--keep"):
        image_jacobian(faces, code, (64, 64), cache=JacobianCache(), memory=once)
    each = jacobian_operator(faces, code)._per_tangent
    assert each < once
    found = image_jacobian(faces, code, (64, 64), cache=JacobianCache(folder=tmp_path), memory=once)
    assert torch.allclose(found.matrix, image_jacobian(faces, code, (64, 64), cache=JacobianCache()).matrix, atol=1e-5)


def test_a_budget_that_no_tangent_fits_names_one_that_does(faces):
    code = faces.sample(3)
    with pytest.raises(UsageError, match=r"one needs \d+\.\d+ GiB"):
        jacobian_operator(faces, code, memory=1000)


def test_a_full_disk_is_one_sentence(small_disk, faces):
    with pytest.raises(OutputError, match="disk is full"):
        image_jacobian(faces, faces.sample(3), (64, 64), cache=JacobianCache(folder=small_disk))
    assert list(small_disk.iterdir()) == []


def test_finished_files_are_maps(tmp_path):
    file = column_file.ColumnFile(tmp_path, "k", 50, (1, 1000, 1000), torch.float32)
    file.rows.fill_(1)
    file.note(50, 50, "forward mode")
    file.finish()
    rows, shape, mode = column_file.opened(tmp_path / "k.safetensors")
    assert shape == (1, 1000, 1000) and mode == "forward mode" and float(rows[49, -1]) == 1
    with open("/proc/self/maps", encoding="utf-8") as maps:
        assert "k.safetensors" in maps.read()
