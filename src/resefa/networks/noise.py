"""The noise inputs of a style-based network, from what a caller may give."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from resefa.networks.style_network import Noise


def noise_of_each(
    noise: Noise, buffers: Sequence[Tensor | None], shapes: Sequence[tuple[int, int]]
) -> list[Tensor | None]:
    """One (h, w) tensor or None for each layer, in the order of use; ``buffers`` are the network's own.

    Raises:
        ValueError: an unknown word, or tensors of other shapes than ``shapes``.
    """
    if isinstance(noise, str):
        if noise not in ("constant", "none"):
            raise ValueError(f'noise is "constant", "none" or a sequence of tensors, not "{noise}"')
        return list(buffers) if noise == "constant" else [None] * len(buffers)
    if [tuple(given.shape) for given in noise] != list(shapes):
        raise ValueError(f"noise needs one tensor for each of the shapes {list(shapes)}")
    return list(noise) or [None] * len(buffers)
