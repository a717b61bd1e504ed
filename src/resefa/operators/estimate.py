"""What a dense Jacobian, or work by products with it, will take, said before it starts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """Of ``columns`` products in chunks.

    Attributes:
        seconds: of them all.
        kept: bytes of the Jacobian itself, at its full precision.
        work: bytes in flight beside it.
    """

    columns: int
    chunk: int
    seconds: float
    kept: int
    work: int

    def sentence(self, *, in_file: bool = False) -> str:
        """For the person who is about to wait."""
        where = "in a file" if in_file else "of memory"
        return (
            f"{self.columns} columns of the Jacobian, {self.chunk} at a time: about {_duration(self.seconds)}, "
            f"{self.kept / 2**30:.2g} GiB {where} and about {self.work / 2**30:.2g} GiB of memory to work in."
        )


@dataclass(frozen=True)
class ProductsEstimate:
    """Of sums that keep no Jacobian, and of a matrix-free search.

    Attributes:
        products: forward and reverse ones together.
        way: how, in words.
        seconds: of them all.
        memory: bytes in all.
    """

    products: int
    chunk: int
    way: str
    seconds: float
    memory: int

    def sentence(self) -> str:
        """For the person who is about to wait."""
        return (
            f"{self.products} products with the Jacobian, {self.way}, {self.chunk} at a time: about "
            f"{_duration(self.seconds)} and about {self.memory / 2**30:.2g} GiB of memory."
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
