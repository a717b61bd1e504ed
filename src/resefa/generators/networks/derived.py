"""Constants that follow from a module's weights, computed once instead of in every pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn


class Derived(nn.Module, ABC):
    """A module that calls ``refresh`` whenever its weights may have changed: loaded, or of a new type or device.

    The weights of a generator are constants here, never trained: ``refresh`` sets buffers that carry no gradient. It
    cannot be left to the first pass, since a pass may run inside a transform of ``torch.func``, whose tensors must not
    outlive it.
    """

    @abstractmethod
    def refresh(self) -> None:
        """Recompute the buffers from the weights."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Derived:
        # From the weights again, not the buffer converted: what was rounded in float32 would stay so in float64.
        super()._apply(fn, recurse)
        self.refresh()
        return self

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self.refresh()
