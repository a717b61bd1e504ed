"""Gram matrices of square tiles of an image, from which the Gram matrix of a region is summed, with a few single rows.

``J^T diag(w) J`` is linear in the weights w. A tile mostly inside counts whole, and its pixels outside are subtracted; one
mostly outside counts by its pixels inside. What is left to multiply is at most half of the tiles on the border. Tiles
add up to squares of 4 x 4 tiles, and these to larger ones, in the same way: a region is a few large squares, give or take
a few small ones. No sum is larger than twice the part of the region that it stands for, so little cancels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.jacobian.gram_matrices import Gram, packed_gram
from resefa.jacobian.symmetric_product import add_product, empty_packed, packed_length, unpacked

_SIDES = (8, 16, 32, 64)
# Below this many multiplications for the whole image a region is as quick without tiles.
_WORTH = 10**9
# Up to so many multiplications for the rows on the border of the worst box, tiles need not be smaller.
_CHEAP_BORDER = 3 * 10**9
_FACTOR = 4


def tile_side(image_shape: tuple[int, int, int], n: int, room: int) -> int | None:
    """The side of a tile in pixels such that all tiles fit into ``room`` bytes; None if tiles do not help."""
    channels, height, width = image_shape
    if channels * height * width * n * n < _WORTH:
        return None
    for side in _SIDES:
        count = -(-height // side) * -(-width // side)
        # A tile's Gram matrix should not be much larger than its rows, unless the next larger tiles have dear borders.
        values = channels * side * side
        border = channels * side * 2 * (height + width) * packed_length(n)
        apt = values >= n / 2 or (values >= n / 4 and border > _CHEAP_BORDER)
        if count * packed_length(n) * 8 * _FACTOR**2 / (_FACTOR**2 - 1) <= room and apt:
            return side if count > 4 else None
    return None


class TileGrams:
    """The Gram matrices of all tiles for a Jacobian (m, n) whose rows are the values (channel, row, column) of an image."""

    def __init__(self, matrix: Tensor, image_shape: tuple[int, int, int], side: int) -> None:
        self.matrix, self.image_shape, self.side = matrix, image_shape, side
        _, height, width = image_shape
        self.n = matrix.shape[1]
        rows, columns = -(-height // side), -(-width // side)
        # (rows, columns, length) of each level, the smallest tiles first and the whole image last
        self.levels = [empty_packed(self.n, matrix.device, rows, columns)]
        image = matrix.T.unflatten(1, image_shape)
        for row in range(rows):
            band = image[:, :, row * side : (row + 1) * side].double()
            band = F.pad(band, (0, columns * side - width))
            # (n, c, y, tiles, x) -> (tiles, n, values of the tile)
            band = band.unflatten(3, (columns, side)).permute(3, 0, 1, 2, 4).flatten(2)
            add_product(self.levels[0][row], band)
        while self.levels[-1].shape[:2] != (1, 1):
            self.levels.append(_squares(self.levels[-1]))

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in self.levels)

    @property
    def whole(self) -> Gram:
        return Gram(unpacked(self.levels[-1][0, 0], self.n), float(self.matrix.shape[0]))

    def gram(self, weights: Tensor) -> Gram:
        """The Gram matrix for weights (h, w), in float64 on the Jacobian's device."""
        channels, height, width = self.image_shape
        rows, columns, _ = self.levels[0].shape
        side = self.side

        def per_tile(pixels: Tensor) -> Tensor:
            padded = F.pad(pixels.double(), (0, columns * side - width, 0, rows * side - height))
            return padded.unflatten(0, (-1, side)).unflatten(2, (-1, side)).sum((1, 3))

        # Whole where fewer pixels differ from one than from zero.
        inside = per_tile(weights != 1) < per_tile(weights != 0)
        packed = self._sum(inside)
        base = inside.repeat_interleave(side, 0).repeat_interleave(side, 1)[:height, :width].double()
        rest = weights - base
        for sign, part in ((1, rest.clamp_min(0)), (-1, (-rest).clamp_min(0))):
            if bool(part.any()):
                more, _ = packed_gram(self.matrix, part.flatten().repeat(channels))
                packed.add_(more, alpha=sign)
        return Gram(unpacked(packed, self.n), channels * float(weights.sum()))

    def _sum(self, inside: Tensor) -> Tensor:
        """The packed sum of the tiles marked in ``inside``, (rows, columns) bool."""
        total = empty_packed(self.n, self.matrix.device)
        for level, larger in zip(self.levels, [*self.levels[1:], None], strict=True):
            above, coarser = torch.zeros_like(inside), inside
            if larger is not None:
                shape = larger.shape[:2]
                coarser = _blocks(inside, *shape).sum((1, 3)) * 2 > _blocks(torch.ones_like(inside), *shape).sum((1, 3))
                above = coarser.repeat_interleave(_FACTOR, 0).repeat_interleave(_FACTOR, 1)
                above = above[: inside.shape[0], : inside.shape[1]]
            for row, column in (inside != above).nonzero().tolist():
                total.add_(level[row, column], alpha=1 if bool(inside[row, column]) else -1)
            inside = coarser
        return total


def _blocks(tiles: Tensor, rows: int, columns: int) -> Tensor:
    """An array (h, w), padded with zeros and cut into blocks (rows, factor, columns, factor), float64."""
    below, right = rows * _FACTOR - tiles.shape[0], columns * _FACTOR - tiles.shape[1]
    return F.pad(tiles.double(), (0, right, 0, below)).unflatten(0, (rows, _FACTOR)).unflatten(2, (columns, _FACTOR))


def _squares(tiles: Tensor) -> Tensor:
    """Packed sums (rows, columns, length) of tiles, summed over squares of 4 x 4 tiles."""
    rows, columns, length = tiles.shape
    found = tiles.new_zeros(-(-rows // _FACTOR), -(-columns // _FACTOR), length)
    for row in range(rows):
        for column in range(columns):
            found[row // _FACTOR, column // _FACTOR].add_(tiles[row, column])
    return found
