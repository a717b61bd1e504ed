"""Latent codes: a batch of points in one latent space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from resefa.errors import LatentError, parameter
from resefa.types import Latent

if TYPE_CHECKING:
    from resefa.latents.space import HasSpaces


@dataclass(frozen=True, eq=False)
class LatentCode:
    """A batch of codes in one latent space (the paper's ``z`` or ``w``).

    Attributes:
        values: (b, n) float tensor; (b, L, w), with a row per layer, is flattened.
        space: name of the space, for example ``"Z"``.
        seeds: the seed of each sampled code; None for codes from elsewhere.

    Raises:
        LatentError: values that are not a finite floating-point tensor (codes, dimensions), or a different number of seeds.
    """

    values: Latent
    space: str = "Z"
    seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        values = self.values
        if not isinstance(values, Tensor) or not values.is_floating_point() or values.ndim < 2:
            found = (
                f"shape {tuple(values.shape)} and type {values.dtype}"
                if isinstance(values, Tensor)
                else f"type {type(values).__name__}"
            )
            raise LatentError(
                f"{parameter('values')} has {found}; give a floating-point tensor with shape (codes, dimensions)."
            )
        if values.ndim > 2:
            object.__setattr__(self, "values", values.flatten(1))
        if self.seeds is not None and len(self.seeds) != len(values):
            raise LatentError(f"{len(values)} latent codes have {len(self.seeds)} seeds; give one seed for each code.")
        if not bool(torch.isfinite(values).all()):
            raise LatentError("A latent code contains NaN or infinity; sample again, or check the file of the codes.")

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int | slice) -> LatentCode:
        """The code at ``index``, as a batch of one."""
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise IndexError(f"code {index} does not exist; there are {len(self)} latent codes")
            index = slice(index, index + 1) if index != -1 else slice(-1, None)
        seeds = None if self.seeds is None else self.seeds[index]
        return LatentCode(self.values[index], self.space, seeds)

    def __iter__(self) -> Iterator[LatentCode]:
        return (self[i] for i in range(len(self)))

    def label(self, index: int) -> str:
        """A short name of a code for captions: ``seed 7``, or ``code 0`` for a code without a seed."""
        return f"seed {self.seeds[index]}" if self.seeds is not None else f"code {index}"

    def moved(self, offsets: Tensor) -> LatentCode:
        """The moved codes ``z + offsets``; ``offsets`` has shape (n,) or (b, n)."""
        return LatentCode(self.values + offsets.to(self.values), self.space, self.seeds)

    def save(self, path: str | Path) -> None:
        """Write the codes, their space and their seeds to a ``.safetensors`` file.

        Raises:
            LatentError: another file ending.
            OutputError: the file cannot be written.
        """
        from resefa.latents.code_file import save_codes

        save_codes(self, path)

    @classmethod
    def load(cls, path: str | Path, generator: HasSpaces | None = None, *, space: str | None = None) -> LatentCode:
        """Read codes from a file written by ``save``, a directions file, or another tool's projection or encoding.

        Args:
            generator: the model of the codes; its spaces determine the meaning of a shape.
            space: the codes' space, needed if neither the file nor the model determines it.

        Raises:
            LatentError: a file without codes, codes of another model, or codes that fit several spaces.
        """
        from resefa.latents.code_file import load_codes

        return load_codes(path, generator, space)

    def __repr__(self) -> str:
        count, dimensions = self.values.shape
        seeds = "" if self.seeds is None else f", seeds {_short(self.seeds)}"
        return f"LatentCode({count} of {dimensions} numbers in {self.space}{seeds})"


def _short(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds)) if len(seeds) <= 8 else f"{', '.join(map(str, seeds[:6]))}, ..., {seeds[-1]}"
