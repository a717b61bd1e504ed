"""Parts by name: ``part:mouth`` is the mouth of the image at hand, wherever it lies.

Without an image the expression has no pixels; ``Expression.on`` replaces it by the pixels of the part on one image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import torch
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.errors import RegionError
from resefa.regions.image_parts import ImageParts
from resefa.regions.masks import fingerprint
from resefa.regions.operations import Expression
from resefa.regions.presets import plain_name
from resefa.regions.quoting import shown
from resefa.regions.weights import check_aspect
from resefa.types import PixelWeights

PREFIX = "part"
_NAME = re.compile(r"\w[\w-]*")


@dataclass(frozen=True)
class Part(Expression):
    """A part of the image by its name, for example ``mouth``; the segmenter of the generator decides which names exist.

    Raises:
        RegionError: the name has other characters than letters, digits and hyphens.
    """

    name: str

    def __post_init__(self) -> None:
        name = plain_name(self.name)
        if not _NAME.fullmatch(name):
            raise RegionError(
                f"The part {shown(self.name)} is not a name; give letters, digits and hyphens, as in {PREFIX}:mouth."
            )
        object.__setattr__(self, "name", name)

    @property
    def part_names(self) -> frozenset[str]:
        return frozenset((self.name,))

    def on(self, parts: ImageParts) -> Expression:
        mask = parts.mask(self.name)
        return PartOnImage(self.name, fingerprint(mask), torch.from_numpy(mask))

    def raster(self, height: int, width: int) -> PixelWeights:
        raise RegionError(
            f"The region {self.text} follows the image, so it has no pixels without an image; resolve it with region.on(images, segmenter), "
            "or give a box, a mask or a preset."
        )

    @property
    def text(self) -> str:
        return f"{PREFIX}:{self.name}"


@dataclass(frozen=True)
class PartOnImage(Expression):
    """The pixels of a part on one image, area-averaged onto an image of another size.

    Its text is that of the part, and names no image: ``Region.parse`` reads it as the part of any image.

    Attributes:
        name: of the part.
        digest: fingerprint of the pixels.
        marked: (h, w) bool, true inside the part.
    """

    name: str
    digest: str
    marked: Tensor = field(compare=False, repr=False)

    def raster(self, height: int, width: int) -> PixelWeights:
        check_aspect(self.marked.shape, height, width, f"The image of {self.text}")
        return area_average_weights(self.marked, height, width)

    @property
    def text(self) -> str:
        return f"{PREFIX}:{self.name}"
