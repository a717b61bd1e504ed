"""Named regions of aligned images: families of presets, kept as data in ``presets/*.toml``, in fractions.

A part is a table with one key: ``box`` or ``ellipse`` (top, left, height, width), ``polygon`` (a list of row, column
pairs), ``union`` (a list of part names) or ``not`` (one part name).
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
"""The presets of a model whose images have no named parts, or of which nobody has said which parts they have."""
ALIASES = {"ffhq": "aligned-ffhq"}
EXAMPLE = "ffhq:mouth"


@dataclass(frozen=True)
class PresetFamily:
    """The named parts of one kind of image.

    Attributes:
        name: lower case with hyphens, the data file's stem.
        description: which images it fits, in a sentence.
        source: where the numbers come from.
        licence: licence of that source, empty where they were measured here.
        parts: name -> expression in fractions, in the file's order.
    """

    name: str
    description: str
    source: str
    licence: str
    parts: dict[str, Expression]


@dataclass(frozen=True)
class Preset(Expression):
    """One named part of a family; equal by name.

    Raises:
        RegionError: no such family, or no such part in it.
    """

    family: str
    name: str

    def __post_init__(self) -> None:
        family = preset_family(self.family)
        name = plain_name(self.name)
        if name not in family.parts:
            raise RegionError(_unknown(f"The presets {family.name} have no part", self.name, name, family.parts))
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
    """Names of a family's parts, in the order of its file.

    Raises:
        RegionError: no such family.
    """
    return list(preset_family(presets).parts)


def preset_family(presets: str) -> PresetFamily:
    """A family of presets by its name or alias.

    Raises:
        RegionError: no such family; the sentence names the near ones and all there are.
    """
    name = plain_name(presets)
    name = ALIASES.get(name, name)
    if not name:
        raise RegionError(
            "These images have no presets; mark the region by a box, an ellipse, a polygon or a mask file, or name "
            f"the family of a part as in {EXAMPLE} (families: {', '.join(_families())})."
        )
    if name not in _families():
        raise RegionError(_unknown("There are no presets called", presets, name, _families()))
    return _loaded(name)


def checked_presets(presets: str | None) -> str:
    """The name of a family, or ``NO_FAMILY``, as a generator may carry it.

    Raises:
        RegionError: no such family.
    """
    return preset_family(presets).name if presets else NO_FAMILY


def family_and_part(name: str, presets: str) -> tuple[str, str]:
    """``ffhq:mouth`` as (family, part); a name without a family belongs to ``presets``."""
    family, colon, part = str(name).partition(":")
    return (family, part) if colon else (presets, str(name))


def plain_name(name: str) -> str:
    """Lower case with hyphens: ``Left_Eye`` and ``left eye`` name the part ``left-eye``."""
    return re.sub(r"[\s_]+", "-", str(name).strip().lower())


def _unknown(start: str, given: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3)
    guess = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"{start} {shown(given)}{guess}: expected one of {', '.join(known)}."


@cache
def _loaded(name: str) -> PresetFamily:
    data = tomllib.loads((resources.files("resefa.regions") / "presets" / f"{name}.toml").read_text("utf-8"))
    parts: dict[str, Expression] = {}
    for part, shape in data["parts"].items():
        parts[part] = _part(shape, parts)
    return PresetFamily(data["name"], data["description"], data["source"], data.get("licence", ""), parts)


def _part(shape: dict[str, Any], earlier: dict[str, Expression]) -> Expression:
    # Parts may only name those above them, so no definition can run in a circle.
    [(kind, value)] = shape.items()
    if kind == "box":
        return Box(*value, FRACTION)
    if kind == "ellipse":
        return Ellipse(*value, FRACTION)
    if kind == "polygon":
        return Polygon(value, FRACTION)
    if kind == "not":
        return inversion(earlier[value])
    if kind == "union":
        return reduce(union, (earlier[name] for name in value))
    raise ValueError(f"a preset's part is a box, ellipse, polygon, union or not, but this one is {kind!r}")
