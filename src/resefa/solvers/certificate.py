"""The certificate of a solution: how far its pairs may be from the exact pairs of the whole problem. Data only, without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from msgspec import Meta

LARGEST_RESIDUAL = 1e-8
"""Relative residuals above this deserve a warning: a well-posed problem reaches 1e-10 or less."""
OF_EACH = ("residuals", "gaps", "ridge_errors")
"""Fields with a number for each pair."""
_Name = Annotated[str, Meta(max_length=200)]
_Count = Annotated[int, Meta(ge=0, le=2**62)]


@dataclass(frozen=True)
class Certificate:
    """Measurements of a solver on its result. A field is None where the solver does not measure it.

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

    def __post_init__(self) -> None:
        counts = {len(each) for each in (getattr(self, name) for name in OF_EACH) if each}
        if len(counts) > 1:
            raise ValueError(f"residuals, gaps and ridge errors of {' and '.join(map(str, sorted(counts)))} pairs")
        needed = () if self.dimensions is None else ("searched", "rank", "condition", "tau", "ridge")
        if self.gaps is not None or self.missing is not None:
            needed += ("dimensions", "inside", "outside", "forward", "reverse", "tolerance")
        lacking = [name for name in needed if getattr(self, name) is None]
        if lacking:
            raise ValueError(f"a certificate without {', '.join(lacking)}")

    @property
    def products(self) -> int | None:
        """JVPs and VJPs together."""
        return None if self.forward is None or self.reverse is None else self.forward + self.reverse

    @property
    def met(self) -> bool:
        """Whether gaps, ridge errors and missing energy are within the tolerance; without a tolerance, whether residuals are at rounding level."""
        if self.tolerance is None:
            return max(self.residuals, default=0.0) <= LARGEST_RESIDUAL
        measured = (*(self.gaps or ()), *(self.ridge_errors or ()), *(() if self.missing is None else (self.missing,)))
        return all(value <= self.tolerance for value in measured)

    def chosen(self, indices: Sequence[int]) -> Certificate:
        """The certificate of some of the pairs, in this order."""
        listed = {name: getattr(self, name) for name in OF_EACH}
        return replace(self, **{name: tuple(each[i] for i in indices) for name, each in listed.items() if each})

    def as_dict(self) -> dict[str, Any]:
        """The fields that were measured, and ``met``, for JSON."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())} | {"met": self.met}

    def sentence(self) -> str:
        """The certificate for people, without a full stop; empty where a file of an earlier version holds parts of it only."""
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
        """B and its ridge."""
        if self.rank == 0 and not self.ridge:
            return "nothing outside the region changes with the code, so the change inside alone ranks the directions"
        ridge = "no ridge" if not self.tau else f"ridge {self.tau:g} of its trace"
        size = f" of {self.dimensions}" if self.searched == self.dimensions else ""
        if self.gaps is not None:
            return f"{self.rank} eigenvalues of the outside Gram matrix exceed the ridge, {self.tau:g} of its trace"
        return f"outside Gram matrix of rank {self.rank}{size}, {ridge}"

    def _search(self) -> list[str]:
        """The matrix-free search: cost, exactness, energy searched, and what to do if the tolerance was not met."""
        n, whole = self.dimensions, self.searched == self.dimensions
        gap, ridge = max(self.gaps or (), default=0.0), max(self.ridge_errors or (), default=0.0)
        parts = [
            f"{self.products} JVPs and VJPs on all {n} dimensions"
            if whole
            else f"{self.products} JVPs and VJPs instead of {n} JVPs"
        ]
        parts.append(
            f"relative gaps of the eigenvalues at most {_percent(gap)}" if gap < 1 else "relative gaps above 100%"
        )
        if ridge > 0:
            parts.append(f"error from the estimated ridge at most {_percent(ridge)}")
        if not whole:
            parts.append(f"{self.inside:.1%} of the energy inside the region and {self.outside:.1%} outside searched")
        if not self.met:
            worst = max(gap, ridge)
            accept = f", or accept tolerance={worst:.1g}" if worst < 0.5 else ""
            parts.append(
                f"tolerance {self.tolerance:g} not met: allow more products (max_products) or more memory{accept}"
            )
        return parts

    def _preparation(self) -> list[str]:
        """The prepared subspace: cost, energy searched, and what to do if too much is missing."""
        parts = [
            f"solved on {self.searched} of {self.dimensions} dimensions, prepared with {self.products} JVPs and VJPs for every region of the image",
            f"{self.inside:.2%} of the energy inside the region and {self.outside:.2%} outside searched",
        ]
        if not self.met:
            parts.append(
                f"{self.missing:.1g} of the image's energy lies outside these dimensions, more than the {self.tolerance:g} allowed: give more "
                "memory"
            )
        return parts


def _percent(share: float) -> str:
    """``0.6%``; a smaller share than a tenth of one percent is written as that, a larger than 100 % as 100 %."""
    return "0.1%" if share <= 0.001 else f"{min(share, 1.0):.1%}"
