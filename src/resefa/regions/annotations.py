"""Regions from annotation files of one image: labelme JSON, and COCO polygons and run-length masks.

Polygons stay polygons, in fractions of the annotated image, so that they fit a generator's image of any size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from resefa.errors import RegionError, printable
from resefa.regions.annotation_formats import Annotation, annotations_of
from resefa.regions.operations import Expression, union
from resefa.regions.quoting import Source, listed, written_file_name
from resefa.regions.weights import check_aspect
from resefa.types import PixelWeights


@dataclass(frozen=True)
class Annotated(Expression):
    """The union of the objects in an annotation file that have the chosen labels.

    Attributes:
        path: the file's name as the user gave it.
        digest: SHA-256 of the file.
        labels: the chosen labels; None for all objects of a file with a single label.
        size: (height, width) of the annotated image.
        outlined: the union of the objects.
    """

    path: str
    digest: str
    labels: tuple[str, ...] | None
    size: tuple[int, int] = field(compare=False)
    outlined: Expression = field(compare=False, repr=False)

    def raster(self, height: int, width: int) -> PixelWeights:
        check_aspect(self.size, height, width, Source(self.path).name)
        return self.outlined.raster(height, width)

    @property
    def text(self) -> str:
        name = written_file_name(self.path)
        return name if self.labels is None else f"{name}#{','.join(self.labels)}"


def looks_like_json(data: bytes) -> bool:
    """Whether the content of a file begins like JSON."""
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def annotated(data: bytes, path: str, labels: Sequence[str] | None = None) -> Annotated:
    """The region outlined in an annotation file.

    Args:
        labels: labels of the objects to use; None uses all objects if they have the same label.

    Raises:
        RegionError: the file is damaged, has another format, or annotates several images; a label is not in the file; or the
            file has several labels and none was chosen.
    """
    name = printable(path, 160)
    found = annotations_of(data, name)
    having = list(dict.fromkeys(each.label for each in found.objects))
    if labels is None:
        chosen = None
        if len(having) > 1:
            raise RegionError(
                f"{name} contains objects with several labels ({listed(printable(label, 40) for label in having)}); choose a label, as "
                f"in {printable(written_file_name(path), 160)}#{printable(having[0], 40)}."
            )
    else:
        chosen = tuple(label.strip() for label in labels)
        missing = [label for label in chosen if label not in having]
        if missing:
            raise RegionError(
                f"{name} contains no object with the label {printable(missing[0], 60)!r}; choose from its labels: "
                f"{listed(printable(label, 40) for label in having)}."
            )
    objects: list[Annotation] = [each for each in found.objects if chosen is None or each.label in chosen]
    outlined = reduce(union, (each.outline for each in objects))
    return Annotated(path, hashlib.sha256(data).hexdigest(), chosen, found.size, outlined)
