"""Type aliases for tensors with shapes, used in signatures.

Letters: ``b`` images in a batch, ``c`` channels, ``h`` rows, ``w`` columns, ``n`` latent dimensions, ``k`` directions,
``m`` output values (channels x rows x columns). The paper writes ``x`` for an image and ``z`` for a code.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

Image = Float[Tensor, "b c h w"]
"""A batch of images in [-1, 1], float32 unless stated; not clamped."""

Latent = Float[Tensor, "b n"]
"""A batch of latent codes, flattened."""

Vectors = Float[Tensor, "k n"]
"""Directions as rows, best first, the layout that other tools exchange."""

Features = Float[Tensor, "b d"]
"""Features of images, one row per image."""

PixelWeights = Float[Tensor, "h w"]
"""One weight in [0, 1] per pixel."""

SquareMatrix = Float[Tensor, "n n"]
"""A symmetric matrix over the latent dimensions, float64."""

__all__ = ["Features", "Image", "Latent", "PixelWeights", "SquareMatrix", "Vectors"]
