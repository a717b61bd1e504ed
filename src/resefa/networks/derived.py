"""Buffers derived from a module's weights, computed once instead of in every pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import Tensor, nn

_TO_COME: ContextVar[bool] = ContextVar("weights to come", default=False)


@contextmanager
def weights_to_come() -> Iterator[None]:
    """Context in which modules are built without weights; their derived buffers are computed when weights are loaded."""
    token = _TO_COME.set(True)
    try:
        yield
    finally:
        _TO_COME.reset(token)


class Derived(nn.Module, ABC):
    """A module that calls ``refresh`` whenever its weights may have changed: after loading, or on a new dtype or device.

    The weights of a generator are constants and never trained, so ``refresh`` sets buffers without gradient. The first
    pass cannot set them, since a pass may run inside a transform of ``torch.func``, whose tensors must not outlive it.
    """

    @abstractmethod
    def refresh(self) -> None:
        """Recompute the buffers from the weights."""

    def first_refresh(self) -> None:
        """Call ``refresh`` from a constructor, unless the weights are still to be loaded."""
        if not _TO_COME.get():
            self.refresh()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Derived:
        # Recomputed from the weights, not converted: a buffer rounded to float32 would stay rounded in float64.
        super()._apply(fn, recurse)
        self.refresh()
        return self

    def _load_from_state_dict(self, *arguments: Any, **named: Any) -> None:
        super()._load_from_state_dict(*arguments, **named)
        self.refresh()
