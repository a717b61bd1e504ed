"""A latent code that knows where it came from: its space and its seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.errors import LatentError
from resefa.tensor_types import Latent


@dataclass(frozen=True, eq=False)
class LatentCode:
    """A batch of codes in one latent space (the paper's ``z`` or ``w``).

    Attributes:
        values: (b, n) float tensor, flattened.
        space: name of the space, for example ``"Z"``.
        seeds: the seed of each code where it was sampled, else None.
    """

    values: Latent
    space: str = "Z"
    seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not self.values.is_floating_point():
            raise LatentError(
                f"A code came with shape {tuple(self.values.shape)} and type {self.values.dtype}: expected a "
                "floating-point tensor of shape (codes, dimensions)."
            )
        if self.seeds is not None and len(self.seeds) != len(self.values):
            raise LatentError(f"{len(self.values)} codes came with {len(self.seeds)} seeds: give one seed per code.")
        if not bool(torch.isfinite(self.values).all()):
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


def as_code(code: LatentCode | Tensor | Sequence[float], space: str = "Z") -> LatentCode:
    """Accept a bare tensor, (n,) or (b, n), wherever a code is expected."""
    if isinstance(code, LatentCode):
        return code
    values = torch.as_tensor(code)
    return LatentCode(values[None] if values.ndim == 1 else values, space)
