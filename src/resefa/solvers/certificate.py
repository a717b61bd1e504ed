"""The certificate of a solution: bounds on the error of its eigenpairs in the full problem. Plain data, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from msgspec import Meta

LARGEST_RESIDUAL = 1e-8
"""Largest relative residual without a warning: a well-posed problem reaches 1e-10 or less."""
OF_EACH = ("residuals", "gaps", "ridge_errors", "weight_errors")
"""Fields with one number for each eigenpair."""
WEIGHT_TOLERANCE = 5.0
"""Largest error from estimated weights of images, as a multiple of the tolerance: the weights are a convention about how much each image counts."""
_Name = Annotated[str, Meta(max_length=200)]
_Count = Annotated[int, Meta(ge=0, le=2**62)]


@dataclass(frozen=True)
class Certificate:
    """Accuracy and cost of a solution, as the solver measured them. A field that the solver does not measure is None.

    The annotations are the schema of a certificate in a directions file.

    Attributes:
        solver: ``cholesky``, ``woodbury``, ``matrix-free`` or ``prepared``.
        residuals: of each pair, relative: ``|A d - lambda B' d| / (trace(A) + lambda trace(B'))``.
        dimensions: n, of the latent space.
        searched: p, of the subspace that was searched; n where the whole problem was solved.
        rank: numerical rank of B. On a subspace: ``matrix-free`` counts the eigenvalues above the ridge, ``prepared`` those on the subspace.
        condition: condition number of ``B' = B + ridge I``.
        tau: the ridge as a fraction of trace(B).
        ridge: the ridge itself.
        gaps: of each pair, relative: how much larger the exact Rayleigh quotient may be. With ``r = A d - theta B' d`` and ``B' >= t I``, an
            exact eigenvalue lies within ``e = |r| / (sqrt(t) sqrt(d^T B' d))`` of theta (a bound), and, where the next quotient is ``g`` away, about ``e^2 / g`` above it (Kato and Temple; g is itself an estimate): the smaller of the two.
        ridge_errors: of each pair, relative: how far a quotient may be off because trace(B) was estimated from probes.
        weight_errors: of each pair, relative: how far a quotient of several images may be off because the weights of the images in the sums,
            1 / trace, were estimated; None where the weights are exact.
        inside, outside: share of trace(A) and of trace(B) that lies in the searched subspace, by held-out probes.
        forward, reverse: JVPs and VJPs spent.
        tolerance: ``matrix-free``: the largest gap and ridge error allowed; ``prepared``: the largest ``missing`` allowed.
        missing: ``prepared``: share of the images' energy ``trace(J^T J)`` outside the searched subspace.
    """

    solver: _Name = ""
    residuals: tuple[float, ...] = ()
    dimensions: _Count | None = None
    searched: _Count | None = None
    rank: _Count | None = None
    condition: float | None = None
    tau: float | None = None
    ridge: float | None = None
    gaps: tuple[float, ...] | None = None
    ridge_errors: tuple[float, ...] | None = None
    inside: float | None = None
    outside: float | None = None
    forward: _Count | None = None
    reverse: _Count | None = None
    tolerance: float | None = None
    missing: float | None = None
    weight_errors: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        counts = {len(each) for each in (getattr(self, name) for name in OF_EACH) if each}
        if len(counts) > 1:
            raise ValueError(
                f"{', '.join(OF_EACH[:-1])} and {OF_EACH[-1]} have different lengths: {' and '.join(map(str, sorted(counts)))}"
            )
        needed = () if self.dimensions is None else ("searched", "rank", "condition", "tau", "ridge")
        if self.gaps is not None or self.missing is not None:
            needed += ("dimensions", "inside", "outside", "forward", "reverse", "tolerance")
        lacking = [name for name in needed if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"these fields are missing: {', '.join(lacking)}")

    @property
    def products(self) -> int | None:
        """The total number of JVPs and VJPs."""
        return None if self.forward is None or self.reverse is None else self.forward + self.reverse

    @property
    def met(self) -> bool:
        """Whether gaps, ridge errors and missing energy are within the tolerance, and weight errors within ``WEIGHT_TOLERANCE`` times it;
        without a tolerance, whether residuals are at rounding level.
        """
        if self.tolerance is None:
            return max(self.residuals, default=0.0) <= LARGEST_RESIDUAL
        measured = (*(self.gaps or ()), *(self.ridge_errors or ()), *(() if self.missing is None else (self.missing,)))
        if max(self.weight_errors or (), default=0.0) > WEIGHT_TOLERANCE * self.tolerance:
            return False
        return all(value <= self.tolerance for value in measured)

    def chosen(self, indices: Sequence[int]) -> Certificate:
        """The certificate of the eigenpairs with these indices, in this order."""
        listed = {name: getattr(self, name) for name in OF_EACH}
        return replace(self, **{name: tuple(each[i] for i in indices) for name, each in listed.items() if each})

    def as_dict(self) -> dict[str, Any]:
        """A dictionary for JSON: the fields that were measured, and ``met``."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())} | {"met": self.met}

    def sentence(self) -> str:
        """The certificate as text without a full stop; empty if the certificate of an older file is incomplete."""
        if self.dimensions is None:
            return ""
        if self.gaps is not None:
            return "; ".join((self._ridge(), *self._search()))
        if self.missing is not None:
            return "; ".join((self._ridge(), *self._preparation()))
        if self.met:
            return self._ridge()
        return f"{self._ridge()}; relative residuals up to {max(self.residuals):.1e}, so use these directions with care"

    def _ridge(self) -> str:
        """The rank of B and the ridge, as text."""
        if self.rank == 0 and not self.ridge:
            return "the image outside the region does not depend on the latent code, so directions are ranked by the change inside alone"
        ridge = "no ridge" if not self.tau else f"a ridge of {self.tau:g} times its trace"
        size = f" of {self.dimensions}" if self.searched == self.dimensions else ""
        if self.gaps is not None:
            return f"{self.rank} eigenvalues of the outside Gram matrix exceed the ridge ({self.tau:g} times its trace)"
        return f"outside Gram matrix with rank {self.rank}{size} and {ridge}"

    def _search(self) -> list[str]:
        """The matrix-free search as text: cost, error bounds, energy searched, and advice if the tolerance was not met."""
        n, whole = self.dimensions, self.searched == self.dimensions
        gap, ridge = max(self.gaps or (), default=0.0), max(self.ridge_errors or (), default=0.0)
        parts = [
            f"{self.products} JVPs and VJPs on all {n} dimensions"
            if whole
            else f"{self.products} JVPs and VJPs instead of {n} JVPs"
        ]
        parts.append(
            f"relative error bound of the eigenvalues {_percent(gap)}"
            if gap < 1
            else "relative error bound of the eigenvalues above 100%"
        )
        if ridge > 0:
            parts.append(f"error from the estimated ridge at most {_percent(ridge)}")
        parts += self._weights()
        if not whole:
            parts.append(
                f"the subspace contains {self.inside:.1%} of the energy inside the region and {self.outside:.1%} outside"
            )
        if not self.met:
            worst = max(gap, ridge, *(error / WEIGHT_TOLERANCE for error in self.weight_errors or ()))
            accept = f", or accept tolerance={worst:.1g}" if worst < 0.5 else ""
            parts.append(f"tolerance {self.tolerance:g} not met: increase max_products or memory{accept}")
        return parts

    def _preparation(self) -> list[str]:
        """The prepared subspace as text: cost, energy searched, and advice if too much energy is missing."""
        parts = [
            f"solved on {self.searched} of {self.dimensions} dimensions, prepared once for all regions of the image with {self.products} JVPs and VJPs",
            f"these dimensions contain {self.inside:.2%} of the energy inside the region and {self.outside:.2%} outside",
        ]
        parts += self._weights()
        if self.missing is not None and self.tolerance is not None and self.missing > self.tolerance:
            parts.append(
                f"{self.missing:.1g} of the image's energy lies outside these dimensions, more than the {self.tolerance:g} allowed: increase memory"
            )
        return parts

    def _weights(self) -> list[str]:
        """The error of the estimated weights of several images as text."""
        worst = max(self.weight_errors or (), default=0.0)
        return [f"error from the estimated weights of the images at most {_percent(worst)}"] if worst > 0 else []


def _percent(share: float) -> str:
    """A fraction as a percentage, ``0.6%``, clamped to 0.1% and 100%."""
    return "0.1%" if share <= 0.001 else f"{min(share, 1.0):.1%}"
