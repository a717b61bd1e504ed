"""``factor.pt`` of rosinality/stylegan2-pytorch (``closed_form_factorization.py``), the closed form of SeFa.

``{"ckpt": file name, "eigvec": (n, n)}``: the right singular vectors of all modulation weights, so that direction i is column i.
``apply_factor.py`` adds it to w, for all layers at once.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import torch

from resefa.directions.formats.import_options import Fields, ImportOptions, imported, numbers
from resefa.errors import DirectionsError, parameter
from resefa.generators.base import BaseGenerator

if TYPE_CHECKING:
    from resefa.directions.directions import Directions

NAME = "rosinality's closed-form factorization"
ENDING = ".pt"


def recognises(content: Any, options: ImportOptions) -> bool:
    return isinstance(content, Mapping) and "eigvec" in content


def read(content: Mapping[str, Any], options: ImportOptions) -> Fields:
    columns = numbers(content["eigvec"], options.name, "eigvec")
    if columns.ndim != 2:
        raise DirectionsError(
            f"eigvec in {options.name} has shape {columns.shape}; expected (n, k), one direction per column."
        )
    made_from = content.get("ckpt")
    model = PurePath(made_from[:4096].replace("\\", "/")).stem[:200] if isinstance(made_from, str) else ""
    facts: dict[str, Any] = {} if options.generator else {"model": model}
    return imported(columns.T, options, NAME, "W", **facts)


def write(directions: Directions, generator: BaseGenerator | None = None) -> bytes:
    """Write ``ckpt`` (the model's name, which ``apply_factor.py`` does not read) and ``eigvec`` (float32, directions as columns).

    Raises:
        DirectionsError: directions of another space than W, or of some layers only.
    """
    own = directions.provenance
    if own.space != "W" or own.layers is not None:
        where = f"{own.space}{f', layers {own.layers}' if own.layers else ''}"
        raise DirectionsError(
            f"A factor.pt moves all layers of W, but these directions move {where}; use {parameter('format', 'w+')}."
        )
    buffer = io.BytesIO()
    torch.save({"ckpt": own.model, "eigvec": directions.vectors.detach().cpu().float().T.contiguous()}, buffer)
    return buffer.getvalue()
