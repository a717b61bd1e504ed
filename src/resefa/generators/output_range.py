"""Values of black and white in a network's images, with a check for a wrong range, and compositing of opacity."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from resefa.errors import GeneratorError, ModelError, ResefaWarning, parameter
from resefa.types import Image

DEFAULT = (-1.0, 1.0)
_ROUNDING = 1e-3
_BELOW = 0.1
"""How far below 0 the values of a network for (0, 1) without a final bound may be."""


def checked_range(given: Sequence[float]) -> tuple[float, float]:
    """Checked values (black, white), white above black.

    Raises:
        GeneratorError: not two numbers in rising order.
    """
    ends = [given[0], given[1]] if isinstance(given, (list, tuple)) and len(given) == 2 else []
    numbers = [float(end) for end in ends if isinstance(end, (int, float)) and math.isfinite(end)]
    if len(numbers) != 2 or not numbers[1] > numbers[0]:
        raise GeneratorError(
            f"{parameter('output_range', given)} is not a range; give the values of black and white, for example (-1, 1), (0, 1) or (0, 255)."
        )
    return numbers[0], numbers[1]


def check_values(images: Tensor, output_range: tuple[float, float], name: str) -> None:
    """Check trial images of the network against the stated range.

    Raises:
        GeneratorError: values lie far beyond the range.

    Warns:
        ResefaWarning: all values lie in half of the range, as (0, 1) does in (-1, 1).
    """
    low, high = output_range
    least, most = float(images.min()), float(images.max())
    not_below_0, up_to_1 = least >= -_ROUNDING, most <= 1 + _ROUNDING
    if float(in_range(images, output_range).abs().max()) > 4:
        meant = (-1, 1) if up_to_1 and least >= -1 - _ROUNDING else (0, 255)
        raise GeneratorError(
            f"{name} returns values from {least:.3g} to {most:.3g}, far beyond output_range={_text(output_range)}; state the "
            f"range that the values really have, for example output_range={_text(meant)}."
        )
    if up_to_1 and not_below_0 and (low < 0 or high > 2):
        found, meant = "lie in [0, 1]", (0, 1)
    elif up_to_1 and high > 2:
        found, meant = "lie in [-1, 1]", (-1, 1)
    elif up_to_1 and low == 0 and least < -_BELOW:
        found, meant = f"lie between {least:.2g} and {most:.2g}", (-1, 1)
    else:
        return
    warnings.warn(
        f"All trial values of {name} {found}, but output_range is {_text(output_range)}; did you mean output_range={_text(meant)}?",
        ResefaWarning,
        stacklevel=5,  # the call of wrap
    )


def _text(output_range: Sequence[float]) -> str:
    return "({:g}, {:g})".format(*output_range)


def in_range(images: Tensor, output_range: tuple[float, float]) -> Tensor:
    """Images mapped to [-1, 1]; images already in that range stay the same tensor."""
    low, high = output_range
    scale, shift = 2 / (high - low), -(high + low) / (high - low)
    return images if (scale, shift) == (1, 0) else images * scale + shift


TRANSPARENT = 4
NOTE = "images have 4 channels; the fourth is used as opacity, over a white background"


def shown_channels(channels: int, name: str) -> int:
    """Number of channels after compositing for a network with ``channels``.

    Raises:
        ModelError: an unsupported number of channels.
    """
    if channels not in (1, 3, TRANSPARENT):
        raise ModelError(
            f"{name} makes images with {channels} channels; only 1 (grey), 3 (RGB) and 4 (RGB and opacity) are supported. In "
            "Python, build the network and wrap a function that returns three of its channels."
        )
    return 3 if channels == TRANSPARENT else channels


def over_white(images: Tensor) -> Image:
    """Composite images over white: (b, 1, 3 or 4, h, w) in [-1, 1] -> (b, 1 or 3, h, w); opacities are clamped to [-1, 1]."""
    if images.shape[1] != TRANSPARENT:
        return images
    opacity = torch.clamp((images[:, 3:] + 1) / 2, 0, 1)
    return images[:, :3] * opacity + (1 - opacity)
