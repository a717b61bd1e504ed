"""Pictures of the page as data URIs: exact images, small frames of previews, heat maps and thumbnails."""

from __future__ import annotations

import base64
import io

from PIL import Image as PILImage
from torch import Tensor

from resefa.presentation.heat_map import heat_colours
from resefa.presentation.pixels import plain_picture
from resefa.projects.saved_files import png

FRAME = 512
"""Longer side of the frames of previews: they are also blended over the image while a slider moves."""
THUMBNAIL = 128
QUALITY = 90
"""Of frames and thumbnails. The image itself is always exact."""


def exact(image: Tensor) -> str:
    """The image (c, h, w) in [-1, 1] as a PNG, pixel for pixel, as a data URI."""
    return _uri("png", png(image[None]))


def frame(image: Tensor) -> str:
    """The image as a small frame of a preview."""
    return _webp(plain_picture(image), FRAME)


def thumbnail(image: Tensor) -> str:
    """The image as a thumbnail."""
    return _webp(plain_picture(image), THUMBNAIL)


def heat(change: Tensor, maximum: float) -> str:
    """A heat map of a squared change (h, w)."""
    return _webp(PILImage.fromarray(heat_colours(change, maximum)), THUMBNAIL * 2)


def _webp(picture: PILImage.Image, longest: int) -> str:
    if max(picture.size) > longest:
        picture.thumbnail((longest, longest), PILImage.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=2)
    return _uri("webp", buffer.getvalue())


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
