"""What every method of discovery offers, so that methods can be compared."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from resefa.directions.directions import Directions
from resefa.generators.protocol import Generator
from resefa.latents.code import LatentCode
from resefa.regions.region import Region


@runtime_checkable
class Finder(Protocol):
    """From a region on the images of some codes to directions, best first.

    ``tests/contracts/test_finders.py`` is the suite that every member passes; ``finders.py`` lists them.

    Attributes:
        name: what the result's provenance calls the method.
    """

    name: str

    def find(self, generator: Generator, code: LatentCode, region: Region, *, k: int) -> Directions:
        """At most k directions; fewer where the method has fewer.

        Raises:
            UsageError: k below 1, no code, or the reason why the method does not apply.
        """
        ...

    def reason_not(self, generator: Generator) -> str | None:
        """One sentence why the method does not apply to this generator, None where it does."""
        ...
