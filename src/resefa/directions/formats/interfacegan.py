"""InterFaceGAN's boundaries (Shen et al. 2020; genforce/interfacegan, ``train_boundary.py``): a ``.npy`` file with a unit normal (1, n).

The array does not state its space. The names of the published files do: ``..._w_boundary.npy`` for W and ``..._boundary.npy`` for Z.
``train_boundary.py`` itself writes ``boundary.npy``.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from resefa.directions.formats import arrays
from resefa.directions.formats.import_options import Fields, ImportOptions
from resefa.errors import DirectionsError, parameter
from resefa.generators.base import BaseGenerator

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

NAME = "InterFaceGAN"
ENDING = ".npy"
_PUBLISHED = re.compile(r".+?(_w)?_boundary")


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, np.ndarray) and content.ndim == 2 and len(content) == 1 and "boundary" in options.stem


def read(content: Any, options: ImportOptions) -> Fields:
    published = _PUBLISHED.fullmatch(options.stem)
    space = ("W" if published[1] else "Z") if published else None
    if options.generator is not None and space not in options.generator.spaces:
        space = None
    return arrays.read(content, options, NAME, space)


def write(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write the direction as (1, n) float64, as ``train_boundary.py`` does.

    Raises:
        DirectionsError: several directions, or some layers only.
    """
    own = directions.provenance
    if len(directions) != 1:
        raise DirectionsError(
            f"An InterFaceGAN boundary is a single direction, but there are {len(directions)}; choose one, for example {parameter('direction', 0)}."
        )
    if own.layers is not None or own.space not in ("Z", "W"):
        where = f"{own.space}{f', layers {own.layers}' if own.layers else ''}"
        raise DirectionsError(
            f"An InterFaceGAN boundary moves all layers of Z or W, but this direction moves {where}; use {parameter('format', 'w+')}."
        )
    row = directions.vectors.detach().cpu().double()
    buffer = io.BytesIO()
    np.save(buffer, (row / row.norm(dim=1, keepdim=True)).numpy(), allow_pickle=False)
    return buffer.getvalue()
