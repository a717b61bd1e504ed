"""The directions file and the bare array: round trips, and refusal of what is damaged."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import resefa
from resefa.errors import DirectionsError, LatentError


@pytest.fixture(scope="module")
def found(toons):
    return resefa.discover(toons, toons.sample([7, 8]), "mouth", k=3)


def test_round_trip_keeps_everything(found, tmp_path):
    found.save(tmp_path / "a.safetensors")
    read = resefa.Directions.load(tmp_path / "a.safetensors")
    assert read.provenance == found.provenance
    assert read.certificate == found.certificate and read.status == found.status
    for name in ("vectors", "eigenvalues", "residuals", "inside_rate", "outside_rate", "codes", "edit", "protect"):
        assert torch.equal(getattr(read, name), getattr(found, name))


@pytest.mark.parametrize("shape", [(3, 128), (3, 1, 128), (128,)])
def test_bare_arrays(found, tmp_path, shape):
    array = 2.5 * found.vectors.numpy()
    np.save(tmp_path / "a.npy", (array[0] if shape == (128,) else array).reshape(shape))
    read = resefa.Directions.load(tmp_path / "a.npy")
    assert torch.allclose(read.vectors, found.vectors[: len(read)], atol=1e-6)
    read.save(tmp_path / "b.npy")
    assert np.load(tmp_path / "b.npy").shape == (len(read), 128)


def test_an_array_of_objects_is_never_unpickled(tmp_path):
    class Canary:
        def __reduce__(self):
            return (open, (str(tmp_path / "canary"), "w"))

    np.save(tmp_path / "a.npy", np.array([Canary()], dtype=object), allow_pickle=True)
    with pytest.raises(DirectionsError, match="objects"):
        resefa.Directions.load(tmp_path / "a.npy")
    assert not (tmp_path / "canary").exists()


def test_every_truncation_is_refused_in_one_sentence(found, tmp_path):
    for name in ("a.safetensors", "a.npy"):
        found.save(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        for length in range(0, len(data), max(1, len(data) // 60)):
            (tmp_path / name).write_bytes(data[:length])
            with pytest.raises(DirectionsError):
                resefa.Directions.load(tmp_path / name)


def test_another_safetensors_file_is_refused(tmp_path):
    save_file({"vectors": torch.zeros(2, 3)}, tmp_path / "a.safetensors")
    with pytest.raises(DirectionsError, match="not a directions file"):
        resefa.Directions.load(tmp_path / "a.safetensors")


def test_a_direction_of_another_size_is_refused(found):
    other = resefa.wrap(lambda z: z.reshape(-1, 3, 2, 2).tanh(), 12)
    with pytest.raises(LatentError):
        resefa.edit(other, other.sample(0), found[0], [1.0])
    with pytest.raises(LatentError, match="128 dimensions"):
        found.check_fits(other)


def test_an_index_that_is_not_there(found):
    with pytest.raises(DirectionsError, match="0 to 2"):
        found[3]


@pytest.mark.parametrize("first", [0x80, ord("("), ord("P")])
def test_a_file_whose_length_begins_like_a_pickle_or_an_archive_is_read(tmp_path, first):
    """One file in 32 has a header whose length begins with the byte of a pickle."""
    from resefa.directions.directions import Provenance

    vectors = torch.eye(4)[:2]
    for extra in range(600):
        found = resefa.Directions(vectors, provenance=Provenance(notes="x" * extra))
        found.save(tmp_path / "one.safetensors")
        if (tmp_path / "one.safetensors").read_bytes()[0] == first:
            break
    else:
        pytest.skip("no length begins so")
    assert torch.equal(resefa.Directions.load(tmp_path / "one.safetensors").vectors, vectors)
