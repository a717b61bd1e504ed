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
        ridge_errors: (k,) relative: by how much a quotient may be off because the background's trace, of which the ridge is a share,
            is known from probes only.
    """

    gaps: Tensor
    inside: float
    outside: float
    forward: int
    reverse: int
    dimensions: int
    tolerance: float
    ridge_errors: Tensor

    @property
    def products(self) -> int:
        return self.forward + self.reverse

    @property
    def met(self) -> bool:
        """Whether every gap and every error by the ridge is within the tolerance."""
        return bool((self.gaps <= self.tolerance).all() and (self.ridge_errors <= self.tolerance).all())

    def sentence(self, n: int) -> str:
        """The certificate in words."""
        worst = float(self.gaps.max()) if len(self.gaps) else 0.0
        ridge = float(self.ridge_errors.max()) if len(self.ridge_errors) else 0.0
        whole = self.dimensions >= n
        cost = (
            f"{self.products} products, on all {n} dimensions" if whole else f"{self.products} products in place of {n}"
        )
        within = f"within {_percent(worst)} of the best" if worst < 1 else "not near the best yet"
        text = f"{cost}; quotients {within}, by their residuals"
        if ridge > 0:
            text += f", and known to {_percent(ridge)}, by the estimate of the trace that the ridge is a share of"
        if not whole:
            text += f"; {self.inside:.1%} of the inside's and {self.outside:.1%} of the rest's energy searched"
        if not self.met:
            off = max(worst, ridge)
            text += f"; the tolerance {self.tolerance:g} was not met: allow more products or memory"
            text += f", or a tolerance of {off:.1g}" if off < 0.5 else ""
        return text


def _percent(share: float) -> str:
    """``0.6%``; what is less than a tenth of one is said as that, and no more than 100 %."""
    return "0.1%" if share <= 0.001 else f"{min(share, 1.0):.1%}"
