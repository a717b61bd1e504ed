"""Import of directions from other tools: the user's options, and ``Directions`` fields from rows of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from resefa.directions.provenance import Provenance
from resefa.directions.validation import UNIT
from resefa.errors import DirectionsError, parameter, printable
from resefa.files.numpy_file import numbers as as_numbers
from resefa.latents.layers import layer_indices, layer_text
from resefa.version import VERSION

if TYPE_CHECKING:
    from resefa.generators.base import BaseGenerator

SPACES = ("Z", "ZC", "Z+", "W", "W+", "S")
LAYERED = ("W+", "Z+")
"""Spaces whose codes have one row per layer."""
_RANGE = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
MOST_NUMBERS = 2**26
"""Largest number of values in all directions of a file; a full basis of W+ for StyleGAN at 1024 pixels has 85 million."""


Fields = dict[str, Any]
"""Keyword arguments of ``Directions``."""


class UnknownSpace(DirectionsError):
    """Error for a bare array that does not state its latent space."""


@dataclass(frozen=True, eq=False)
class ImportOptions:
    """The user's options for information that the file does not contain.

    Attributes:
        name: the file's, for messages and labels.
        space, layers: of the directions, or None where the user gives none.
        generator: the model that the directions are for, or None; it settles which shapes fit.
        default: the space of a bare array that nothing else settles; None: refuse such a file.
    """

    name: str
    space: str | None = None
    layers: str | None = None
    generator: BaseGenerator | None = None
    default: str | None = None

    def __post_init__(self) -> None:
        if self.space is not None:
            named = self.space.upper().replace("WP", "W+")
            if named not in SPACES:
                raise DirectionsError(
                    f"Unknown space {printable(self.space, 40)!r}; choose one of {', '.join(SPACES)}."
                )
            object.__setattr__(self, "space", named)

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    def layer_list(self) -> list[int] | None:
        """The layers given by the user; None for all layers.

        Raises:
            DirectionsError: layers given by resolution without a model.
            UsageError: layers that the model does not have.
        """
        if self.layers is None:
            return None
        if self.generator is not None:
            resolutions = getattr(self.generator, "layer_resolutions", ())
            return list(layer_indices(self.layers, resolutions, self.generator.name))
        chosen: set[int] = set()
        for part in self.layers.split(","):
            found = _RANGE.fullmatch("".join(part.split()))
            if not found:
                raise DirectionsError(
                    f"{parameter('layers', self.layers)} cannot be read; write 4-7 or 0,3,8-11, or give the model for a range by resolution (16-64px)."
                )
            low, high = int(found[1]), int(found[2] or found[1])
            if not low <= high < 1000:
                raise DirectionsError(
                    f"{parameter('layers', self.layers)} contains a descending range; write the smaller layer first, as in 4-7."
                )
            chosen.update(range(low, high + 1))
        return sorted(chosen)


def imported(
    rows: np.ndarray,
    options: ImportOptions,
    tool: str,
    space: str,
    *,
    layers: str | None = None,
    steps: Sequence[float] | np.ndarray | None = None,
    names: Sequence[str] | None = None,
    **facts: Any,
) -> Fields:
    """The fields of ``Directions`` from rows (k, n) of any length.

    Args:
        tool: name of the layout, for ``provenance.method``.
        space, layers: stated or implied by the file; the user's options take precedence.
        steps: (k,) how far the tool moves along a row at its strength 1, in lengths of that row.
        facts: further fields of the provenance.

    Raises:
        DirectionsError: NaN, zero rows, or sizes that do not fit the model.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    if not np.isfinite(lengths).all():
        raise DirectionsError(
            f"{options.name} contains NaN, infinity or numbers that are too large; save or download it again."
        )
    if not lengths.all():
        raise DirectionsError(
            f"Direction {int(np.argmin(lengths))} in {options.name} contains only zeros; remove it from the file."
        )
    measured = np.where(abs(lengths - 1) > UNIT, lengths, 1.0)
    if steps is not None or bool((measured != 1).any()):
        steps = (measured * (1.0 if steps is None else np.asarray(steps, np.float64))).tolist()
    space, chosen = options.space or space, options.layer_list()
    layers = layers if chosen is None else layer_text(chosen)
    if names is None:
        names = [f"{options.stem} #{i}" for i in range(len(rows))]
    if options.generator is not None:
        generator = options.generator
        motion = generator.motion(space, layers)
        if motion.dimensions != rows.shape[1]:
            raise DirectionsError(
                f"{options.name} contains directions of {rows.shape[1]} dimensions, but {generator.name} has {motion.dimensions} in "
                f"{motion.space}{f', layers {motion.layers}' if motion.layers else ''}; check the space, the layers and the model."
            )
        layers = motion.layers
        facts |= {"model": generator.name, "fingerprint": generator.fingerprint}
    provenance = Provenance(
        method=f"imported from {tool}",
        space=space,
        layers=layers,
        steps=None if steps is None else tuple(steps),
        names=tuple(names),
        version=VERSION,
        **facts,
    )
    if not rows.flags.writeable:
        rows = rows.copy()
    rows /= lengths[:, None]
    return {"vectors": torch.from_numpy(rows).float(), "provenance": provenance}


def numbers(value: Any, name: str, what: str) -> np.ndarray:
    """A tensor, array or number as a float64 array.

    Raises:
        DirectionsError: not numbers, or too many.
    """
    array = as_numbers(value)
    if array is None or not array.size:
        found = f"values of type {value.dtype}" if isinstance(value, np.ndarray | Tensor) else "no array"
        raise DirectionsError(f"{name} contains {found} for {what}; expected an array of numbers.")
    if array.size > MOST_NUMBERS:
        raise DirectionsError(
            f"{name} contains {array.size:,} numbers for {what}; the limit is {MOST_NUMBERS:,}. Import fewer directions."
        )
    with np.errstate(invalid="ignore"):  # the caller refuses NaN
        return np.array(array, np.float64)
