"""An interrupted Jacobian goes on where it was, bit for bit, and a file that does not fit is not believed."""

from __future__ import annotations

import os

import pytest
import torch
from reference.problems import edited_images, image_jacobian, jacobian_operator
from safetensors.torch import load_file

from resefa.errors import OutputError, UsageError
from resefa.jacobian import operator
from resefa.runtime.image_probe import Probe
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.jacobian_file import ColumnFile, opened
from resefa.runtime.jacobian_layout import Layout
from resefa.runtime.session import Session
from resefa.runtime.working_file import claimed

SIZE = (16, 16)


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("resefa.jacobian.operator.chunk_size", lambda *_, **__: 16)


@pytest.fixture
def counted(monkeypatch):
    """The tangents of each pass from now on."""
    passes: list[int] = []
    plain = operator.jvps

    def counting(function, point, vectors, mode):
        passes.append(len(vectors))
        return plain(function, point, vectors, mode)

    monkeypatch.setattr(operator, "jvps", counting)
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
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".part"]
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


def flipped(path, place):
    """One bit of the byte at this place, from the end where it is negative."""
    data = bytearray(path.read_bytes())
    data[place] ^= 16
    path.write_bytes(data)


COLUMN = 3 * 16 * 16 * 4


@pytest.mark.parametrize(
    "spoil, kept",
    [
        (lambda part: flipped(part, 3), 0),
        (lambda part: flipped(part, 100), 0),
        (lambda part: flipped(part, 2000), 0),
        (lambda part: flipped(part, 2048 + 5), 0),
        (lambda part: flipped(part, 2048 + 20 * COLUMN), 20),
        (lambda part: flipped(part, 2048 + 60 * COLUMN), 48),
        (lambda part: part.write_bytes(bytes(part.stat().st_size)), 0),
        (lambda part: part.write_bytes(bytes(1000)), 0),
        (lambda part: os.truncate(part, part.stat().st_size - 1), 0),
        (lambda part: part.unlink(), 0),
    ],
)
def test_what_does_not_fit_is_computed_anew(spoil, kept, faces, tmp_path, small_chunks, counted):
    code = faces.sample(3)
    with pytest.raises(KeyboardInterrupt):
        image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path), progress=stop_at(48))
    (part,) = tmp_path.glob("*.part")
    spoil(part)
    counted.clear()
    found = image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path))
    assert 100 - kept <= sum(counted) <= 102 - kept
    assert torch.allclose(found.matrix, image_jacobian(faces, code, SIZE, cache=JacobianCache()).matrix, atol=1e-6)
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]


def small_file(folder, n=3, value=1.0):
    probe = Probe(torch.full((12,), value), torch.arange(12.0), "here")
    layout = Layout("k", n, (3, 2, 2), torch.float32, torch.float32, 12, "here")
    file = ColumnFile(claimed(folder, "k", layout.size), layout, probe)
    file.add(torch.full((n, 12), value), "forward mode", n)
    file.finish(folder / "k.safetensors")
    return folder / "k.safetensors", layout


def test_a_flipped_bit_in_any_byte_is_found(tmp_path):
    path, layout = small_file(tmp_path)
    whole = path.read_bytes()
    assert opened(path) is not None and len(whole) == layout.size
    aside = tmp_path / "flipped.safetensors"
    for place in (*range(0, 2048, 13), *range(2048, len(whole))):
        aside.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        assert opened(aside) is None, place
    for cut in (0, 7, 100, 2048, len(whole) - 1):
        aside.write_bytes(whole[:cut])
        assert opened(aside) is None
    aside.write_bytes(whole + b"0")
    assert opened(aside) is None


@pytest.mark.parametrize("damage", ["one bit", "another image's file", "cut", "a folder", "a link to nothing"])
def test_a_kept_jacobian_that_is_damaged_is_made_anew(damage, faces, tmp_path, counted):
    code, other = faces.sample(3), faces.sample(4)
    whole = image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path)).matrix.clone()
    (path,) = tmp_path.iterdir()
    if damage == "one bit":
        flipped(path, 2048 + 77 * COLUMN + 3)
    elif damage == "another image's file":
        image_jacobian(faces, other, SIZE, cache=JacobianCache(folder=tmp_path / "other"))
        os.replace(next((tmp_path / "other").iterdir()), path)
        (tmp_path / "other").rmdir()
    elif damage == "cut":
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.unlink()
        path.mkdir() if damage == "a folder" else path.symlink_to(tmp_path / "nothing")
    counted.clear()
    again = image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path))
    assert sum(counted) >= 100 and torch.equal(again.matrix, whole)
    if damage != "a folder":
        counted.clear()
        assert torch.equal(image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path)).matrix, whole)
        assert counted == []


