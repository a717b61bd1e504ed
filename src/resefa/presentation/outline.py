"""The edited region drawn onto an image: the contour where its edit weights cross one half."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image as PILImage
from torch import Tensor
from torch.nn import functional

from resefa.errors import UsageError
from resefa.presentation.pixels import enlarged
from resefa.tensor_types import PixelWeights

AMBER = (255, 196, 46)
_HALO = (16, 16, 20)
_OVERSAMPLING = 4


def outlined(
    image: PILImage.Image | np.ndarray,
    weights: PixelWeights,
    scale: int = 1,
    colour: tuple[int, int, int] = AMBER,
) -> PILImage.Image:
    """Enlarge ``image`` and draw the outline of a region of any shape on it.

    The line is bright with a dark rim on both sides, so it is seen on light and on dark ground. It follows the 0.5
    contour of the bilinearly interpolated weights; the outside of the image counts as weight 0, so a region that
    touches the image's edge is closed there.

    Args:
        image: an RGB picture, or its bytes (h, w, 3).
        weights: (h, w) edit weights in [0, 1], on the pixels of ``image`` before enlarging.
        scale: how many times larger the result is, a whole number.
        colour: red, green, blue of the line's core, 0 to 255.

    Raises:
        UsageError: the weights have another size than the image, or the scale is below 1.
    """
    picture = (PILImage.fromarray(image) if isinstance(image, np.ndarray) else image).convert("RGB")
    if tuple(weights.shape) != (picture.height, picture.width):
        raise UsageError(
            f"Region weights of {tuple(weights.shape)} rows and columns came for an image of "
            f"{(picture.height, picture.width)}: make the region for this image's size."
        )
    large = enlarged(picture, scale)
    core = max(1.25, min(large.size) / 170)
    rim = max(0.75, core * 0.55)
    for ink, width in ((_HALO, core + 2 * rim), (colour, core)):
        cover = PILImage.fromarray(_contour_cover(weights, scale, width))
        large.paste(PILImage.new("RGB", large.size, ink), mask=cover)
    return large


def _contour_cover(weights: Tensor, scale: int, width: float) -> np.ndarray:
    """How much of each pixel of the enlarged image a contour line of ``width`` pixels covers, 0 to 255 (uint8)."""
    # Fine enough for soft line edges, yet a megapixel image is not blown up sixteenfold.
    fine = max(1, min(_OVERSAMPLING, 2048 // (max(weights.shape) * scale)))
    factor = scale * fine
    ringed = functional.pad(weights.detach().to("cpu", torch.float32)[None, None], (1, 1, 1, 1))
    smooth = functional.interpolate(ringed, scale_factor=factor, mode="bilinear", align_corners=False)
    inside = (smooth[..., factor:-factor, factor:-factor] >= 0.5).float()
    disc = _disc(width * fine / 2)
    # A disc that lies partly inside and partly outside is centred within its radius of the contour.
    count = functional.conv2d(inside, disc, padding=disc.shape[-1] // 2)
    near = ((count > 0.5) & (count < disc.sum() - 0.5)).float()
    return (functional.avg_pool2d(near, fine)[0, 0] * 255).round().to(torch.uint8).numpy()


def _disc(radius: float) -> Tensor:
    """A (1, 1, size, size) kernel of ones within ``radius`` of its middle."""
    reach = max(1, int(radius))
    offset = torch.arange(-reach, reach + 1, dtype=torch.float32)
    return (offset[:, None].square() + offset[None].square() <= max(radius, 1.0) ** 2).float()[None, None]
