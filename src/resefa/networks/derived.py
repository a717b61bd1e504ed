"""Constants that follow from a module's weights, computed once instead of in every pass."""

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
    """Modules made within have no weights yet: what follows from them is computed once these are loaded."""
    token = _TO_COME.set(True)
    try:
        yield
    finally:
        _TO_COME.reset(token)


class Derived(nn.Module, ABC):
    """A module that calls ``refresh`` whenever its weights may have changed: loaded, or of a new type or device.

    The weights of a generator are constants here, never trained: ``refresh`` sets buffers that carry no gradient. It
    cannot be left to the first pass, since a pass may run inside a transform of ``torch.func``, whose tensors must not
    outlive it.
    """

    @abstractmethod
    def refresh(self) -> None:
        """Recompute the buffers from the weights."""

    def first_refresh(self) -> None:
        """For constructors: ``refresh``, unless weights are still to come."""
        if not _TO_COME.get():
            self.refresh()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Derived:
        # From the weights again, not the buffer converted: what was rounded in float32 would stay so in float64.
        super()._apply(fn, recurse)
        self.refresh()
        return self

    def _load_from_state_dict(self, *arguments: Any, **named: Any) -> None:
        super()._load_from_state_dict(*arguments, **named)
        self.refresh()
