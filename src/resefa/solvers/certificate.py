"""What a matrix-free solution is known to be worth, from products with the Jacobian alone."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Certificate:
    """How far the pairs may be from those of the whole problem.

    Attributes:
        gaps: (k,) relative: how much larger the true Rayleigh quotient may be. With ``r = A d - theta B' d`` and ``B' >= t I``, a
            true eigenvalue lies within ``e = |r| / (sqrt(t) sqrt(d^T B' d))`` of theta (a bound), and, where the next quotient
            that is not asked for is ``g`` away, about ``e^2 / g`` above it (Kato and Temple; g is itself an estimate): the smaller.
        inside, outside: share of trace(A) and of trace(B) that the searched subspace holds, by held-out probes.
        forward, reverse: products ``J v`` and ``J^T u`` spent.
        dimensions: of the searched subspace.
        tolerance: what was asked of ``gaps``.
    """

    gaps: Tensor
    inside: float
    outside: float
    forward: int
    reverse: int
    dimensions: int
    tolerance: float

    @property
    def products(self) -> int:
        return self.forward + self.reverse

    @property
    def met(self) -> bool:
        """Whether every gap is within the tolerance."""
        return bool((self.gaps <= self.tolerance).all())

    def sentence(self, n: int) -> str:
        """The certificate in words."""
        worst = float(self.gaps.max()) if len(self.gaps) else 0.0
        text = (
            f"{self.products} products in place of {n}; quotients within {worst:.1%} of the best, by their residuals; "
            f"{self.inside:.1%} of the inside's and {self.outside:.1%} of the rest's energy searched"
        )
        if not self.met:
            text += f"; the tolerance {self.tolerance:g} was not met: allow more products or memory, or {worst:.1g}"
        return text
