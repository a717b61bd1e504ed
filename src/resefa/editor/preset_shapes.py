"""Region presets as shapes that the page draws: the outlines of boxes, ellipses and polygons, in fractions of the image."""

from __future__ import annotations

from typing import Any

from resefa.regions.operations import Expression, Inversion, Union
from resefa.regions.presets import preset_family
from resefa.regions.shapes import Box, Ellipse, Polygon


def preset_shapes(presets: str) -> list[dict[str, Any]]:
    """Name and shapes of each part of a family, for the page: whole parts before those of a side.

    Parts that are defined by what they leave out have no outline and are left out.
    """
    parts = preset_family(presets).parts if presets else {}
    found = [(name, _shapes(parts[name])) for name in sorted(parts, key=_of_a_side)]
    return [{"name": name, "shape": shapes} for name, shapes in found if shapes]


def _of_a_side(name: str) -> bool:
    return not {"left", "right"}.isdisjoint(name.replace("-", " ").split())


def _shapes(part: Expression) -> list[dict[str, Any]]:
    match part:
        case Box():
            return [{"kind": "box", "box": [part.top, part.left, part.height, part.width]}]
        case Ellipse():
            return [{"kind": "ellipse", "box": [part.top, part.left, part.height, part.width]}]
        case Polygon():
            return [{"kind": "polygon", "points": [list(point) for point in part.points]}]
        case Union():
            return [shape for one in part.parts for shape in _shapes(one)]
        case Inversion():
            return []
        case _:
            raise TypeError(f"a preset contains {type(part).__name__}")
