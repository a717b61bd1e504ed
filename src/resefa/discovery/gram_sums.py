"""What finders get of their images: Gram matrices of the parts, and how they came about."""

from __future__ import annotations

from dataclasses import dataclass

from resefa.jacobian.gram import Gram


@dataclass(frozen=True, eq=False)
class GramSums:
    """One Gram matrix per part, of one image or summed over several.

    Attributes:
        mode: how derivatives were taken.
        why: for the result's status where Jacobians were not kept: which way instead, and for what reason.
        exact: whether they were summed in float64 from the columns of J; reverse products round in the generator's precision.
    """

    grams: list[Gram]
    mode: str
    why: str = ""
    exact: bool = True

    def __add__(self, other: GramSums) -> GramSums:
        """The sums over the images of both."""
        grams = [a + b for a, b in zip(self.grams, other.grams, strict=True)]
        return GramSums(grams, self.mode or other.mode, self.why or other.why, self.exact and other.exact)

    def status(self, solution: str) -> str:
        """A solver's status with theirs."""
        return "; ".join(text for text in (solution, self.why) if text)
