"""Label maps: one class label (a whole number) per pixel. A region consists of the pixels of chosen classes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from resefa.area_average import area_average_weights
from resefa.errors import RegionError
from resefa.files.input_file import read_input
from resefa.files.picture_file import MOST_BYTES, decoded
from resefa.regions.annotations import annotated, looks_like_json
from resefa.regions.mask_greys import present_values
from resefa.regions.masks import as_array, fingerprint, is_array_file, read_array, short_form
from resefa.regions.operations import Expression
from resefa.regions.quoting import Source, shown, written_file_name
from resefa.regions.weights import check_aspect
from resefa.types import PixelWeights

_MOST_LISTED = 20


@dataclass(frozen=True)
class LabelMap(Expression):
    """Pixels with the chosen labels, area-averaged onto an image of the same aspect ratio.

    The chosen classes are set to 1 and the others to 0 before any resizing: labels are never averaged, and a pixel on a
    border gets the fraction of its area that belongs to the region.

    Attributes:
        path: the file's name as the user gave it, None for an array.
        digest: fingerprint of the whole map.
        labels: the chosen labels, ascending.
        marked: (h, w) bool, true at the chosen labels.
    """

    path: str | None
    digest: str
    labels: tuple[int, ...]
    marked: Tensor = field(compare=False, repr=False)

    def raster(self, height: int, width: int) -> PixelWeights:
        check_aspect(self.marked.shape, height, width, "The label map" if self.path is None else Source(self.path).name)
        return area_average_weights(self.marked, height, width)

    @property
    def text(self) -> str:
        in_memory = f"labels[{short_form(self.marked.shape, self.digest)}]"
        source = in_memory if self.path is None else written_file_name(self.path)
        return f"{source}#" + ",".join(str(label) for label in self.labels)


def label_map(source: Any, labels: Iterable[int | str] | int | str) -> Expression:
    """The region of chosen classes in a label map (integer array, grey or palette picture) or annotation file.

    Raises:
        RegionError: the file cannot be read or contains colours, the array has other values than whole numbers, no label
            is given, or a label is not in the map.
    """
    path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    if path is not None:
        data = read_input(path, MOST_BYTES, raises=RegionError)
        if looks_like_json(data):
            names = [labels] if isinstance(labels, str | int) else labels
            return annotated(data, path, [str(name) for name in names])
        values = _labels_from_file(data, path)
    elif isinstance(source, Image.Image):
        values = _labels_in(source, "The label map")
    else:
        values = as_array(source, "The label map")
    if values.dtype != np.bool_ and not np.issubdtype(values.dtype, np.integer):
        raise RegionError(f"The label map has values of type {values.dtype}; give whole numbers, one label per pixel.")
    chosen = _checked_labels(labels)
    present = present_values(values)
    missing = sorted(set(chosen) - set(map(int, present)))
    if missing:
        first = ", ".join(map(str, present[:_MOST_LISTED].astype(np.int64)))
        more = f" and {len(present) - _MOST_LISTED} more" if len(present) > _MOST_LISTED else ""
        raise RegionError(
            f"{shown(path) if path else 'The label map'} has no pixel with the label {', '.join(map(str, missing))}; choose from its labels: {first}{more}."
        )
    marked = np.zeros(values.shape, dtype=bool)
    for label in chosen:
        marked |= values == label
    return LabelMap(path, fingerprint(values, np.int64), chosen, torch.from_numpy(marked))


def _checked_labels(labels: Iterable[int | str] | int | str) -> tuple[int, ...]:
    given = [labels] if isinstance(labels, int | np.integer) else labels
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise RegionError(f"The labels are {shown(labels)}; give whole numbers, for example (3, 5).")
    given = list(given)
    if not given:
        raise RegionError("The labels are empty; give at least one, for example (3,), or labels.png#3 as text.")
    if not all(isinstance(label, int | np.integer) for label in given):
        raise RegionError(f"The labels are {shown(given)}; give whole numbers, for example (3, 5).")
    return tuple(sorted({int(label) for label in given}))


def _labels_from_file(data: bytes, path: str) -> np.ndarray:
    if is_array_file(data):
        return as_array(read_array(data, path), Source(path).name)
    return _labels_in(decoded(data, path, raises=RegionError, single=True), shown(path))


def _labels_in(image: Image.Image, name: str) -> np.ndarray:
    if image.mode in ("1", "L", "P") or image.mode.startswith("I"):
        return np.asarray(image)
    if image.mode in ("RGB", "RGBA", "LA"):
        red, green, blue = image.convert("RGB").split()
        if red.tobytes() == green.tobytes() == blue.tobytes():  # greys saved as colours
            return np.asarray(red)
    raise RegionError(
        f"{name} contains colours (Pillow mode {image.mode}), but a label map has one whole number per pixel; save it as a greyscale or palette picture."
    )
