"""Curved directions: edits whose step is a function of the strength, with one curve for each code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor

from resefa.directions.directions import Direction
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode


class Strengths(Protocol):
    """Strengths of one direction on one image: calibrated steps along a line (``Calibration``), or places on a curve."""

    def alpha(self, strength: float) -> float:
        """The signed step of a strength, limited to the longest good step."""
        ...

    def limit(self, strength: float) -> str:
        """A remark on a picture that is not an edit of its strength; else empty text."""
        ...

    def notes(self, strengths: Sequence[float]) -> list[str]:
        """Remarks on sides that do not reach their strengths."""
        ...


class CurvedDirection(Direction, ABC):
    """A direction whose edit leaves the straight line: ``vector`` is its tangent at strength 0.

    Every edit and sweep takes a curved direction in place of a direction. Its strengths are multiples of a change inside the
    region, so that no calibration is needed; its curves belong to codes, so that no other code can be edited.
    """

    @abstractmethod
    def on_codes(self, generator: BaseGenerator, code: LatentCode) -> CurvedDirection:
        """The curves of these codes, in this order.

        Raises:
            LatentError: a code without a curve.
        """

    @abstractmethod
    def curve_facts(self) -> dict[str, Any]:
        """The curve of one code as plain data: its ends, why it ends, and its certificate."""

    @abstractmethod
    def change_of(self, change: float | None) -> float:
        """The mean squared change of strength 1: the given change, else the change for which the curves were made."""

    @abstractmethod
    def strengths(self, change: float) -> Strengths:
        """The places of strengths on the curve of one code; strength 1 has this mean squared change inside."""

    @abstractmethod
    def displacements(self, places: Tensor) -> Tensor:
        """The displacements (s, n) from the code at places (s,) on the curve of one code, in the direction's space."""


def checked_straight(direction: Direction) -> Direction:
    """Check that a direction is a straight line, and return it.

    Raises:
        UsageError: a curved direction, whose strengths need no calibration.
    """
    if isinstance(direction, CurvedDirection):
        raise UsageError(
            f"{direction.name} has paths, but {parameter('direction')} must be a straight direction here; give its attribute straight. Strengths along paths are changes inside and need no calibration."
        )
    return direction


def default_change(directions: Sequence[Direction], change: float | None) -> float | None:
    """The change of strength 1: the given change, else that of the first curved direction; None without curved directions."""
    curved = next((one for one in directions if isinstance(one, CurvedDirection)), None)
    return change if curved is None else curved.change_of(change)
