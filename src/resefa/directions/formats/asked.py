"""What a file of another tool leaves open and the user says, and the directions that come of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from resefa.directions.directions import Directions, Provenance
from resefa.errors import DirectionsError
from resefa.latents.layers import layer_indices, layer_text
from resefa.version import VERSION

if TYPE_CHECKING:
    from resefa.generators.protocol import Generator

SPACES = ("Z", "ZC", "Z+", "W", "W+", "S")
LAYERED = ("W+", "Z+")
"""Spaces whose codes have a row for each layer."""
UNIT = 1e-3
"""A row whose length differs from 1 by less is a unit vector, rounded."""
_RANGES = re.compile(r"\s*\d+\s*(-\s*\d+\s*)?(,\s*\d+\s*(-\s*\d+\s*)?)*")


@dataclass(frozen=True, eq=False)
class Asked:
    """What is known beside the file's content.

    Attributes:
        name: the file's, for messages and labels.
        space, layers: as the user says, or None.
        generator: the model that the directions are for, or None; it settles which shapes fit.
        default: the space of a bare array of which nothing is known, or None to ask.
    """

    name: str
    space: str | None = None
    layers: str | None = None
    generator: Generator | None = None
    default: str | None = None

    def __post_init__(self) -> None:
        if self.space is not None:
            named = self.space.upper().replace("WP", "W+")
            if named not in SPACES:
                raise DirectionsError(f"The space {self.space!r} came: choose one of {', '.join(SPACES)}.")
            object.__setattr__(self, "space", named)

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    def layer_list(self) -> list[int] | None:
        """The layers that the user names, None for all.

        Raises:
            DirectionsError: they are given by resolution, which needs the model.
            UsageError: they are no layers of the model.
        """
        if self.layers is None:
            return None
        if self.generator is not None:
            resolutions = getattr(self.generator, "layer_resolutions", ())
            return list(layer_indices(self.layers, resolutions, self.generator.name))
        if not _RANGES.fullmatch(self.layers):
            raise DirectionsError(
                f"The layers {self.layers!r} came: write 4-7 or 0,3,8-11, or give the model as well (--model) for layers by "
                "resolution."
            )
        chosen: set[int] = set()
        for part in self.layers.split(","):
            low, _, high = part.partition("-")
            if not 0 <= int(low) <= int(high or low) < 1000:
                raise DirectionsError(f"The layers {self.layers!r} came: write them upwards, as in 4-7.")
            chosen.update(range(int(low), int(high or low) + 1))
        return sorted(chosen)


def imported(
    rows: np.ndarray,
    asked: Asked,
    tool: str,
    space: str,
    *,
    layers: str | None = None,
    steps: Sequence[float] | np.ndarray | None = None,
    names: Sequence[str] | None = None,
    **facts: Any,
) -> Directions:
    """Directions from (k, n) rows of any length.

    Args:
        tool: whose layout it is, for ``provenance.method``.
        space, layers: what the file says or implies; what the user asked for stands above them.
        steps: (k,) how far the tool moves along a row at its strength 1, in lengths of that row.
        facts: more of the provenance.

    Raises:
        DirectionsError: NaN, zero rows, or sizes that do not fit the model.
    """
    lengths = np.linalg.norm(rows, axis=1)
    if not np.isfinite(lengths).all():
        raise DirectionsError(f"{asked.name} contains NaN or infinity: get it anew.")
    if not lengths.all():
        raise DirectionsError(
            f"{asked.name} has a direction of all zeros (number {int(np.argmin(lengths))}): take it out."
        )
    measured = np.where(abs(lengths - 1) > UNIT, lengths, 1.0)
    if steps is not None or bool((measured != 1).any()):
        steps = (measured * (1.0 if steps is None else np.asarray(steps, np.float64))).tolist()
    space, chosen = asked.space or space, asked.layer_list()
    layers = layers if chosen is None else layer_text(chosen)
    facts = {"region": asked.stem, **facts}
    if asked.generator is not None:
        generator = asked.generator
        motion = generator.motion(space, layers)
        if motion.dimensions != rows.shape[1]:
            raise DirectionsError(
                f"{asked.name} holds directions of {rows.shape[1]} numbers, but {generator.name} has {motion.dimensions} in "
                f"{motion.space}{f', layers {motion.layers}' if motion.layers else ''}: give the space and model they are for."
            )
        layers = motion.layers
        facts |= {"model": generator.name, "fingerprint": generator.fingerprint}
    provenance = Provenance(
        method=f"imported from {tool}",
        space=space,
        layers=layers,
        steps=None if steps is None else tuple(steps),
        names=None if names is None else tuple(names),
        version=VERSION,
        **facts,
    )
    return Directions(torch.from_numpy(rows / lengths[:, None]).float(), provenance=provenance)


def numbers(value: Any, name: str, what: str) -> np.ndarray:
    """A tensor, array or number as float64.

    Raises:
        DirectionsError: it is nothing of the kind.
    """
    if isinstance(value, Tensor):
        try:
            value = value.detach().cpu().to(torch.float64).numpy() if not value.is_complex() else None
        except (RuntimeError, NotImplementedError, TypeError):
            value = None
    elif isinstance(value, int | float | np.number):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or 0 in value.shape:
        found = f"values of type {value.dtype}" if isinstance(value, np.ndarray) else "no array"
        raise DirectionsError(f"{name} holds {found} where {what} should be: expected numbers.")
    return np.ascontiguousarray(value, np.float64)
