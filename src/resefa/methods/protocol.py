"""The protocol of the methods of discovery, which makes them interchangeable."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode


@runtime_checkable
class Method(Protocol):
    """A method of discovery: a frozen dataclass with the method's options, which finds directions for a region problem.

    ``tests/contracts/test_methods.py`` is the suite that every method passes; ``registry.py`` lists them.

    Attributes:
        name: the provenance of a result has it.
    """

    name: str

    def find(self, problem: RegionProblem, k: int) -> Directions:
        """At most k directions, best first; fewer if the method finds fewer.

        Raises:
            UsageError: k below 1, or the reason why the method does not apply.
        """
        ...

    def edit_for(self, generator: BaseGenerator, code: LatentCode, edit: EditSpace) -> EditSpace:
        """The edit with a space in which the method finds directions, if the caller named none; else the edit unchanged.

        Raises:
            UsageError, LatentError: the method has no directions of this edit.
        """
        ...

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        """A sentence with the reason why the method does not apply to this generator or in this space; None if it applies."""
        ...
