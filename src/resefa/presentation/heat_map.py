"""Heat maps: black where nothing changes, yellow-white where the change is largest."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor

from resefa.errors import UsageError
from resefa.presentation.pixels import enlarged

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


def heat_map(change: Tensor, maximum: float | None = None, size: int | None = None) -> PILImage.Image:
    """A squared change (h, w) as a picture whose longer side is ``size``.

    Raises as ``heat_colours`` and :func:`resefa.presentation.pixels.enlarged`.
    """
    return enlarged(PILImage.fromarray(heat_colours(change, maximum)), size)


def heat_colours(change: Tensor, maximum: float | None = None) -> np.ndarray:
    """Colours (h, w, 3), uint8, of non-negative values (h, w).

    Args:
        change: for example a squared change.
        maximum: the value of the brightest colour, also used for larger values. Maps that are compared share one maximum.
            None: the largest value of the map.

    Raises:
        UsageError: not two axes, a value that is not finite, or a maximum that is not above 0.
    """
    if change.ndim != 2:
        raise UsageError(f"change has shape {tuple(change.shape)}; a heat map needs rows and columns, (h, w).")
    if bad := int((~torch.isfinite(change)).sum()):
        raise UsageError(f"change has {bad} values that are not finite; a heat map needs finite values.")
    if maximum is not None and not 0 < maximum < float("inf"):
        raise UsageError(f"maximum is {maximum}; give a number above 0.")
    values = change.detach().cpu().double().numpy()
    top = float(values.max(initial=0.0)) if maximum is None else maximum
    share = np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)
    stops = np.linspace(0, 1, len(INFERNO))
    return np.stack([np.interp(share, stops, channel) for channel in INFERNO.T], axis=-1).round().astype(np.uint8)
