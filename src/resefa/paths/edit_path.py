"""``EditPath``: the curve of one code along one direction, both signs, as nodes with measured changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from resefa.errors import DirectionsError
from resefa.paths.certificate import PathCertificate
from resefa.paths.interpolation import interpolated, slopes

LONGEST_REASON = 200
_REACHED = 0.995
"""Fraction of a strength at which a picture counts as that of the strength."""
_AT_END = 0.999
"""Fraction of the last level from which a strength moves to the end: pictures beyond then repeat that picture."""


@dataclass(frozen=True, eq=False)
class EditPath:
    """A path through the latent space from the far end of strengths below 0 to the far end above 0.

    A place on the path is a *level*: the root of the mean squared change inside, with the sign of the side. Equal steps of
    level are equal root-mean-square changes of the region.

    Attributes:
        steps: (p, n) float32, the displacement of each node from the code, in the coordinates of the direction's space.
        inside, outside: (p,) float64, the mean squared changes measured at the nodes.
        origin: index of the node at the code itself.
        reasons: why the side below 0 and the side above 0 end; empty where the side reached the change that was wanted.
        certificate: cost, and comparison with the straight line.

    Raises:
        DirectionsError: shapes that do not agree, NaN, or a change inside that does not grow away from the origin.
    """

    steps: Tensor
    inside: Tensor
    outside: Tensor
    origin: int
    reasons: tuple[str, str] = ("", "")
    certificate: PathCertificate = field(default_factory=PathCertificate)

    def __post_init__(self) -> None:
        steps = torch.as_tensor(self.steps).detach().to("cpu", torch.float32)
        inside, outside = (
            torch.as_tensor(each).detach().to("cpu", torch.float64) for each in (self.inside, self.outside)
        )
        if steps.ndim != 2 or not steps.numel() or {tuple(inside.shape), tuple(outside.shape)} != {(len(steps),)}:
            shapes = ", ".join(str(tuple(each.shape)) for each in (steps, inside, outside))
            raise DirectionsError(
                f"The steps and changes of a path have shapes {shapes}; expected (nodes, n), (nodes,) and (nodes,)."
            )
        if not all(bool(torch.isfinite(each).all()) for each in (steps, inside, outside)) or bool((outside < 0).any()):
            raise DirectionsError("A path contains NaN, infinity or a change below 0; follow the direction again.")
        if isinstance(self.origin, bool) or not isinstance(self.origin, int) or not 0 <= self.origin < len(steps):
            raise DirectionsError(f"The origin of a path is {self.origin}; expected a node from 0 to {len(steps) - 1}.")
        if bool(steps[self.origin].any()) or bool(inside[self.origin]) or bool(outside[self.origin]):
            raise DirectionsError("The node at the origin of a path moves the code; expected zeros.")
        down, up = inside[: self.origin + 1].flip(0), inside[self.origin :]
        if not all(bool((side.diff() > 0).all()) for side in (down, up)):
            raise DirectionsError("The change inside does not grow along a path; give nodes in the order of the path.")
        if len(self.reasons) != 2 or not all(isinstance(one, str) for one in self.reasons):
            raise DirectionsError("A path has two reasons, one for each side; give two texts.")
        object.__setattr__(self, "steps", steps)
        object.__setattr__(self, "inside", inside)
        object.__setattr__(self, "outside", outside)
        levels = inside.sqrt()
        levels[: self.origin] *= -1
        object.__setattr__(self, "_levels", levels)
        object.__setattr__(self, "_slopes", slopes(levels, steps.double()))

    _levels: Tensor = field(init=False, repr=False)
    _slopes: Tensor = field(init=False, repr=False)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def dimensions(self) -> int:
        """The number n of dimensions of the direction's space."""
        return self.steps.shape[1]

    @property
    def levels(self) -> Tensor:
        """The places of the nodes, (p,) float64, ascending, 0 at the origin."""
        return self._levels

    def end(self, strength: float) -> float:
        """The mean squared change inside at the end of the side of a strength's sign."""
        return float(self.inside[-1 if strength >= 0 else 0])

    def reason(self, strength: float) -> str:
        """Why the side of a strength's sign ends; empty where the side reached the change that was wanted."""
        return self.reasons[strength >= 0]

    def displacements(self, levels: Tensor | Sequence[float]) -> Tensor:
        """The displacements (s, n) float32 at places on the path; levels beyond an end give the end."""
        at = torch.as_tensor(levels, dtype=torch.float64).clamp(float(self._levels[0]), float(self._levels[-1]))
        return interpolated(self._levels, self.steps.double(), self._slopes, at).float()

    def expected_outside(self, level: float) -> float:
        """The mean squared change outside at a place, between the measured nodes by linear interpolation."""
        at = min(max(level, float(self._levels[0])), float(self._levels[-1]))
        i = min(max(int(torch.searchsorted(self._levels, at)), 1), max(len(self) - 1, 1))
        if len(self) == 1:
            return 0.0
        low, high = float(self._levels[i - 1]), float(self._levels[i])
        share = (at - low) / (high - low)
        return float(self.outside[i - 1]) * (1 - share) + float(self.outside[i]) * share

    def strengths(self, change: float) -> PathStrengths:
        """Strengths whose unit is a mean squared change inside."""
        return PathStrengths(self, change)

    def __repr__(self) -> str:
        return f"EditPath({len(self)} nodes in {self.dimensions} dimensions, inside -{self.end(-1):.3g} to +{self.end(1):.3g})"


