"""Time and memory of a dense Jacobian, or of JVPs and VJPs, estimated before the work starts."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.runtime.memory import in_words


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of ``columns`` JVPs, computed in chunks.

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
        """The estimate as a sentence for the user."""
        memory = in_words(self.work + (0 if in_file else self.kept))
        where = f"{memory} of memory" + (f", with {in_words(self.kept)} in a file" if in_file else "")
        return (
            f"The Jacobian takes about {_duration(self.seconds)} and {where} "
            f"({self.columns} columns, {self.chunk} at a time)."
        )


@dataclass(frozen=True)
class ProductsEstimate:
    """The estimated cost of work by JVPs and VJPs: Gram matrices without a stored Jacobian, or a matrix-free search.

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
        """The estimate as a sentence for the user."""
        return (
            f"The work takes about {_duration(self.seconds)} and {in_words(self.memory)} of memory: {self.products} products with the "
            f"Jacobian ({self.way}), {self.chunk} at a time."
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
