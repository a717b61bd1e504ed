"""Directions as bytes of other tools' files, those that can carry what there is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from resefa.directions.formats import ganspace, interfacegan, rosinality, stylespace
from resefa.errors import DirectionsError, printable

if TYPE_CHECKING:
    from resefa.directions.directions import Directions
    from resefa.generators.protocol import Generator


def npy(directions: Directions, generator: Generator | None = None) -> bytes:
    """The bare (k, n) float32 array; neither space nor layers are in it."""
    return _saved(directions.vectors.detach().cpu().float().numpy())


def w_plus(directions: Directions, generator: Generator | None = None) -> bytes:
    """(k, L, n) float32, one row for each layer, zeros where the direction does not move; (1, L, n) for one direction.

    Raises:
        DirectionsError: no model, or one without W+.
        LatentError: directions of another model, or of S, which W+ does not hold.
    """
    if generator is None:
        raise DirectionsError("The number of layers in W+ depends on the model: add --model MODEL.")
    if "W+" not in generator.spaces:
        raise DirectionsError(f"{generator.name} has {', '.join(generator.spaces)}, but no W+: use another format.")
    own = directions.provenance
    if own.space not in ("W", "W+"):
        raise DirectionsError(f"W+ holds directions of W and W+, not of {printable(own.space, 20)}: use format npy.")
    motion = generator.motion(own.space, own.layers, "W+")
    return _saved(motion.lift(directions.vectors.detach().cpu().float()).reshape(-1, *motion.target.shape).numpy())


FORMATS: dict[str, tuple[str, Callable[[Directions, Generator | None], bytes]]] = {
    "npy": (".npy", npy),
    "w+": (".npy", w_plus),
    "interfacegan": (interfacegan.ENDING, interfacegan.write),
    "ganspace": (ganspace.ENDING, ganspace.write),
    "rosinality": (rosinality.ENDING, rosinality.write),
    "stylespace": (stylespace.ENDING, stylespace.write),
}
"""By name: the ending and the writer. The first of an ending is meant where no name is given."""


def written(directions: Directions, path: Path, format: str | None = None, generator: Generator | None = None) -> bytes:
    """The bytes of a file of this format.

    Args:
        format: a name in ``FORMATS``, or None: by the ending of ``path``.
        generator: the model of the directions, for formats that need its sizes.

    Raises:
        DirectionsError: no such format, another ending, or one that cannot carry these directions.
        LatentError: the directions do not fit the model.
    """
    _, write = FORMATS[format_of(path, format)]
    if generator is not None:
        directions.check_fits(generator)
    return write(directions, generator)


def format_of(path: Path, format: str | None = None) -> str:
    """The name in ``FORMATS`` that a file is written in: ``format``, or the first of the path's ending.

    Raises:
        DirectionsError: no such format, or another ending.
    """
    ending = path.suffix.lower()
    if format is None:
        format = next((name for name, (one, _) in FORMATS.items() if one == ending), "")
        if not format:
            known = ", ".join(sorted({one for one, _ in FORMATS.values()}))
            raise DirectionsError(
                f"{path.name} ends in {ending or 'nothing'}: directions are saved as .safetensors, or for other tools as {known}."
            )
    if format not in FORMATS:
        raise DirectionsError(f"Unknown format {printable(format, 40)!r}; choose one of {', '.join(FORMATS)}.")
    right = FORMATS[format][0]
    if ending != right:
        raise DirectionsError(
            f"{path.name} ends in {ending or 'nothing'}, but files of the format {format} end in {right}."
        )
    return format


def _saved(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()
