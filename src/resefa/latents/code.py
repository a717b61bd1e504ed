"""Latent codes: a batch of points of one latent space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from resefa.errors import LatentError
from resefa.types import Latent

if TYPE_CHECKING:
    from resefa.latents.space import HasSpaces


@dataclass(frozen=True, eq=False)
class LatentCode:
    """A batch of codes in one latent space (the paper's ``z`` or ``w``).

    Attributes:
        values: (b, n) float tensor, flattened; (b, L, w), one row for each layer, is flattened here.
        space: name of the space, for example ``"Z"``.
        seeds: the seed of each code where it was sampled, else None.
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
                f"Values of {found} are not latent codes; give a floating-point tensor of shape (codes, dimensions)."
            )
        if values.ndim > 2:
            object.__setattr__(self, "values", values.flatten(1))
        if self.seeds is not None and len(self.seeds) != len(values):
            raise LatentError(f"{len(values)} codes have {len(self.seeds)} seeds; give one seed per code.")
        if not bool(torch.isfinite(values).all()):
            raise LatentError("A code contains NaN or infinity: sample it anew or check the file it was read from.")

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int | slice) -> LatentCode:
        """The code at ``index``, still a batch."""
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise IndexError(f"code {index} of {len(self)}")
            index = slice(index, index + 1) if index != -1 else slice(-1, None)
        seeds = None if self.seeds is None else self.seeds[index]
        return LatentCode(self.values[index], self.space, seeds)

    def __iter__(self) -> Iterator[LatentCode]:
        return (self[i] for i in range(len(self)))

    def label(self, index: int) -> str:
        """A short name of one code for pictures: ``seed 7``, or ``code 0`` where no seed is known."""
        return f"seed {self.seeds[index]}" if self.seeds is not None else f"code {index}"

    def moved(self, offsets: Tensor) -> LatentCode:
        """The codes ``z + offset``; ``offsets`` is (n,) or (b, n)."""
        return LatentCode(self.values + offsets.to(self.values), self.space, self.seeds)

    def save(self, path: str | Path) -> None:
        """Write the codes, their space and their seeds as one ``.safetensors`` file.

        Raises:
            LatentError: another ending.
            OutputError: it cannot be written.
        """
        from resefa.latents.code_file import save_codes

        save_codes(self, path)

    @classmethod
    def load(cls, path: str | Path, generator: HasSpaces | None = None, *, space: str | None = None) -> LatentCode:
        """Read what ``save`` wrote, the codes of a directions file, or codes that another tool projected or encoded.

        Args:
            generator: the model of the codes, whose spaces tell what a shape means.
            space: of the codes, where neither the file nor the model settles it.

        Raises:
            LatentError: the file holds no codes, codes of another model, or codes that may be of several spaces.
        """
        from resefa.latents.code_file import load_codes

        return load_codes(path, generator, space)

    def __repr__(self) -> str:
        count, dimensions = self.values.shape
        seeds = "" if self.seeds is None else f", seeds {_short(self.seeds)}"
        return f"LatentCode({count} of {dimensions} numbers in {self.space}{seeds})"


def _short(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds)) if len(seeds) <= 8 else f"{', '.join(map(str, seeds[:6]))}, ..., {seeds[-1]}"