def test_what_others_write_does_not_change_a_jacobian_in_use(faces, tmp_path):
    """Names change hands; the file behind them does not."""
    code = faces.sample(3)
    cache = JacobianCache(folder=tmp_path)
    used = image_jacobian(faces, code, SIZE, cache=cache).matrix
    wanted = used.clone()
    (path,) = tmp_path.iterdir()
    flipped_copy = tmp_path / "copy"
    flipped_copy.write_bytes(bytes(path.stat().st_size))
    os.replace(flipped_copy, path)
    image_jacobian(faces, code, SIZE, cache=JacobianCache(folder=tmp_path))  # computed anew, and renamed into place
    JacobianCache(folder=tmp_path, disk=1).trim()
    assert not list(tmp_path.iterdir()) and torch.equal(used, wanted)


def test_a_folder_makes_room_that_memory_has_not(faces, tmp_path):
    code, once = faces.sample(3), 3 * 64 * 64 * 100 * 4
    with pytest.raises(UsageError, match="cache"):
        image_jacobian(faces, code, (64, 64), cache=JacobianCache(), memory=once)
    each = jacobian_operator(faces, code)._per_tangent
    assert each < once
    found = image_jacobian(faces, code, (64, 64), cache=JacobianCache(folder=tmp_path), memory=once)
    assert torch.allclose(found.matrix, image_jacobian(faces, code, (64, 64), cache=JacobianCache()).matrix, atol=1e-5)


def test_a_budget_that_no_tangent_fits_names_one_that_does(faces):
    code = faces.sample(3)
    with pytest.raises(UsageError, match=r"needs \d+(\.\d+)? MiB"):
        edited_images(faces, code).operator(Session(memory=100_000), 100_000, strict=True)


def test_a_full_disk_is_one_sentence(small_disk, faces):
    with pytest.raises(OutputError, match="disk is full"):
        image_jacobian(faces, faces.sample(3), (64, 64), cache=JacobianCache(folder=small_disk))
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_fills_while_columns_are_written_keeps_those_there_are(
    small_disk, faces, monkeypatch, small_chunks, counted
):
    monkeypatch.delattr(os, "posix_fallocate")  # a file system that takes no room beforehand
    code, size = faces.sample(3), (18, 18)
    with pytest.raises(OutputError, match="disk is full"):
        image_jacobian(faces, code, size, cache=JacobianCache(folder=small_disk))
    assert [path.suffix for path in small_disk.iterdir()] == [".part"]
    counted.clear()
    with pytest.raises(OutputError, match="disk is full"):
        image_jacobian(faces, code, size, cache=JacobianCache(folder=small_disk))
    assert sum(counted) <= 32


@pytest.mark.parametrize("kind", ["file", "link to nothing"])
def test_a_folder_that_is_none_is_one_sentence(kind, faces, tmp_path):
    place = tmp_path / "keep"
    place.write_text("") if kind == "file" else place.symlink_to(tmp_path / "nothing" / "there")
    with pytest.raises(OutputError, match="cannot store Jacobians .*cache"):
        image_jacobian(faces, faces.sample(3), SIZE, cache=JacobianCache(folder=place))


def test_finished_files_are_maps(tmp_path):
    shape = (1, 1000, 1000)
    probe = Probe(torch.zeros(10**6), torch.ones(10**6), "here")
    layout = Layout("k", 50, shape, torch.float32, torch.float32, 10**6, "here")
    file = ColumnFile(claimed(tmp_path, "k", layout.size), layout, probe)
    for _ in range(5):
        file.add(torch.ones(10, 10**6), "forward mode", 10)
    file.finish(tmp_path / "k.safetensors")
    rows, found, mode = opened(tmp_path / "k.safetensors")
    assert found == shape and mode == "forward mode" and float(rows[49, -1]) == 1
    with open("/proc/self/maps", encoding="utf-8") as maps:
        assert "k.safetensors" in maps.read()
    rows[0, 0] = 7  # a private map: the file stays as it is
    assert opened(tmp_path / "k.safetensors") is not None
