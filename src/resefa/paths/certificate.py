"""The certificate of a path: its cost, and its change outside beside that of the straight line. Plain data, without torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from msgspec import Meta

_Count = Annotated[int, Meta(ge=0, le=2**62)]
_Change = Annotated[float, Meta(ge=0, le=1e6)]


@dataclass(frozen=True)
class StraightComparison:
    """Mean squared changes of the path and of the straight line at the same change inside.

    Attributes:
        sign: the side, 1 or -1.
        inside: the change inside of both.
        outside: of the path.
        straight: of the straight line; None where the line does not reach the change inside.
    """

    sign: int
    inside: _Change
    outside: _Change
    straight: _Change | None = None

    @property
    def ratio(self) -> float | None:
        """The path's change outside divided by the straight line's; None where it cannot be compared."""
        return self.outside / self.straight if self.straight else None


@dataclass(frozen=True)
class PathCertificate:
    """Cost and accuracy of a path, as measured while it was followed. The annotations are the schema in a paths file.

    Attributes:
        forward, reverse: JVPs and VJPs.
        images: images made.
        jacobians: whole Jacobians computed; their JVPs count in ``forward``.
        steps, rejected: steps taken, and steps tried and shortened.
        max_products: the budget of JVPs and VJPs; None: no budget.
        straight: the comparison with the straight line, where measured.
    """

    forward: _Count = 0
    reverse: _Count = 0
    images: _Count = 0
    jacobians: _Count = 0
    steps: _Count = 0
    rejected: _Count = 0
    max_products: _Count | None = None
    straight: tuple[StraightComparison, ...] = ()

    @property
    def products(self) -> int:
        """The total number of JVPs and VJPs."""
        return self.forward + self.reverse

    def as_dict(self) -> dict[str, Any]:
        """A dictionary for JSON: the fields that have a value."""
        found = asdict(self)
        found["straight"] = [asdict(one) | {"ratio": one.ratio} for one in self.straight]
        return {name: value for name, value in found.items() if value not in (None, [])} | {"products": self.products}

    def sentence(self) -> str:
        """The certificate as text without a full stop."""
        cost = f"{self.products} JVPs and VJPs and {self.images} images in {self.steps} steps"
        ratios = sorted(one.ratio for one in self.straight if one.ratio is not None)
        if not ratios:
            return cost
        return f"{cost}; change outside {ratios[0]:.2g} to {ratios[-1]:.2g} times the straight line's"
