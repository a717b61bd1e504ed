"""Presets: named regions of aligned images, in families; ``presets/*.toml`` contains their data, in fractions.

A part is a table with one key: ``box`` or ``ellipse`` (top, left, height, width), ``polygon`` (a list of row, column
pairs), ``union`` (a list of part names) or ``not`` (a part name).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, reduce
from importlib import resources
from typing import Any

from resefa.errors import RegionError
from resefa.regions.operations import Expression, inversion, union
from resefa.regions.quoting import shown
from resefa.regions.shapes import Box, Ellipse, Polygon
from resefa.regions.units import FRACTION
from resefa.types import PixelWeights

NO_FAMILY = ""
"""The family name of a model without presets."""
ALIASES = {"ffhq": "aligned-ffhq"}
EXAMPLE = "ffhq:mouth"


@dataclass(frozen=True)
class PresetFamily:
    """The named parts of one kind of aligned image, for example faces.

    Attributes:
        name: lower case with hyphens, the data file's stem.
        description: the images that the family fits, in a sentence.
        source: the origin of the numbers.
        licence: licence of that source, empty for numbers measured in this project.
        parts: name -> expression in fractions, in the file's order.
    """

    name: str
    description: str
    source: str
    licence: str
    parts: dict[str, Expression]


@dataclass(frozen=True)
class Preset(Expression):
    """A named part of a family; presets with the same name are equal.

    Raises:
        RegionError: an unknown family or part.
    """

    family: str
    name: str

    def __post_init__(self) -> None:
        family = preset_family(self.family)
        name = plain_name(self.name)
        if name not in family.parts:
            raise RegionError(_unknown(f"part of the presets {family.name}:", self.name, name, family.parts))
        object.__setattr__(self, "family", family.name)
        object.__setattr__(self, "name", name)

    def raster(self, height: int, width: int) -> PixelWeights:
        return preset_family(self.family).parts[self.name].raster(height, width)

    @property
    def text(self) -> str:
        return f"{self.family}:{self.name}"


@cache
def _families() -> tuple[str, ...]:
    folder = resources.files("resefa.regions") / "presets"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def preset_families() -> list[str]:
    """Names of all families of presets, sorted."""
    return list(_families())


def preset_names(presets: str) -> list[str]:
    """Names of a family's parts, in the order of the family's file.

    Raises:
        RegionError: an unknown family; the message lists the families.
    """
    return list(preset_family(presets).parts)


def preset_family(presets: str) -> PresetFamily:
    """The family of presets with this name or alias.

    Raises:
        RegionError: an unknown family; the message suggests a name and lists the families.
    """
    name = plain_name(presets)
    name = ALIASES.get(name, name)
    if not name:
        raise RegionError(
            f"This model has no presets; give a box, an ellipse, a polygon or a mask file, or a part with its family, as in {EXAMPLE} (families: {', '.join(_families())})."
        )
    if name not in _families():
        raise RegionError(_unknown("family of presets", presets, name, _families()))
    return _loaded(name)


def checked_presets(presets: str | None) -> str:
    """The checked name of a generator's family; ``NO_FAMILY`` for None.

    Raises:
        RegionError: an unknown family.
    """
    return preset_family(presets).name if presets else NO_FAMILY


def family_and_part(name: str, presets: str) -> tuple[str, str]:
    """The family and part that a name denotes: ``ffhq:mouth`` has a family, ``mouth`` belongs to the family ``presets``."""
    family, colon, part = str(name).partition(":")
    return (family, part) if colon else (presets, str(name))


def plain_name(name: str) -> str:
    """A name in lower case with hyphens: ``Left_Eye`` and ``left eye`` become ``left-eye``."""
    return re.sub(r"[\s_]+", "-", str(name).strip().lower())


def _unknown(kind: str, given: str, name: str, names: Iterable[str]) -> str:
    names = list(names)
    near = difflib.get_close_matches(name, names, n=3)
    guess = f"; did you mean {' or '.join(near)}? Choose" if near else "; choose"
    return f"Unknown {kind} {shown(given)}{guess} one of {', '.join(names)}."


@cache
def _loaded(name: str) -> PresetFamily:
    data = tomllib.loads((resources.files("resefa.regions") / "presets" / f"{name}.toml").read_text("utf-8"))
    parts: dict[str, Expression] = {}
    for part, shape in data["parts"].items():
        parts[part] = _part(shape, parts)
    return PresetFamily(data["name"], data["description"], data["source"], data.get("licence", ""), parts)


def _part(shape: dict[str, Any], earlier: dict[str, Expression]) -> Expression:
    # A part may only name parts above it: definitions cannot be circular.
    [(kind, value)] = shape.items()
    if kind == "box":
        top, left, height, width = value
        return Box(top, left, height, width, FRACTION)
    if kind == "ellipse":
        top, left, height, width = value
        return Ellipse(top, left, height, width, FRACTION)
    if kind == "polygon":
        return Polygon(value, FRACTION)
    if kind == "not":
        return inversion(earlier[value])
    if kind == "union":
        return reduce(union, (earlier[name] for name in value))
    raise ValueError(f"unknown kind {kind!r} of a preset's part; choose box, ellipse, polygon, union or not")
