"""The colours of a heat map: black where nothing changes, yellow-white where most does."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from resefa.errors import UsageError

# Seventeen evenly spaced colours of "inferno" (N. Smith and S. van der Walt, 2015, CC0): equal steps of the value are
# equal steps of lightness to the eye, also in grey print and to colour-blind readers.
INFERNO = np.array(
    [
        (0, 0, 4), (11, 7, 36), (32, 12, 74), (60, 9, 101), (87, 16, 110), (112, 25, 110), (137, 34, 106),
        (163, 43, 98), (187, 55, 84), (208, 70, 67), (226, 89, 50), (240, 112, 32), (249, 140, 10), (252, 170, 15),
        (249, 201, 50), (241, 233, 105), (252, 255, 164),
    ],
    dtype=np.float64,
)  # fmt: skip


def heat_colours(change: Tensor, maximum: float | None = None) -> np.ndarray:
    """Colour a map (h, w) of non-negative values as bytes (h, w, 3).

    Args:
        change: (h, w), for example a squared change.
        maximum: the value of the brightest colour, which all above it get too. Give the same one to maps that are to
            be compared. None takes the map's own largest value.

    Raises:
        UsageError: not two axes, a value that is not finite, or a maximum that is not above 0.
    """
    if change.ndim != 2 or not bool(torch.isfinite(change).all()):
        raise UsageError(
            f"A heat map needs finite values in rows and columns, but a tensor of shape {tuple(change.shape)} with "
            f"{int((~torch.isfinite(change)).sum())} values that are not finite came."
        )
    if maximum is not None and not 0 < maximum < float("inf"):
        raise UsageError(f"A heat map's maximum of {maximum} came, but a number above 0 is expected.")
    values = change.detach().cpu().double().numpy()
    top = float(values.max(initial=0.0)) if maximum is None else maximum
    share = np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)
    stops = np.linspace(0, 1, len(INFERNO))
    return np.stack([np.interp(share, stops, channel) for channel in INFERNO.T], axis=-1).round().astype(np.uint8)
