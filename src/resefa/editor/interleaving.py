"""Generators that let other work go first between their batches of images, so that measuring does not hold up the sliders of others."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from resefa.generators.base import BaseGenerator

G = TypeVar("G", bound=BaseGenerator)
_HOOK = "_between_batches"


def interleaved(generator: G, between: Callable[[], None]) -> G:
    """The same generator, also under other conditions and at other resolutions, with ``between`` called before each batch of images.

    ``between`` may raise CancelledError, which stops the work that asked for the images.
    """
    other = copy.copy(generator)
    setattr(other, _HOOK, between)
    other.__class__ = _interleaved(type(generator))
    return other


@cache
def _interleaved(kind: type[BaseGenerator]) -> Any:
    """A subclass: views of a generator are copies, which keep the class and find their own conditions."""

    class Interleaved(kind):  # type: ignore[valid-type, misc]
        def synthesize(self, *given: Any, **named: Any) -> Any:
            getattr(self, _HOOK)()
            return super().synthesize(*given, **named)

    Interleaved.__name__ = Interleaved.__qualname__ = kind.__name__
    return Interleaved
