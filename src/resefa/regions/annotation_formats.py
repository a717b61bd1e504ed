"""Readers of annotation files: JSON from labelme, COCO and Segment Anything, decoded by schema.

Coordinates in the files are (x, y) in pixels from the top left.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
import numpy as np
import torch
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.errors import RegionError, printable
from resefa.files.picture_file import LONGEST_SIDE, MOST_PIXELS, decoded
from resefa.files.schema import decode
from resefa.regions.operations import Expression
from resefa.regions.shapes import Polygon
from resefa.regions.units import FRACTION
from resefa.types import PixelWeights

_MOST_OBJECTS, _MOST_POINTS = 1000, 100_000
_ROUND = 64

Side = Annotated[int, msgspec.Meta(ge=1, le=LONGEST_SIDE)]
Name = str | int


@dataclass(frozen=True)
class Annotation:
    """An annotated object with its label and outline, in fractions of the image."""

    label: str
    outline: Expression


@dataclass(frozen=True)
class Annotations:
    """The objects of an annotation file; ``size`` is (height, width) of the annotated image."""

    size: tuple[int, int]
    objects: list[Annotation]


class _Shape(msgspec.Struct):
    points: list[tuple[float, float]]
    label: Name | None = None
    shape_type: str | None = "polygon"
    mask: str | None = None


class _Labelme(msgspec.Struct):
    shapes: list[_Shape]
    imageHeight: Side
    imageWidth: Side


class _Rle(msgspec.Struct):
    counts: list[int] | str
    size: tuple[Side, Side]


class _Image(msgspec.Struct):
    height: Side
    width: Side
    id: Name = 0


class _Object(msgspec.Struct):
    segmentation: list[list[float]] | _Rle
    category_id: Name | None = None
    image_id: Name | None = None


class _Category(msgspec.Struct):
    id: Name
    name: Name


class _Coco(msgspec.Struct):
    annotations: list[_Object]
    images: list[_Image]
    categories: list[_Category] = []


class _Kind(msgspec.Struct):
    shapes: msgspec.Raw = msgspec.Raw()
    annotations: msgspec.Raw = msgspec.Raw()
    segmentation: msgspec.Raw = msgspec.Raw()


def annotations_of(data: bytes, name: str) -> Annotations:
    """The objects in a JSON file from labelme, COCO or Segment Anything.

    Raises:
        RegionError: another format, a damaged file, several images, or no object.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    mend = "give JSON from labelme or COCO, or a mask as a picture"
    if data.lstrip()[:1] == b"[":  # Segment Anything: a list of objects with run-length masks, without the image's size
        found = _without_image(decode(data, list[_Object], name, raises=RegionError, remedy=mend), name)
    else:
        kind = decode(data, _Kind, name, raises=RegionError, remedy=mend)
        if bytes(kind.shapes):
            found = _from_labelme(decode(data, _Labelme, name, raises=RegionError, remedy=mend), name)
        elif bytes(kind.annotations):
            found = _from_coco(decode(data, _Coco, name, raises=RegionError, remedy=mend), name)
        elif bytes(kind.segmentation):
            found = _without_image([decode(data, _Object, name, raises=RegionError, remedy=mend)], name)
        else:
            raise RegionError(f"{name} is JSON, but not an annotation from labelme or COCO; {mend}.")
    if not found.objects:
        raise RegionError(f"{name} contains no object; outline the region, and save the file again.")
    return found


def _from_labelme(file: _Labelme, name: str) -> Annotations:
    size = (file.imageHeight, file.imageWidth)
    _check_amount([shape.points for shape in file.shapes], name)
    return Annotations(size, [Annotation(str(shape.label or "?"), _shape(shape, size, name)) for shape in file.shapes])


