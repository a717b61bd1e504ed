"""What a set of directions must be, whoever made it: arrays to tensors, and every part against the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, printable

_OF_EACH = ("eigenvalues", "residuals", "inside_rate", "outside_rate")
_DTYPES = {
    **dict.fromkeys(("vectors", "codes", "edit", "protect"), torch.float32),
    **dict.fromkeys(_OF_EACH, torch.float64),
}
LONGEST_NAME = 200
UNIT = 1e-3
"""A row whose length differs from 1 by less is a unit vector, rounded."""


def sound(*, provenance: Provenance, **tensors: Any) -> dict[str, Any]:
    """The parts of ``Directions`` as tensors, vectors of unit length.

    Raises:
        DirectionsError: a part is missing, does not agree with the others, or has values that make no sense.
    """
    parts = {name: _tensor(name, value) for name, value in tensors.items()}
    vectors = parts["vectors"]
    if vectors is None or vectors.ndim != 2 or not len(vectors) or not vectors.shape[1]:
        shape = None if vectors is None else tuple(vectors.shape)
        raise DirectionsError(f"Directions of shape {shape} were given; expected (k, n), one row each.")
    for name in _OF_EACH:
        value = parts[name]
        if value is not None and tuple(value.shape) != (len(vectors),):
            raise DirectionsError(
                f"{len(vectors)} directions have {name} of shape {tuple(value.shape)}; expected one number each."
            )
    if not isinstance(provenance, Provenance):
        raise DirectionsError(f"A {type(provenance).__name__} was given as provenance; expected resefa's Provenance.")
    for name, kinds in (("names", str), ("steps", int | float)):
        facts = getattr(provenance, name)
        listed = isinstance(facts, tuple) and all(isinstance(one, kinds) for one in facts)
        if facts is not None and not (listed and len(facts) == len(vectors)):
            raise DirectionsError(f"{len(vectors)} directions need as many {name}, one for each direction.")
    codes = parts["codes"]
    same = provenance.layers is None and provenance.code_space in ("", provenance.space)
    if codes is not None and (codes.ndim != 2 or (same and codes.shape[1] != vectors.shape[1])):
        raise DirectionsError(f"Directions of {vectors.shape[1]} dimensions have codes of shape {tuple(codes.shape)}.")
    _check_region(parts["edit"], parts["protect"], provenance)
    lengths = torch.linalg.vector_norm(vectors, dim=1, dtype=torch.float64)
    if bool((lengths == 0).any()):
        raise DirectionsError(f"Direction {int((lengths == 0).nonzero()[0])} is all zeros: it moves nothing.")
    if bool(((lengths - 1).abs() > UNIT).any()):
        parts["vectors"] = (vectors / lengths[:, None]).float()
        if provenance.steps is None:
            provenance = replace(provenance, steps=tuple(lengths.tolist()))
    return {**parts, "provenance": provenance}


def check_name(name: Any) -> None:
    """Raise DirectionsError for what cannot be the name of a direction."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        raise DirectionsError(
            f"{printable(name, 40)!r} is not a name for a direction; give a word such as smile, of at most {LONGEST_NAME} characters."
        )


def _tensor(name: str, value: Any) -> Tensor | None:
    if value is None:
        return None
    try:
        found = value if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))
        if found.is_complex():
            raise TypeError("complex numbers")
        found = found.to(_DTYPES[name])
    except (TypeError, ValueError, RuntimeError) as error:
        raise DirectionsError(
            f"The directions' {name} are a {type(value).__name__}, not an array of numbers ({printable(error, 80)})."
        ) from error
    if not bool(torch.isfinite(found).all()):
        raise DirectionsError(f"The directions' {name} contain NaN or infinity: run the discovery again.")
    return found


def _check_region(edit: Tensor | None, protect: Tensor | None, provenance: Provenance) -> None:
    if edit is None and protect is None:
        return
    if edit is None or protect is None or edit.ndim != 2 or edit.shape != protect.shape:
        shapes = [None if part is None else tuple(part.shape) for part in (edit, protect)]
        raise DirectionsError(
            f"The directions' region has weights of shapes {shapes[0]} and {shapes[1]}; expected two of one image."
        )
    if provenance.resolution is not None and tuple(edit.shape) != tuple(provenance.resolution):
        raise DirectionsError(
            f"The directions' region has weights of shape {tuple(edit.shape)}, but their images are of {tuple(provenance.resolution)}."
        )
    for name, part in (("edit", edit), ("protect", protect)):
        if not part.numel() or float(part.min()) < -UNIT or float(part.max()) > 1 + UNIT:
            raise DirectionsError(f"The directions' {name} weights are not between 0 and 1.")
        if float(part.max()) <= 0:
            raise DirectionsError(f"The directions' {name} weights are zero everywhere: that is no region.")
