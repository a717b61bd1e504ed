"""Validation of directions from any source: arrays become tensors, and all fields are checked for consistency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resefa.directions.facts import check_facts
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, printable
from resefa.solvers.certificate import OF_EACH as CERTIFIED
from resefa.solvers.certificate import Certificate

OF_EACH = ("eigenvalues", "inside_rate", "outside_rate")
"""Fields with one number for each direction."""
_DTYPES = {
    **dict.fromkeys(("vectors", "codes", "edit", "protect"), torch.float32),
    **dict.fromkeys(OF_EACH, torch.float64),
}
LONGEST_NAME = 200
UNIT = 1e-3
"""Largest rounding error in the length of a unit vector."""


def validated(*, provenance: Any, certificate: Any, facts: Any, **tensors: Any) -> dict[str, Any]:
    """The checked fields of ``Directions``, with arrays as tensors and vectors of unit length.

    Raises:
        DirectionsError: a field is missing, disagrees with the others, or has impossible values.
    """
    parts = {name: _tensor(name, value) for name, value in tensors.items()}
    vectors = parts["vectors"]
    if vectors is None or vectors.ndim != 2 or not len(vectors) or not vectors.shape[1]:
        shape = None if vectors is None else tuple(vectors.shape)
        raise DirectionsError(f"The vectors have shape {shape}; expected (k, n), one row for each direction.")
    for name in OF_EACH:
        value = parts[name]
        if value is not None and tuple(value.shape) != (len(vectors),):
            raise DirectionsError(
                f"{name} has shape {tuple(value.shape)}; expected ({len(vectors)},), one number for each direction."
            )
    if not isinstance(provenance, Provenance):
        raise DirectionsError(f"provenance is a {type(provenance).__name__}; expected resefa.directions.Provenance.")
    _check_certificate(certificate, len(vectors))
    check_facts(facts, len(vectors))
    for name, kinds in (("names", str), ("steps", int | float)):
        values = getattr(provenance, name)
        listed = isinstance(values, tuple) and all(isinstance(one, kinds) for one in values)
        if values is not None and not (listed and len(values) == len(vectors)):
            raise DirectionsError(
                f"provenance.{name} has the wrong length; expected {len(vectors)} entries, one for each direction."
            )
    codes = parts["codes"]
    same = provenance.layers is None and provenance.code_space in ("", provenance.space)
    if codes is not None and (codes.ndim != 2 or (same and codes.shape[1] != vectors.shape[1])):
        raise DirectionsError(
            f"codes has shape {tuple(codes.shape)}, but the directions have {vectors.shape[1]} dimensions; give codes of the directions' latent space."
        )
    _check_region(parts["edit"], parts["protect"], provenance)
    lengths = torch.linalg.vector_norm(vectors, dim=1, dtype=torch.float64)
    if bool((lengths == 0).any()):
        raise DirectionsError(f"Direction {int((lengths == 0).nonzero()[0])} contains only zeros; remove it.")
    if bool(((lengths - 1).abs() > UNIT).any()):
        parts["vectors"] = (vectors / lengths[:, None]).float()
        if provenance.steps is None:
            provenance = replace(provenance, steps=tuple(lengths.tolist()))
    return {**parts, "provenance": provenance, "certificate": certificate, "facts": facts}


def check_name(name: Any) -> None:
    """Check a direction's name; raise DirectionsError if it is empty, too long or not text."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        raise DirectionsError(
            f"{printable(name, 40)!r} is not a valid name for a direction; give 1 to {LONGEST_NAME} characters, for example smile."
        )


def _check_certificate(certificate: Any, count: int) -> None:
    if certificate is None:
        return
    if not isinstance(certificate, Certificate):
        raise DirectionsError(f"certificate is a {type(certificate).__name__}; expected resefa.solvers.Certificate.")
    for name in CERTIFIED:
        values = getattr(certificate, name)
        if values and len(values) != count:
            raise DirectionsError(
                f"The certificate has {len(values)} {name}; expected {count}, one for each direction."
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
            f"{name} is a {type(value).__name__}; expected an array of real numbers ({printable(error, 80)})."
        ) from error
    if not bool(torch.isfinite(found).all()):
        raise DirectionsError(f"{name} contains NaN or infinity; run the discovery again.")
    return found


def _check_region(edit: Tensor | None, protect: Tensor | None, provenance: Provenance) -> None:
    if edit is None and protect is None:
        return
    if edit is None or protect is None or edit.ndim != 2 or edit.shape != protect.shape:
        shapes = [None if part is None else tuple(part.shape) for part in (edit, protect)]
        raise DirectionsError(
            f"edit has shape {shapes[0]} and protect {shapes[1]}; expected (height, width) of the image for both."
        )
    if provenance.resolution is not None and tuple(edit.shape) != tuple(provenance.resolution):
        raise DirectionsError(
            f"edit and protect have shape {tuple(edit.shape)}, but the images have {tuple(provenance.resolution)} pixels; give weights of the images' size."
        )
    for name, part in (("edit", edit), ("protect", protect)):
        if not part.numel() or float(part.min()) < -UNIT or float(part.max()) > 1 + UNIT:
            raise DirectionsError(f"{name} contains weights below 0 or above 1; scale them to 0 to 1.")
        if float(part.max()) <= 0:
            raise DirectionsError(f"{name} is zero everywhere; give at least one positive weight.")
