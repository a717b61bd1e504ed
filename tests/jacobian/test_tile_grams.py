"""Regions from tiles are regions from rows."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from resefa.errors import SolverError
from resefa.jacobian.dense import TILE_ROOM, ImageJacobian
from resefa.jacobian.gram_matrices import Gram, gram_of_rows
from resefa.jacobian.symmetric_product import add_product, empty_packed, packed_length, unpacked
from resefa.jacobian.tile_grams import TileGrams, tile_side


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(5, 30), st.integers(5, 30), st.integers(1, 80), st.integers(0, 10**6))
def test_any_region_from_tiles_is_the_one_from_rows(channels, height, width, n, seed):
    random = torch.Generator().manual_seed(seed)
    matrix = torch.randn(n, channels * height * width, generator=random).T
    tiles = TileGrams(matrix, (channels, height, width), 8)
    top, left = (int(x) for x in torch.randint(0, 5, (2,), generator=random))
    weights = torch.zeros(height, width, dtype=torch.float64)
    weights[top : top + height * 2 // 3, left : left + width * 3 // 4] = 1
    weights[0] = torch.rand(width, generator=random, dtype=torch.float64)  # a soft edge
    direct = (matrix.double() * weights.flatten().repeat(channels)[:, None]).T @ matrix.double()
    found = tiles.gram(weights)
    assert torch.allclose(found.total, direct, atol=1e-9 * float(direct.diagonal().sum() + 1))
    assert torch.equal(found.total, found.total.T)
    assert found.weight == pytest.approx(channels * float(weights.sum()))
    assert torch.allclose(tiles.whole.total, gram_of_rows(matrix).total)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 100), st.integers(1, 100), st.floats(0, 1), st.integers(0, 10**6))
def test_any_set_of_tiles_is_summed_from_squares_of_them(height, width, share, seed):
    random = torch.Generator().manual_seed(seed)
    matrix = torch.randn(3, height * width, generator=random).T
    tiles = TileGrams(matrix, (1, height, width), 2)
    rows, columns = tiles.levels[0].shape[:2]
    assert tiles.levels[-1].shape[:2] == (1, 1)
    inside = torch.rand(rows, columns, generator=random) < share
    wanted = (inside[..., None] * tiles.levels[0]).sum((0, 1))
    assert torch.allclose(tiles._sum(inside), wanted, atol=1e-12 * float(matrix.double().square().sum() + 1))


@pytest.mark.parametrize("box", [(37, 38, 50, 41), (1, 1, 94, 90), (40, 3, 8, 8), (0, 0, 96, 48)])
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_a_box_off_the_grid_is_right_to_its_own_scale_however_loud_the_rest(box, scale):
    top, left, height, width = box
    weights = torch.zeros(96, 92, dtype=torch.float64)
    weights[top : top + height, left : left + width] = 1
    random = torch.Generator().manual_seed(0)
    matrix = torch.randn(5, 2 * 96 * 92, generator=random, dtype=torch.float64)
    # What lies some tiles away is not summed and taken off again.
    near = F.max_pool2d(weights[None, None], 65, 1, 32)[0, 0]
    matrix = (matrix * torch.where(near > 0, scale, 1.0).flatten().repeat(2)).T
    direct = gram_of_rows(matrix, weights.flatten().repeat(2)).total
    found = TileGrams(matrix, (2, 96, 92), 8).gram(weights).total
    assert float((found - direct).abs().max()) < 1e-13 * float(direct.diagonal().sum())


def test_an_image_jacobian_uses_them_where_they_help_within_its_room():
    assert tile_side((3, 64, 64), 100, 2**30) is None
    assert tile_side((3, 256, 256), 512, TILE_ROOM) == 8  # borders of tiles of 16 would be dear
    assert tile_side((3, 128, 128), 512, TILE_ROOM) == 16  # and here they are not
    assert tile_side((3, 256, 256), 512, 512 * 2**20) == 16
    assert tile_side((3, 256, 256), 512, 100 * 2**20) == 32
    assert tile_side((3, 256, 256), 7168, 512 * 2**20) is None
    matrix = torch.randn(200, 3 * 96 * 96, generator=torch.Generator().manual_seed(0)).T
    with_tiles, without = (ImageJacobian(matrix, (3, 96, 96), room=room) for room in (2**30, 0))
    weights = torch.zeros(96, 96)
    weights[13:60, 20:81] = 1
    before = with_tiles.nbytes
    for part in (weights, 1 - weights):
        a, b = with_tiles.gram(part), without.gram(part)
        assert a.weight == b.weight and torch.allclose(a.total, b.total, rtol=1e-9, atol=1e-6)
    assert without.nbytes == before < with_tiles.nbytes


@pytest.mark.parametrize("n", [1, 63, 64, 67, 256, 301])
def test_packed_products_are_products(n):
    x = torch.randn(n, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(n))
    packed = empty_packed(n, x.device)
    add_product(packed, x)
    assert packed.shape == (packed_length(n),)
    assert torch.allclose(unpacked(packed, n), x @ x.T)
    several = empty_packed(n, x.device, 2)
    add_product(several, torch.stack((x, 2 * x)))
    assert torch.allclose(unpacked(several[1], n), 4 * x @ x.T)


def test_sums_of_several_processes_are_added_from_their_files(tmp_path):
    rows = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    gram_of_rows(rows[:15]).save(tmp_path / "a.safetensors")
    gram_of_rows(rows[15:]).save(tmp_path / "b.safetensors")
    both = Gram.load(tmp_path / "a.safetensors") + Gram.load(tmp_path / "b.safetensors")
    assert torch.allclose(both.total, gram_of_rows(rows).total) and both.weight == 40
    with pytest.raises(SolverError, match="6 and 5 dimensions"):
        both + gram_of_rows(rows[:, :5])
    (tmp_path / "b.safetensors").write_bytes(b"nothing")
    save_file({"total": torch.eye(3)}, tmp_path / "c.safetensors")
    save_file({"total": torch.eye(3)}, tmp_path / "d.safetensors", {"format": "resefa.gram", "format_version": "1"})
    damaged = {"b": "damaged", "missing": "cannot be read", "c": "different kind", "d": "damaged"}
    for name, fact in damaged.items():
        with pytest.raises(SolverError, match=fact):
            Gram.load(tmp_path / f"{name}.safetensors")
