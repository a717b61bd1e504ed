"""A subspace that was saved is the same one, and no other file is taken for it."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from resefa.jacobian.linear_operator import DenseOperator
from resefa.runtime.image_probe import Probe
from resefa.solvers.subspace import Subspace
from resefa.solvers.subspace_file import restore_subspace, save_subspace

PROBE = Probe(torch.arange(30.0), torch.ones(30), "here")


@pytest.fixture
def grown():
    space = Subspace(DenseOperator(torch.randn(30, 12, generator=torch.Generator().manual_seed(0))))
    space.extend(space.adjoint(torch.randn(3, 30)))
    space.extend(torch.randn(2, 12, dtype=torch.float64))
    return space


def test_round_trip(grown, tmp_path):
    save_subspace(grown, tmp_path / "a.safetensors", PROBE)
    again = Subspace(grown.operator)
    assert restore_subspace(again, tmp_path / "a.safetensors", PROBE)
    assert torch.equal(again.basis, grown.basis) and torch.equal(again.images, grown.images)
    assert (again.forward, again.reverse) == (5, 3)
    again.extend(torch.randn(1, 12, dtype=torch.float64))
    coordinates = torch.eye(6, dtype=torch.float64)
    assert torch.allclose(
        again.pushed(coordinates), (again.basis.float() @ grown.operator.matrix.T).double(), atol=1e-5
    )


@pytest.mark.parametrize("damage", ["missing", "cut", "one bit", "foreign", "another's", "basis", "size", "nan"])
def test_what_does_not_fit_is_left_alone(grown, tmp_path, damage):
    path = tmp_path / "a.safetensors"
    images = grown.images
    if damage == "basis":
        grown.basis[0] *= 2
    elif damage == "size":
        grown.restore(grown.basis, images[:, :-1], 5, 3)
    elif damage == "nan":
        images[0, 0] = float("nan")
        grown.restore(grown.basis, images, 5, 3)
    save_subspace(grown, path, PROBE)
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    elif damage == "one bit":
        data = bytearray(path.read_bytes())
        data[-200] ^= 1
        path.write_bytes(data)
    elif damage == "foreign":
        save_file(load_file(path), path)
    probe = Probe(PROBE.image + 1, PROBE.product, "here") if damage == "another's" else PROBE
    again = Subspace(grown.operator)
    assert not restore_subspace(again, path, probe) and len(again) == 0
