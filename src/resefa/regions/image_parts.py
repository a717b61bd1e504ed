"""Parts of an image, such as mouth and hair, as a segmenter marks them: what ``part:mouth`` means on one image.

A segmenter labels every pixel with a part. Names and groups of parts are the segmenter's, so that nothing here depends on the kind of
image.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from scipy import ndimage
from torch import Tensor

from resefa.errors import RegionError, printable
from resefa.regions.presets import plain_name
from resefa.regions.quoting import shown
from resefa.types import Image

LEAST = 1 / 4096
"""Smallest area of a part, as a fraction of the image: 16 pixels of 256 x 256. Smaller specks are errors of the segmenter."""
_AT_ONCE = 16
_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@runtime_checkable
class Segmenter(Protocol):
    """A function that labels every pixel of an image with a part.

    ``groups`` is optional (``GroupsParts``): further names of parts, made of labels.
    """

    @property
    def names(self) -> Sequence[str]:
        """The part that each label stands for: ``names[0]`` for label 0."""
        ...

    @property
    def fingerprint(self) -> str:
        """A text that changes when the labels do, such as a digest of the weights; stored in directions files."""
        ...

    def __call__(self, images: Image) -> Tensor:
        """Labels (b, h, w), whole numbers, of images (b, c, h, w) in [-1, 1]."""
        ...


@dataclass(frozen=True)
class PartGroup:
    """A part made of the pixels of several labels, or of one side of them.

    Attributes:
        labels: names of the labels.
        side: ``"left"`` or ``"right"``: only the connected areas on that side, the viewer's; empty: all pixels.
    """

    labels: tuple[str, ...]
    side: str = ""


@runtime_checkable
class GroupsParts(Protocol):
    """A segmenter with further names of parts. Default: the names of its labels alone."""

    @property
    def groups(self) -> Mapping[str, PartGroup]:
        """Name -> group of labels. A group comes before a label of the same name."""
        ...


@dataclass(frozen=True, eq=False)
class ImageParts:
    """The parts of one image.

    Attributes:
        labels: (h, w) whole numbers on the CPU.
        groups: name -> group of labels, for every part that can be named.
        names: the part of each label.
        image: the image, for messages: ``the image of seed 3``.
    """

    labels: np.ndarray
    groups: Mapping[str, PartGroup]
    names: tuple[str, ...]
    image: str

    def mask(self, name: str) -> np.ndarray:
        """The part's pixels, (h, w) bool, without specks below ``LEAST``; all false if the image lacks the part.

        Raises:
            RegionError: the segmenter has no such part; the message suggests a name and lists the parts.
        """
        group = self.groups.get(name)
        if group is None:
            near = difflib.get_close_matches(name, self.groups, n=3)
            guess = f"; did you mean {' or '.join(near)}? Choose" if near else "; choose"
            raise RegionError(f"Unknown part {shown(name)} of images{guess} one of {', '.join(self.groups)}.")
        marked = np.isin(self.labels, [i for i, label in enumerate(self.names) if label in group.labels])
        areas, count = cast("tuple[np.ndarray, int]", ndimage.label(marked, _NEIGHBOURS))
        sizes = np.bincount(areas.ravel(), minlength=count + 1)
        kept = [i for i in range(1, count + 1) if sizes[i] >= LEAST * self.labels.size]
        return np.isin(areas, _on_side(areas, kept, group.side) if group.side else kept)

    @cached_property
    def present(self) -> list[str]:
        """Names of the parts that the image has."""
        return [name for name in self.groups if self.mask(name).any()]

    def without(self, missing: Sequence[str], region: str) -> RegionError:
        """The error for a region that is empty because the image lacks these parts."""
        return RegionError(
            f"The region {shown(region)} is empty on {self.image}, which has no {' and no '.join(missing)}; choose a different image, or a "
            f"part of this image: {', '.join(self.present)}."
        )


def _on_side(areas: np.ndarray, kept: list[int], side: str) -> list[int]:
    """The areas on one side: of several about the middle between the outermost columns, of a single area about the image's middle."""
    centres = [float(np.nonzero(areas == i)[1].mean()) for i in kept]
    middle = (areas.shape[1] - 1) / 2
    if len(kept) > 1:
        columns = np.nonzero(np.isin(areas, kept).any(0))[0]
        middle = (columns[0] + columns[-1]) / 2
    return [i for i, centre in zip(kept, centres, strict=True) if (centre < middle) == (side == "left")]


def parts_of(images: Image, segmenter: Segmenter, titles: Sequence[str] = ()) -> list[ImageParts]:
    """The parts of each image.

    Args:
        titles: of the images, for messages, for example ``the image of seed 3``; default their numbers.

    Raises:
        RegionError: the segmenter is not a segmenter, or returns other values than one label for each pixel.
    """
    names = tuple(map(plain_name, checked_segmenter(segmenter).names))
    groups = {name: PartGroup((name,)) for name in names}
    if isinstance(segmenter, GroupsParts):
        for name, group in segmenter.groups.items():
            groups[plain_name(name)] = PartGroup(tuple(map(plain_name, group.labels)), group.side)
    found: list[ImageParts] = []
    for batch in images.split(_AT_ONCE):
        for labels in _labels(segmenter, batch, len(names)):
            title = titles[len(found)] if titles else f"image {len(found)}"
            found.append(ImageParts(labels, groups, names, title))
    return found


def checked_segmenter(segmenter: Any) -> Segmenter:
    """The argument itself, if it has the members of ``Segmenter``.

    Raises:
        RegionError: the message names a missing member.
    """
    missing = [name for name in ("names", "fingerprint", "__call__") if not hasattr(segmenter, name)]
    if missing or isinstance(segmenter, type):
        lack = "is a class; give an instance" if isinstance(segmenter, type) else f"has no {' and no '.join(missing)}"
        raise RegionError(
            f"The segmenter {printable(segmenter, 60)} {lack}; a resefa.segmenters.Segmenter is a function from images to labels with the "
            "attributes names and fingerprint."
        )
    return segmenter


def _labels(segmenter: Segmenter, images: Image, count: int) -> np.ndarray:
    """The labels (b, h, w), checked, in the smallest type that holds them."""
    found: Any = segmenter(images)
    size = (len(images), *images.shape[-2:])
    if not isinstance(found, Tensor) or tuple(found.shape) != size or found.is_floating_point() or found.is_complex():
        kind = f"{tuple(found.shape)} of {str(found.dtype)[6:]}" if isinstance(found, Tensor) else type(found).__name__
        raise RegionError(
            f"The segmenter returned {kind}; expected whole numbers (b, h, w) = {size}, one label for each pixel."
        )
    least, most = int(found.min()), int(found.max())
    if least < 0 or most >= count:
        raise RegionError(
            f"The segmenter returned labels from {least} to {most}, but names {count} parts; expected labels from 0 to {count - 1}."
        )
    return found.detach().cpu().numpy().astype(np.min_scalar_type(max(count - 1, 0)))
