"""Bare arrays (``.npy`` files, single tensors), which do not state their latent space.

Shapes in use: (k, n) and (n,) rows, as here and in SeFa; (k, 1, n) GANSpace's components; (1, n) InterFaceGAN's boundaries and
encoder4editing's directions; (L, n), (1, L, n) and (k, L, n) for W+, one row for each layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from resefa.directions.formats.import_options import LAYERED, Fields, ImportOptions, UnknownSpace, imported, numbers
from resefa.errors import DirectionsError, parameter

NAME = "an array"
LAYERS_OF_W = range(10, 19, 2)
"""Numbers of layers L of StyleGANs from 64 to 1024 pixels: an array (L, 512) may be one direction of W+ or L directions of W."""
USUAL_WIDTH = 512


def read(content: Any, options: ImportOptions, tool: str = NAME, space: str | None = None) -> Fields:
    """The directions in a bare array.

    Args:
        space: by the tool's convention, where the user gives none.

    Raises:
        DirectionsError: the shape fits no space, or several.
    """
    array = numbers(content, options.name, "the directions")
    _refuse_pictures(content, options)
    space = options.space or space
    if options.generator is not None:
        space, rows = _of_model(array, options, space)
    else:
        space, rows = _without_model(array, options, space)
    return imported(rows, options, tool, space)


def _refuse_pictures(content: Any, options: ImportOptions) -> None:
    """Refuse pictures, masks and label maps: whole numbers, or three or four colour channels."""
    whole = not content.is_floating_point() if isinstance(content, Tensor) else content.dtype.kind in "iu"
    shape = tuple(content.shape)
    if whole or (options.generator is None and len(shape) == 3 and shape[-1] in (3, 4) and shape[1] > 1):
        kind = str(content.dtype).removeprefix("torch.")
        raise DirectionsError(
            f"{options.name} (shape {shape}, type {kind}) looks like a picture, mask or label map; give directions as rows of floating-point numbers."
        )


def _without_model(array: np.ndarray, options: ImportOptions, space: str | None) -> tuple[str, np.ndarray]:
    """Interpret an array without a model, by its number of axes."""
    shape = array.shape
    if array.ndim > 3 or (array.ndim == 3 and shape[-1] == 1):
        raise DirectionsError(
            f"{options.name} has shape {shape}; expected (k, n), one direction per row, or (k, L, n) for W+."
        )
    if array.ndim == 3 and shape[1] > 1:
        space = space or "W+"
        if space not in LAYERED:
            raise DirectionsError(
                f"{options.name} has shape {shape} with a row for each of {shape[1]} layers, but codes in {space} have a single row; give {parameter('space', 'W+')}."
            )
    if space is None and array.ndim == 2 and shape[0] in LAYERS_OF_W and shape[1] == USUAL_WIDTH:
        raise DirectionsError(
            f"{options.name} has shape {shape}: either {shape[0]} directions in Z or W, or one direction in W+; give {parameter('space', 'W+')}, W or Z."
        )
    if space in LAYERED and array.ndim > 1 and not (array.ndim == 2 and shape[0] == 1):
        return space, _layered(array.reshape(-1, *shape[-2:]), options)
    if (space := space or options.default) is None:
        raise UnknownSpace(
            f"{options.name} does not state the latent space of its directions; give the space, for example {parameter('space', 'W')}, or the model."
        )
    return space, array.reshape(-1, shape[-1]) if array.ndim else array.reshape(1, 1)


def _of_model(array: np.ndarray, options: ImportOptions, space: str | None) -> tuple[str, np.ndarray]:
    """Interpret an array with a model: the only space that fits the shape."""
    generator = options.generator
    assert generator is not None
    if space is not None and space not in generator.spaces:
        raise DirectionsError(
            f"{parameter('space', space)} for {options.name} is not a space of {generator.name}; choose one of {', '.join(generator.spaces)}."
        )
    fitting = {}
    for one in [space] if space else generator.spaces:
        if (rows := _rows(array, options, one)) is not None:
            fitting[one] = rows
    if len(fitting) == 1:
        return next(iter(fitting.items()))
    if fitting:
        raise DirectionsError(
            f"{options.name} has shape {array.shape}, which fits {' and '.join(fitting)} of {generator.name}; choose a space, for example "
            f"{parameter('space', list(fitting)[-1])}; `resefa import --space` stores the choice in a file."
        )
    known = ", ".join(f"{one.name} {one.shape}" for one in generator.spaces.values())
    under = f" with layers {options.layers}" if options.layers else ""
    raise DirectionsError(
        f"{options.name} has shape {array.shape}, which fits no space of {generator.name} ({known}){under}; use the model "
        "and the space in which these directions were found."
    )


def _rows(array: np.ndarray, options: ImportOptions, space: str) -> np.ndarray | None:
    """The array as rows (k, n) in a space of the model; None if the shape does not fit."""
    assert options.generator is not None
    where = options.generator.spaces[space]
    chosen = options.layer_list()
    if space in LAYERED:
        count, width = where.shape
        for rows in {count, len(chosen) if chosen else count}:
            if array.shape[-2:] == (rows, width) and array.ndim in (2, 3):
                return _layered(array.reshape(-1, rows, width), options)
        size = width * (len(chosen) if chosen else count)
    elif chosen is not None and space == "Z" and array.shape[-1] != where.dimensions:
        size = options.generator.motion(space, options.layers).dimensions
    else:
        size = where.dimensions
    flat = array.ndim < 3 or (array.ndim == 3 and array.shape[1] == 1)
    return array.reshape(-1, size) if flat and array.ndim and array.shape[-1] == size else None


def _layered(array: np.ndarray, options: ImportOptions) -> np.ndarray:
    """Flatten (k, L, n) to (k, L n), restricted to the user's layers; the array has those layers or all."""
    chosen = options.layer_list()
    if chosen is not None and len(chosen) != array.shape[1]:
        if chosen[-1] >= array.shape[1]:
            raise DirectionsError(
                f"{parameter('layers', options.layers)} contains layers that {options.name} does not have; choose from 0-{array.shape[1] - 1}."
            )
        array = array[:, chosen]
    return array.reshape(len(array), -1)
