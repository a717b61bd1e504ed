"""The protocol of every method of discovery, so that methods can be compared."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from resefa.directions.directions import Directions
from resefa.discovery.problem import EditSpace, RegionProblem
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode


@runtime_checkable
class Method(Protocol):
    """From a region problem to directions, best first. A method is a frozen dataclass whose fields are its options.

    ``tests/contracts/test_methods.py`` is the suite that every method passes; ``registry.py`` lists them.

    Attributes:
        name: the provenance of a result has it.
    """

    name: str

    def find(self, problem: RegionProblem, k: int) -> Directions:
        """At most k directions; fewer where the method has fewer.

        Raises:
            UsageError: k below 1, or the reason why the method does not apply.
        """
        ...

    def edit_for(self, generator: BaseGenerator, code: LatentCode, edit: EditSpace) -> EditSpace:
        """The edit with a space that the method has directions in, where the caller named none; else the edit itself.

        Raises:
            UsageError, LatentError: the method has no directions of this edit.
        """
        ...

    def reason_not(self, generator: BaseGenerator, space: str | None = None) -> str | None:
        """One sentence why the method does not apply to this generator, or not in this space; None where it does."""
        ...
