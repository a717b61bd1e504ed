"""Strides and paddings of a chain of transposed convolutions, which a state dict does not hold.

The paper's pattern (Radford et al. 2016, as PyTorch's example builds it) makes a small image of the code with the first
kernel and doubles its side with kernels of 4, stride 2 and padding 1. Kernels of other sizes have no usual geometry: a
kernel of 3 may double the side, keep it, or make 2n + 1 of n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resefa.errors import ModelError, printable

_KEYS = ("strides", "paddings", "output_paddings")
_LARGEST_SIDE = 4096
_FIRST = (4, 5, 6, 7, 8)
"""First kernels that are usual: they make images of 4, 5, 6... pixels, which 96 = 6 * 16 and 28 = 7 * 4 follow from."""


@dataclass(frozen=True)
class Geometry:
    """One number per layer, and the side of the image in pixels."""

    strides: list[int]
    paddings: list[int]
    output_paddings: list[int]
    resolution: int


def geometry(kernels: Sequence[int], settings: Mapping[str, Any], name: str) -> tuple[Geometry, bool]:
    """The geometry, and whether the settings state it.

    Raises:
        ModelError: the settings do not state it and the kernels are not the paper's; or it makes no image.
    """
    told = any(key in settings for key in _KEYS)
    for key, other in (("strides", "paddings"), ("paddings", "strides")):
        if told and key not in settings:
            raise ModelError(
                f"{name}: {other if other in settings else 'output_paddings'} is stated without {key}; state both."
            )
    doubles = kernels[0] in _FIRST and all(kernel == 4 for kernel in kernels[1:])
    if not told and not doubles:
        sizes = ", ".join(map(str, kernels[:16]))
        example = ",".join(["1", *["2"] * (len(kernels) - 1)][:16])
        raise ModelError(
            f"{name} has transposed convolutions with kernels of {sizes}, and a state dict does not hold their strides and "
            f"paddings. State them, as in --setting strides={example} --setting paddings=0 (in Python, settings={{'strides': "
            f"[{example}], 'paddings': 0}}), or build the network and use resefa.wrap."
        )
    last = len(kernels) - 1
    strides = _numbers(settings, "strides", [1] + [2] * last, name, least=1)
    paddings = _numbers(settings, "paddings", [0] + [1] * last, name)
    extra = _numbers(settings, "output_paddings", [0] * len(kernels), name)
    side = 1
    for i, (kernel, stride, padding, more) in enumerate(zip(kernels, strides, paddings, extra, strict=True)):
        if more and more >= stride:
            raise ModelError(f"{name}: the output padding {more} of layer {i} is not below its stride {stride}.")
        side = (side - 1) * stride - 2 * padding + kernel + more
        if not 1 <= side <= _LARGEST_SIDE:
            raise ModelError(
                f"{name}: layer {i} makes an image of side {side} with stride {stride} and padding {padding}; sides from 1 to "
                f"{_LARGEST_SIDE} are built."
            )
    return Geometry(strides, paddings, extra, side), told


def _numbers(settings: Mapping[str, Any], key: str, default: list[int], name: str, least: int = 0) -> list[int]:
    """One per layer, of a setting that is a number for all or a list."""
    given = settings.get(key, default)
    values = (
        [given] * len(default) if isinstance(given, int) else list(given) if isinstance(given, (list, tuple)) else []
    )
    if len(values) != len(default) or not all(
        isinstance(value, int) and not isinstance(value, bool) and least <= value <= 64 for value in values
    ):
        raise ModelError(
            f"{name}: {key} is {printable(given) if isinstance(given, (int, str, float)) else 'a list'}; give one whole number from "
            f"{least} to 64, or one for each of the {len(default)} layers."
        )
    return values
