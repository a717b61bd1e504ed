"""Gram matrices of the square tiles of an image: that of any region is a sum of whole tiles and a few rows beside.

``J^T diag(w) J`` is linear in the weights w. A tile mostly inside counts whole, and its pixels outside are subtracted; one
mostly outside counts by its pixels inside. What is left to multiply is at most half of the tiles on the border.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resefa.operators.gram import Gram, packed_gram
from resefa.operators.symmetric_product import add_product, empty_packed, unpacked

_SIDES = (8, 16, 32, 64)
# Below this many multiplications for the whole image a region is as quick without tiles.
_WORTH = 10**9


def tile_side(image_shape: tuple[int, int, int], n: int, room: int) -> int | None:
    """Pixels of a tile's side such that all tiles fit ``room`` bytes, or None where tiles do not help."""
    channels, height, width = image_shape
    if channels * height * width * n * n < _WORTH:
        return None
    for side in _SIDES:
        count = -(-height // side) * -(-width // side)
        if count * n * n * 8 * 5 / 8 <= room and channels * side * side >= n / 2:
            return side if count > 4 else None
    return None


class TileGrams:
    """All tiles of a Jacobian (m, n) whose rows are (channel, row, column) of an image."""

    def __init__(self, matrix: Tensor, image_shape: tuple[int, int, int], side: int) -> None:
        self.matrix, self.image_shape, self.side = matrix, image_shape, side
        _, height, width = image_shape
        self.n = matrix.shape[1]
        self.grid = (-(-height // side), -(-width // side))
        count = self.grid[0] * self.grid[1]
        self.tiles = empty_packed(self.n, matrix.device, count)
        image = matrix.T.unflatten(1, image_shape)
        for row in range(self.grid[0]):
            band = image[:, :, row * side : (row + 1) * side].double()
            band = F.pad(band, (0, self.grid[1] * side - width))
            # (n, c, y, tiles, x) -> (tiles, n, values of the tile)
            band = band.unflatten(3, (self.grid[1], side)).permute(3, 0, 1, 2, 4).flatten(2)
            part = slice(row * self.grid[1], (row + 1) * self.grid[1])
            add_product([strip[part] for strip in self.tiles], band)
        self.all = [strip.sum(0) for strip in self.tiles]

    @property
    def nbytes(self) -> int:
        return sum(strip.nbytes for strip in self.tiles)

    @property
    def whole(self) -> Gram:
        return Gram(unpacked(self.all, self.n), float(self.matrix.shape[0]))

    def gram(self, weights: Tensor) -> Gram:
        """For weights (h, w), float64, on the matrix's device."""
        channels, height, width = self.image_shape
        side = self.side
        right, below = self.grid[1] * side - width, self.grid[0] * side - height

        def per_tile(pixels: Tensor) -> Tensor:
            padded = F.pad(pixels.double(), (0, right, 0, below))
            return padded.unflatten(0, (-1, side)).unflatten(2, (-1, side)).sum((1, 3))

        # Whole where fewer pixels differ from one than from zero.
        inside = per_tile(weights != 1) < per_tile(weights != 0)
        base = inside.repeat_interleave(side, 0).repeat_interleave(side, 1)[:height, :width].double()
        rest = weights - base
        chosen = inside.flatten()
        most = int(chosen.sum()) * 2 > len(chosen)
        packed = [strip.clone() if most else torch.zeros_like(strip) for strip in self.all]
        for tile in (~chosen if most else chosen).nonzero().squeeze(1).tolist():
            for strip, tiles in zip(packed, self.tiles, strict=True):
                strip.sub_(tiles[tile]) if most else strip.add_(tiles[tile])
        for sign, part in ((1, rest.clamp_min(0)), (-1, (-rest).clamp_min(0))):
            if bool(part.any()):
                more, _ = packed_gram(self.matrix, part.flatten().repeat(channels))
                for strip, addend in zip(packed, more, strict=True):
                    strip.add_(addend, alpha=sign)
        return Gram(unpacked(packed, self.n), channels * float(weights.sum()))