@dataclass(frozen=True, eq=False)
class PathStrengths:
    """Strengths along a path: strength s is the place where the root-mean-square change inside is ``|s| sqrt(change)``.

    The methods and remarks are those of ``Calibration``.

    Attributes:
        path: of one code.
        change: mean squared change inside of strengths +1 and -1.
    """

    path: EditPath
    change: float

    def alpha(self, strength: float) -> float:
        """The level of a strength, limited to the end of its side."""
        level, end = abs(strength) * self.change**0.5, self.path.end(strength) ** 0.5
        level = end if level > _AT_END * end else level
        return level if strength >= 0 else -level

    def attained(self, sign: float) -> bool:
        """Whether strength 1 of this sign lies on the path."""
        return not self.shortened(math.copysign(1.0, sign))

    def shortened(self, strength: float) -> bool:
        """Whether the path ends before a strength."""
        return abs(strength) * self.change**0.5 * _REACHED > self.path.end(strength) ** 0.5

    def limit(self, strength: float) -> str:
        """The words for a picture that is not an edit of its strength, such as ``limit reached: 0.02 of 0.05``; else empty text."""
        if not strength or not self.shortened(strength):
            return ""
        size, sign, end = abs(strength), "-" if strength < 0 else "+", self.path.end(strength)
        if self.attained(strength):
            return f"limit reached: {sign}{(end / self.change) ** 0.5:.2f} of {sign}{size:.3g}"
        return f"limit reached: {end:.2g} of {size**2 * self.change:.2g}"

    def notes(self, strengths: Sequence[float]) -> list[str]:
        """Notes on images that do not reach their strength: ``+1 reaches a change of 0.02 instead of 0.05``."""
        found = []
        for sign in (-1, 1):
            furthest = max((abs(s) for s in strengths if s * sign > 0), default=0.0)
            if not self.shortened(sign * furthest):
                continue
            mark, end = "-" if sign < 0 else "+", self.path.end(sign)
            if self.attained(sign):
                found.append(f"{mark}{furthest:.3g} is limited to {mark}{(end / self.change) ** 0.5:.2f}")
            else:
                size = min(furthest, 1.0)
                found.append(f"{mark}{size:.3g} reaches a change of {end:.2g} instead of {size**2 * self.change:.2g}")
                if furthest > 1:
                    found[-1] += f", and {mark}{furthest:.3g} reaches no more"
        return found