def _shape(shape: _Shape, size: tuple[int, int], name: str) -> Expression:
    kind, points = shape.shape_type or "polygon", shape.points
    if kind == "polygon":
        return _polygon(points, size, name)
    if kind == "rectangle" and len(points) in (2, 4):
        (left, top), (right, bottom) = points[0], points[len(points) // 2]
        return _polygon([(left, top), (right, top), (right, bottom), (left, bottom)], size, name)
    if kind == "circle" and len(points) == 2:
        (x, y), radius = points[0], math.dist(*points)
        turns = [2 * math.pi * i / _ROUND for i in range(_ROUND)]
        return _polygon([(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns], size, name)
    if kind == "mask" and len(points) == 2 and shape.mask is not None:
        try:
            data = base64.b64decode(shape.mask, validate=True)
        except binascii.Error as error:
            raise RegionError(
                f"{name} contains a mask that is not base64 ({printable(error)}); save it again."
            ) from error
        marked = np.asarray(decoded(data, name, raises=RegionError).convert("L")) > 0
        return Stamp(torch.from_numpy(marked), round(points[0][1]), round(points[0][0]), *size)
    raise RegionError(
        f"{name} contains an outline that encloses no area ({printable(kind, 40)}, {len(points)} points); draw a polygon, rectangle, circle or mask."
    )


def _from_coco(file: _Coco, name: str) -> Annotations:
    used = {each.image_id for each in file.annotations}
    images = [image for image in file.images if len(file.images) == 1 or image.id in used]
    if len(images) != 1:
        raise RegionError(
            f"{name} contains annotations for {len(images)} images; save the annotations of a single image."
        )
    size = (images[0].height, images[0].width)
    names: dict[Name | None, str] = {category.id: str(category.name) for category in file.categories}
    labels = [names.get(each.category_id, str(each.category_id)) for each in file.annotations]
    return Annotations(size, _objects(file.annotations, labels, size, name))


def _without_image(objects: list[_Object], name: str) -> Annotations:
    runs = [each.segmentation for each in objects if isinstance(each.segmentation, _Rle)]
    if len(runs) != len(objects) or len({each.size for each in runs}) > 1:
        raise RegionError(
            f"{name} does not state the image size; save COCO JSON that contains the 'images' list, or give a mask as a picture."
        )
    if not runs:
        raise RegionError(f"{name} contains no object; outline the region, and save the file again.")
    return Annotations(runs[0].size, _objects(objects, list(map(str, range(len(objects)))), runs[0].size, name))


def _objects(objects: Sequence[_Object], labels: Sequence[str], size: tuple[int, int], name: str) -> list[Annotation]:
    parts = [each.segmentation for each in objects if isinstance(each.segmentation, list)]
    _check_amount([polygon for part in parts for polygon in part], name)
    if len(objects) > _MOST_OBJECTS:
        raise RegionError(
            f"{name} contains {len(objects):,} objects; the limit is {_MOST_OBJECTS:,}. Remove objects, or give a mask as a picture."
        )
    found: list[Annotation] = []
    for each, label in zip(objects, labels, strict=True):
        if isinstance(each.segmentation, _Rle):
            found.append(Annotation(label, _runs(each.segmentation, size, name)))
        else:
            for flat in each.segmentation:
                found.append(Annotation(label, _polygon(list(zip(flat[::2], flat[1::2], strict=False)), size, name)))
    return found


def _runs(rle: _Rle, size: tuple[int, int], name: str) -> Expression:
    if rle.size != size:
        raise RegionError(
            f"{name} contains a run-length mask with {rle.size[0]} x {rle.size[1]} pixels, but the image has {size[0]} x {size[1]}; save the annotation again."
        )
    lengths = _decompressed(rle.counts) if isinstance(rle.counts, str) else rle.counts
    if size[0] * size[1] > MOST_PIXELS or min(lengths, default=0) < 0 or sum(lengths) != size[0] * size[1]:
        raise RegionError(
            f"{name} contains a run-length mask whose run lengths do not add up to the image size; save the annotation again."
        )
    return Runs(tuple(lengths), *size)


def _decompressed(text: str) -> list[int]:
    """Decode COCO's compressed run lengths: five bits per character and a continuation bit; differences from the third run on."""
    lengths: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32 and shift < 60:
            continue
        if bits & 16:
            value -= 1 << shift
        lengths.append(value + (lengths[-2] if len(lengths) > 2 else 0))
        value = shift = 0
    return lengths


def _polygon(points: Sequence[tuple[float, float]], size: tuple[int, int], name: str) -> Expression:
    if len(points) < 3:
        raise RegionError(f"{name} contains a polygon with {len(points)} points; a polygon needs at least 3.")
    height, width = size
    # Annotation tools allow points slightly outside the image.
    inside = [(min(max(y / height, 0.0), 1.0), min(max(x / width, 0.0), 1.0)) for x, y in points]
    return Polygon(tuple(inside), FRACTION)


def _check_amount(outlines: Sequence[Sequence[object]], name: str) -> None:
    if len(outlines) > _MOST_OBJECTS or sum(map(len, outlines)) > _MOST_POINTS:
        raise RegionError(
            f"{name} contains {len(outlines):,} outlines with {sum(map(len, outlines)):,} points; the limits are {_MOST_OBJECTS:,} "
            f"outlines and {_MOST_POINTS:,} points. Simplify the outlines, or give a mask as a picture."
        )


@dataclass(frozen=True)
class Stamp(Expression):
    """A small mask with its top left pixel at (top, left) in an annotated image with ``rows`` x ``columns`` pixels."""

    marked: Tensor = field(compare=False, repr=False)
    top: int
    left: int
    rows: int
    columns: int

    def raster(self, height: int, width: int) -> PixelWeights:
        whole = torch.zeros(self.rows, self.columns, dtype=torch.bool)
        top, left = max(self.top, 0), max(self.left, 0)
        part = self.marked[top - self.top : self.rows - self.top, left - self.left : self.columns - self.left]
        whole[top : top + part.shape[0], left : left + part.shape[1]] = part
        return area_average_weights(whole, height, width)

    @property
    def text(self) -> str:
        return f"mask[{self.rows}x{self.columns}]"


@dataclass(frozen=True)
class Runs(Expression):
    """Alternating run lengths of 0 and 1 down the columns of an image with ``rows`` x ``columns`` pixels."""

    lengths: tuple[int, ...]
    rows: int
    columns: int

    def raster(self, height: int, width: int) -> PixelWeights:
        values = np.arange(len(self.lengths)) % 2 == 1
        marked = np.repeat(values, self.lengths).reshape(self.columns, self.rows).T
        return area_average_weights(torch.from_numpy(np.ascontiguousarray(marked)), height, width)

    @property
    def text(self) -> str:
        return f"mask[{self.rows}x{self.columns}]"
