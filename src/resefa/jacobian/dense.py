"""The stored Jacobian of one image, from which the Gram matrices of any region follow by linear algebra alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from resefa.jacobian.gram_matrices import Gram, gram_of_rows, value_weights
from resefa.jacobian.linear_operator import DenseOperator
from resefa.jacobian.tile_grams import TileGrams, tile_side

TILE_ROOM = 3 * 2**29


class ImageJacobian(DenseOperator):
    """A stored (m, n) Jacobian: one row for each value (channel, row, column) of the image, one column for each latent dimension.

    Args:
        matrix: (c * h * w, n), row-major over (channel, row, column).
        image_shape: (c, h, w) at the analysis resolution.
        mode: how it was computed.
        room: bytes that Gram matrices of tiles may take, which make further regions quick; 0 for none.
    """

    def __init__(
        self, matrix: Tensor, image_shape: tuple[int, int, int], mode: str = "", room: int = TILE_ROOM
    ) -> None:
        super().__init__(matrix)
        if matrix.shape[0] != image_shape[0] * image_shape[1] * image_shape[2]:
            raise ValueError(
                f"matrix has {matrix.shape[0]} rows, but an image with shape {image_shape} has {math.prod(image_shape)} values"
            )
        self.image_shape = image_shape
        self.mode = mode
        self._room = room
        self._last: tuple[Tensor, Gram] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the Jacobian, and of the Gram matrices of tiles once they are computed."""
        tiles = self.__dict__.get("_tiles")
        return self.matrix.nbytes + (tiles.nbytes if tiles else 0)

    @cached_property
    def _tiles(self) -> TileGrams | None:
        side = None if self.matrix.device.type == "mps" else tile_side(self.image_shape, self.shape[1], self._room)
        return None if side is None else TileGrams(self.matrix, self.image_shape, side)

    @cached_property
    def whole(self) -> Gram:
        """The Gram matrix over all values of the image."""
        return gram_of_rows(self.matrix) if self._tiles is None else self._tiles.whole

    def rows(self, weights: Tensor) -> Tensor:
        """``diag(sqrt(weights)) J`` in float64, without rows of weight zero: a factor of ``gram(weights).total``."""
        flat = self._flat(weights)
        chosen = flat.nonzero().squeeze(1)
        return self.matrix[chosen].double() * flat[chosen].sqrt()[:, None]

    def gram(self, weights: Tensor) -> Gram:
        """The Gram matrix with one weight in [0, 1] per pixel (h, w), all channels alike, or per value (c, h, w).

        It is linear in the weights, so where most pixels count, the few that do not are subtracted from the whole. The
        difference loses about ``eps * trace(whole)`` in float64, far below the rounding of J itself (float32), since
        the part that is subtracted is the smaller one.
        """
        flat = self._flat(weights)
        last = self._last
        if last is not None and torch.equal(last[0], 1 - flat):
            # Inside and outside of one region, asked for one after the other.
            return self.whole - last[1]
        found = self._gram(flat, weights.ndim == 2)
        self._last = (flat, found)
        return found

    def grams(self, weights: Sequence[Tensor]) -> list[Gram]:
        """The Gram matrix for each weighting, see ``gram``."""
        return [self.gram(each) for each in weights]

    def _gram(self, flat: Tensor, channels_alike: bool) -> Gram:
        if channels_alike and self._tiles is not None:
            _, height, width = self.image_shape
            return self._tiles.gram(flat[: height * width].reshape(height, width))
        counted = int(flat.count_nonzero())
        left_out = int((flat != 1).count_nonzero())
        if left_out < counted:
            return self.whole - gram_of_rows(self.matrix, 1 - flat)
        return gram_of_rows(self.matrix, flat)

    def _flat(self, weights: Tensor) -> Tensor:
        channels, height, width = self.image_shape
        if tuple(weights.shape) not in ((height, width), self.image_shape):
            raise ValueError(
                f"weights has shape {tuple(weights.shape)}; expected {(height, width)} or {self.image_shape}, as the image"
            )
        return value_weights(weights.to(self.matrix.device, torch.float64), channels)
