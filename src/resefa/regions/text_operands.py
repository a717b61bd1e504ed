"""Operands in a region's text: shapes with their numbers, presets and parts of the image by name, mask files and label maps.

A new kind of shape has a class in ``shapes.py`` or a file beside it, and here a reader in ``_READERS`` and an example in ``SHAPES``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from resefa.errors import RegionError
from resefa.regions.label_maps import label_map
from resefa.regions.masks import mask
from resefa.regions.operations import Expression
from resefa.regions.parts import PREFIX, Part
from resefa.regions.presets import ALIASES, EXAMPLE, NO_FAMILY, Preset, plain_name, preset_families, preset_family
from resefa.regions.quoting import is_windows_path, looks_like_file, shown
from resefa.regions.shapes import Box, Ellipse, Polygon
from resefa.regions.stroke import Stroke
from resefa.regions.units import PIXEL, read

_LABEL = re.compile(r"\s*[+-]?[0-9]{1,9}\s*", re.ASCII)
_BETWEEN = (re.compile(r"\s*[,;|]\s*|\s+(?:and|or)\s+", re.IGNORECASE), re.compile(r"\s+"))
_ALIKE = {
    "rect": "box",
    "rectangle": "box",
    "square": "box",
    "bbox": "box",
    "circle": "ellipse",
    "oval": "ellipse",
    "mask": "file",
    "brush": "stroke",
    "line": "stroke",
}
SHAPES = {
    "box": "box:40,18,14,28", "ellipse": "ellipse:40,18,14,28", "polygon": "polygon:10,32;50,10;50,54",
    "stroke": "stroke:4;10,32;50,10", "file": "file:mask.png",
    "part": "part:mouth",
}  # fmt: skip
_FILE_PREFIX = re.compile(r"file:\s*", re.IGNORECASE)


def named_region(word: str, presets: str) -> Expression:
    """Read an operand without quotes: a shape (``box:...``), ``file:...``, ``family:part``, a file or a part.

    Raises:
        RegionError: an unknown prefix, name or file, or wrong numbers.
    """
    _refuse_array(word)
    prefix, colon, rest = word.partition(":")
    if is_windows_path(word):
        return mask(word)
    if rest.startswith("//"):
        raise RegionError(f"The region {shown(word)} is a URL; download the mask, and give the file's name.")
    if not colon:
        return mask(word) if looks_like_file(word) else _part(word, presets)
    reader = _READERS.get(prefix.strip().lower())
    if reader is not None:
        return reader(word, rest)
    family = plain_name(prefix)
    if family in preset_families() or family in ALIASES:
        return Preset(family, rest)
    kinds = [*_READERS, *preset_families(), *ALIASES]
    near = [_ALIKE[family]] if family in _ALIKE else difflib.get_close_matches(family, kinds, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    raise RegionError(
        f"Unknown prefix {shown(prefix)} in the region {shown(word)}{guess} The prefixes are {', '.join(kinds)}; put a file name "
        "that contains a colon in quotes."
    )


def names_file(word: str) -> bool:
    """Whether an operand without quotes and labels is a mask file."""
    prefix, colon, _ = word.partition(":")
    return is_windows_path(word) or (prefix.strip().lower() == "file" if colon else looks_like_file(word))


def file_region(name: str) -> Expression:
    """The region in a mask file.

    Raises:
        RegionError: an empty name, or a file that cannot be read.
    """
    if not name.strip():
        raise RegionError(
            "The region has an empty file name; give a name after file: or in the quotes, as in file:mask.png."
        )
    return mask(name)


def labelled_region(name: str, labels: str) -> Expression:
    """The region of labels in a label map or annotation file: ``name#3,5``, ``outlines.json#mouth``.

    Raises:
        RegionError: labels of a label map that are not whole numbers, a file that cannot be read, or a label not in it.
    """
    _refuse_array(name)
    name = _FILE_PREFIX.sub("", name, count=1)
    numbers = labels.split(",")
    if name.lower().endswith(".json"):
        return label_map(name, [number.strip() for number in numbers])
    if not all(_LABEL.fullmatch(number) for number in numbers):
        raise RegionError(
            f"The region {shown(f'{name}#{labels}')} needs whole numbers after the #, separated by commas, for example "
            "labels.png#3,5."
        )
    return label_map(name, [int(number) for number in numbers])


def _refuse_array(word: str) -> None:
    if word.startswith(("mask[", "labels[")):
        raise RegionError(
            f"The region {shown(word)} stands for an array in memory, which cannot be restored from text; save the array as an image file, and give the file's name."
        )


def _part(word: str, presets: str) -> Expression:
    if presets == NO_FAMILY:
        having = [family for family in preset_families() if plain_name(word) in preset_family(family).parts]
        example = f" such as {having[0]}:{plain_name(word)}" if having else f" as in {EXAMPLE}"
        raise RegionError(
            f"The region {shown(word)} is neither a shape nor a file, and this model has no presets. Give a box, an ellipse, a polygon or a mask file. If the images are aligned like those of a family of presets, give one of its parts{example}."
        )
    parts = preset_family(presets).parts
    if plain_name(word) not in parts:
        # ``face-mouth`` is a single name: explain it if a difference was meant.
        for hyphen in re.finditer("-", word):
            left, right = word[: hyphen.start()].strip(), word[hyphen.end() :].strip()
            if plain_name(left) in parts and plain_name(right) in parts:
                raise RegionError(
                    f"Unknown part {shown(word)}; for a difference put spaces around the minus: '{left} - {right}'."
                )
        for between in _BETWEEN:
            names = between.split(word)
            if len(names) > 1 and all(plain_name(name) in parts for name in names):
                raise RegionError(
                    f"The region {shown(word)} has no operator between its names; join them with + for their union: "
                    f"'{'+'.join(names)}'."
                )
        negated = re.fullmatch(r"not\s+(.+)", word, re.IGNORECASE)
        if negated is not None and plain_name(negated[1]) in parts:
            raise RegionError(f"Unknown part {shown(word)}; for an inversion write '!{negated[1]}'.")
        if re.fullmatch(r"[-+0-9.,%\s]+", word):
            raise RegionError(f"The region {shown(word)} has numbers but no shape; write box:{word} or ellipse:{word}.")
        kind = word.partition("=")[0]
        if kind.strip().lower() in _READERS:
            raise RegionError(
                f"The region {shown(word)} needs a colon after {kind.strip()}, as in {SHAPES[kind.strip().lower()]}."
            )
    return Preset(presets, word)


def _numbers(word: str, text: str, takes: str) -> tuple[list[float], str]:
    quantities = []
    for number in text.split(","):
        quantity = read(number)
        if quantity is None:
            raise RegionError(f"The region {shown(word)} has {number.strip()!r} instead of a number; {takes}.")
        quantities.append(quantity)
    if len({unit for _, unit in quantities}) > 1:
        raise RegionError(f"The region {shown(word)} mixes pixels and percentages; give all numbers in the same unit.")
    return [value for value, _ in quantities], quantities[0][1] if quantities else PIXEL


def _framed(kind: type[Box] | type[Ellipse], name: str) -> Callable[[str, str], Expression]:
    takes = f"{name} has four: top,left,height,width, for example {kind.__name__.lower()}:40,18,14,28"

    def reader(word: str, rest: str) -> Expression:
        found = len(rest.split(",")) if rest.strip() else 0
        if found != 4:
            raise RegionError(f"The region {shown(word)} has {found} number{'s' * (found != 1)}; {takes}.")
        (top, left, height, width), unit = _numbers(word, rest, takes)
        return kind(top, left, height, width, unit)

    return reader


def _polygon(word: str, rest: str) -> Expression:
    takes = "a polygon has row,column pairs separated by semicolons, for example polygon:10,32;50,10;50,54"
    points = rest.split(";")
    if any(len(point.split(",")) != 2 for point in points):
        raise RegionError(f"The region {shown(word)} does not consist of pairs of numbers; {takes}.")
    values, unit = _numbers(word, ",".join(points), takes)
    return Polygon(tuple(zip(values[::2], values[1::2], strict=True)), unit)


def _stroke(word: str, rest: str) -> Expression:
    takes = "a stroke has a radius, then row,column pairs, separated by semicolons, for example stroke:4;10,32;50,10"
    radius, *points = rest.split(";")
    if "," in radius or not points or any(len(point.split(",")) != 2 for point in points):
        raise RegionError(f"The region {shown(word)} does not consist of a radius and pairs of numbers; {takes}.")
    (width, *values), unit = _numbers(word, ",".join([radius, *points]), takes)
    return Stroke(tuple(zip(values[::2], values[1::2], strict=True)), width, unit)


def _file(_: str, rest: str) -> Expression:
    return file_region(rest.strip())


def _image_part(_: str, rest: str) -> Expression:
    return Part(rest)


_READERS: dict[str, Callable[[str, str], Expression]] = {
    "box": _framed(Box, "a box"),
    "ellipse": _framed(Ellipse, "an ellipse"),
    "polygon": _polygon,
    "stroke": _stroke,
    "file": _file,
    PREFIX: _image_part,
}
