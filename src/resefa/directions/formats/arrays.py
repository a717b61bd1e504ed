"""Bare arrays, of ``.npy`` files or lone tensors: numbers that do not say what they are.

Shapes in use: (k, n) and (n,) rows, as here and in SeFa; (k, 1, n) GANSpace's components; (1, n) InterFaceGAN's boundaries and
encoder4editing's directions; (L, n), (1, L, n) and (k, L, n) for W+, one row for each layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from resefa.directions.formats.asked import LAYERED, Asked, Fields, SpaceNotSaid, imported, numbers
from resefa.errors import DirectionsError

NAME = "an array"
LAYERS_OF_W = range(10, 19, 2)
"""Layers of StyleGANs from 64 to 1024 pixels; with their usual width of 512, (L, 512) may be one direction or many."""
USUAL_WIDTH = 512


def read(content: Any, asked: Asked, tool: str = NAME, space: str | None = None) -> Fields:
    """Directions of an array.

    Args:
        space: what the tool's convention says, where the user says nothing.

    Raises:
        DirectionsError: the shape fits nothing, or more than one thing.
    """
    array = numbers(content, asked.name, "the directions")
    _refuse_pictures(content, asked)
    space = asked.space or space
    if asked.generator is not None:
        space, rows = _of_model(array, asked, space)
    else:
        space, rows = _unseen(array, asked, space)
    return imported(rows, asked, tool, space)


def _refuse_pictures(content: Any, asked: Asked) -> None:
    """Whole numbers, and rows and columns of three or four colours, are pictures, masks or label maps."""
    whole = not content.is_floating_point() if isinstance(content, Tensor) else content.dtype.kind in "iu"
    shape = tuple(content.shape)
    if whole or (asked.generator is None and len(shape) == 3 and shape[-1] in (3, 4) and shape[1] > 1):
        kind = str(content.dtype).removeprefix("torch.")
        raise DirectionsError(
            f"{asked.name}, of shape {shape} and type {kind}, looks like a picture, mask or label map; directions are floating-point numbers, one "
            "row each."
        )


def _unseen(array: np.ndarray, asked: Asked, space: str | None) -> tuple[str, np.ndarray]:
    """Without a model: by the number of axes."""
    shape = array.shape
    if array.ndim > 3 or (array.ndim == 3 and shape[-1] == 1):
        raise DirectionsError(
            f"{asked.name} has shape {shape}: expected (k, n), one direction per row, or (k, L, n) for W+."
        )
    if array.ndim == 3 and shape[1] > 1:
        space = space or "W+"
        if space not in LAYERED:
            raise DirectionsError(
                f"{asked.name} has shape {shape}, a row for each of {shape[1]} layers, but {space} has one code for all: say "
                "space W+ (--space W+)."
            )
    if space is None and array.ndim == 2 and shape[0] in LAYERS_OF_W and shape[1] == USUAL_WIDTH:
        raise DirectionsError(
            f"{asked.name} has shape {shape}, which may be {shape[0]} directions or one of W+: say which space they are of "
            "(space='W+', --space W+, W or Z)."
        )
    if space in LAYERED and array.ndim > 1 and not (array.ndim == 2 and shape[0] == 1):
        return space, _layered(array.reshape(-1, *shape[-2:]), asked)
    if (space := space or asked.default) is None:
        raise SpaceNotSaid(
            f"{asked.name} does not say which space its directions are of: say it (space='W', --space W), or give the model."
        )
    return space, array.reshape(-1, shape[-1]) if array.ndim else array.reshape(1, 1)


def _of_model(array: np.ndarray, asked: Asked, space: str | None) -> tuple[str, np.ndarray]:
    """With a model: the one space in which the shape makes sense."""
    generator = asked.generator
    assert generator is not None
    if space is not None and space not in generator.spaces:
        raise DirectionsError(
            f"The space {space} was given for {asked.name}, but {generator.name} has {', '.join(generator.spaces)}; choose among these."
        )
    fitting = {}
    for one in [space] if space else generator.spaces:
        if (rows := _rows(array, asked, one)) is not None:
            fitting[one] = rows
    if len(fitting) == 1:
        return next(iter(fitting.items()))
    if fitting:
        raise DirectionsError(
            f"{asked.name} has shape {array.shape}, which fits {' and '.join(fitting)} of {generator.name}: say which (space="
            f"'{list(fitting)[-1]}', or once with resefa import --space {list(fitting)[-1]})."
        )
    known = ", ".join(f"{one.name} {one.shape}" for one in generator.spaces.values())
    under = f" under layers {asked.layers}" if asked.layers else ""
    raise DirectionsError(
        f"{asked.name} has shape {array.shape}, which fits no space of {generator.name} ({known}){under}: give the model and "
        "space that it was made for."
    )


def _rows(array: np.ndarray, asked: Asked, space: str) -> np.ndarray | None:
    """(k, n) rows of a space of the model, or None where the shape is another."""
    where = asked.generator.spaces[space]  # type: ignore[union-attr]
    chosen = asked.layer_list()
    if space in LAYERED:
        count, width = where.shape
        for rows in {count, len(chosen) if chosen else count}:
            if array.shape[-2:] == (rows, width) and array.ndim in (2, 3):
                return _layered(array.reshape(-1, rows, width), asked)
        size = width * (len(chosen) if chosen else count)
    elif chosen is not None and space == "Z" and array.shape[-1] != where.dimensions:
        size = asked.generator.motion(space, asked.layers).dimensions  # type: ignore[union-attr]
    else:
        size = where.dimensions
    flat = array.ndim < 3 or (array.ndim == 3 and array.shape[1] == 1)
    return array.reshape(-1, size) if flat and array.ndim and array.shape[-1] == size else None


def _layered(array: np.ndarray, asked: Asked) -> np.ndarray:
    """(k, L, n) -> (k, L n), or of the layers that the user asks for, which the array may hold alone or among all."""
    chosen = asked.layer_list()
    if chosen is not None and len(chosen) != array.shape[1]:
        if chosen[-1] >= array.shape[1]:
            raise DirectionsError(
                f"{asked.name} has {array.shape[1]} layers, but layers {asked.layers} were asked for: choose among 0-"
                f"{array.shape[1] - 1}."
            )
        array = array[:, chosen]
    return array.reshape(len(array), -1)
