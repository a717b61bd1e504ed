"""Named regions from data files, in fractions of the image, so that they fit any resolution."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib import resources

from resefa.errors import RegionError
from resefa.regions.shapes import Box, Ellipse

ALIASES = {"ffhq": "aligned-ffhq"}


def preset_families() -> list[str]:
    """Names of the preset files."""
    folder = resources.files("resefa.regions") / "presets"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


@cache
def _parts(family: str) -> dict[str, tuple[Box, ...]]:
    family = ALIASES.get(family, family)
    if family not in preset_families():
        raise RegionError(f"There are no presets {family!r}: there are {', '.join(preset_families())}.")
    text = (resources.files("resefa.regions") / "presets" / f"{family}.toml").read_text(encoding="utf-8")
    shapes = {"box": Box, "ellipse": Ellipse}
    return {
        name: tuple(shapes[kind](*numbers, fraction=True) for kind, numbers in part)
        for name, part in tomllib.loads(text)["parts"].items()
    }


def preset_names(presets: str) -> list[str]:
    """The parts that a family names."""
    return list(_parts(presets))


def preset_shapes(name: str, presets: str) -> tuple[Box, ...]:
    """The shapes whose union is the named part.

    Raises:
        RegionError: no such part; near names and all names are listed.
    """
    name = name.lower().replace("_", "-").replace(" ", "-")
    parts = _parts(presets)
    if name not in parts:
        near = difflib.get_close_matches(name, parts, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise RegionError(
            f"There is no region {name!r} among the presets {presets!r}: {hint}There are {', '.join(parts)}; or give a "
            "box:top,left,height,width or a mask file."
        )
    return parts[name]
