"""Directions in the file formats of other tools, if the format can represent them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from resefa.directions.formats import ganspace, interfacegan, rosinality, stylespace
from resefa.errors import DirectionsError, parameter, printable

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.base import BaseGenerator


def npy(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write the bare (k, n) float32 array, without space and layers."""
    return _saved(directions.vectors.detach().cpu().float().numpy())


def w_plus(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write (k, L, n) float32: one row per layer, zero for layers that the direction does not move.

    Raises:
        DirectionsError: no model, or a model without W+.
        LatentError: directions of another model.
    """
    if generator is None:
        raise DirectionsError(f"The number of layers of W+ depends on the model; give {parameter('model')}.")
    if "W+" not in generator.spaces:
        raise DirectionsError(
            f"{generator.name} has no space W+, only {', '.join(generator.spaces)}; use a different {parameter('format')}, for example npy."
        )
    own = directions.provenance
    if own.space not in ("W", "W+"):
        raise DirectionsError(
            f"The format w+ stores directions in W or W+, but these lie in {printable(own.space, 20)}; use {parameter('format', 'npy')}."
        )
    motion = generator.motion(own.space, own.layers, "W+")
    return _saved(motion.lift(directions.vectors.detach().cpu().float()).reshape(-1, *motion.target.shape).numpy())


FORMATS: dict[str, tuple[str, Callable[[Directions, BaseGenerator | None], bytes]]] = {
    "npy": (".npy", npy),
    "w+": (".npy", w_plus),
    "interfacegan": (interfacegan.ENDING, interfacegan.write),
    "ganspace": (ganspace.ENDING, ganspace.write),
    "rosinality": (rosinality.ENDING, rosinality.write),
    "stylespace": (stylespace.ENDING, stylespace.write),
}
"""Format name -> (file ending, writer). Without a name, the first format with the file's ending is used."""


def written(
    directions: Directions, path: Path, format: str | None = None, generator: BaseGenerator | None = None
) -> bytes:
    """Encode directions as a file for another tool.

    Args:
        format: a name in ``FORMATS``, or None: by the ending of ``path``.
        generator: the model of the directions, for formats that need its sizes.

    Raises:
        DirectionsError: unknown format or ending, or a format that cannot represent these directions.
        LatentError: the directions do not fit the model.
    """
    _, write = FORMATS[format_of(path, format)]
    if generator is not None:
        directions.check_fits(generator)
    return write(directions, generator)


def format_of(path: Path, format: str | None = None) -> str:
    """The name in ``FORMATS``: ``format`` if given, else the first with the path's ending.

    Raises:
        DirectionsError: no such format, or another ending.
    """
    ending = path.suffix.lower()
    if format is None:
        format = next((name for name, (one, _) in FORMATS.items() if one == ending), "")
        if not format:
            known = ", ".join(sorted({one for one, _ in FORMATS.values()}))
            raise DirectionsError(
                f"{path.name} {f'ends in {ending}' if ending else 'has no file ending'}; directions are saved as .safetensors, or for other tools as {known}."
            )
    if format not in FORMATS:
        raise DirectionsError(f"Unknown format {printable(format, 40)!r}; choose one of {', '.join(FORMATS)}.")
    right = FORMATS[format][0]
    if ending != right:
        raise DirectionsError(
            f"{path.name} {f'ends in {ending}' if ending else 'has no file ending'}, but files in the format {format} end in {right}; change the name."
        )
    return format


def _saved(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
