"""Session of a computation: memory, caches, precision, progress and cancellation in one object that is passed down."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from typing import cast

import torch

from resefa.errors import UsageError, parameter, shown_value
from resefa.runtime.cancellation import Cancellation
from resefa.runtime.devices import stored_dtype
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget, memory_bytes
from resefa.runtime.progress import Progress

Announce = Callable[[str], None]
SHARED_CACHE = JacobianCache()
"""The cache of sessions that name none, for the life of the process: a second region on the same image finds its Jacobian here."""
SHARES: dict[str, float] = {
    "all": 1.0,
    "tangents": 0.5,
    "subspace": 0.5,
    "graphs": 0.25,
    "tiles": 0.25,
}
"""Fraction of the memory budget for each consumer. A search holds a subspace and tangents; its VJPs hold graphs of the forward pass
within the tangents' half; Gram matrices of tiles are made when tangents are gone."""
MOST_FOR_TILES = 3 * 2**29
"""Bytes for the Gram matrices of an image's tiles, however large the budget: more make further regions no faster."""


class Session:
    """Memory, caches, precision and progress of a computation; they change the result of a ``RegionProblem`` by rounding only.

    Args:
        memory: budget in bytes, or text such as ``"2GiB"``. None: half of what is free when the session first asks, read once for each device.
        cache: a folder, in which Jacobians and searched subspaces are cached for later runs too, or a JacobianCache. None: the
            cache of the process, in memory.
        stored: precision in which whole Jacobians are stored, or its name. None: the generator's. float16 takes half the memory.
        progress: called with (done, total).
        announce: called with a sentence before long work begins: how long, how much memory.
        cancellation: stops the work between two chunks of products.

    Raises:
        UsageError: an argument of another type, or a budget too small for any network.
    """

    def __init__(
        self,
        *,
        memory: int | str | None = None,
        cache: JacobianCache | str | os.PathLike[str] | None = None,
        stored: torch.dtype | str | None = None,
        progress: Progress | None = None,
        announce: Announce | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        for name, callback in (("progress", progress), ("announce", announce)):
            if callback is not None and not callable(callback):
                raise UsageError(f"{parameter(name)} is {shown_value(callback)}; expected a function.")
        self.memory = None if memory is None else memory_bytes(memory)
        if isinstance(cache, str | os.PathLike):
            cache = JacobianCache(folder=cache)
        elif not isinstance(cast(object, cache), JacobianCache | None):
            raise UsageError(f"{parameter('cache')} is {shown_value(cache)}; give a folder, or a JacobianCache.")
        # An empty cache has length 0 and is false.
        self.cache: JacobianCache = SHARED_CACHE if cache is None else cache
        self.stored = None if stored is None else stored_dtype(stored)
        self.progress = progress
        self.announce = announce
        self.cancellation = cancellation
        self.device = torch.device("cpu")
        self._budgets: dict[torch.device, int] = {}

    @property
    def memory_is_named(self) -> bool:
        """Whether the caller set the budget. Work that does not fit a named budget is refused; other work is tried."""
        return self.memory is not None

    def on(self, device: torch.device) -> Session:
        """The same session with the memory of ``device``; caches and budgets are shared."""
        return self._with("device", device)

    def with_progress(self, progress: Progress | None) -> Session:
        """The same session with a different progress callback."""
        return self._with("progress", progress)

    def announcing(self, announce: Announce | None) -> Session:
        """The same session that announces to a different listener, or to none."""
        return self._with("announce", announce)

    def _with(self, name: str, value: object) -> Session:
        other = copy.copy(self)
        setattr(other, name, value)
        return other

    def memory_for(self, what: str) -> int:
        """Bytes of the budget for one of ``SHARES``."""
        if self.device not in self._budgets:
            self._budgets[self.device] = memory_budget(self.memory, self.device)
        share = int(self._budgets[self.device] * SHARES[what])
        return min(share, MOST_FOR_TILES) if what == "tiles" else share

    def check_cancelled(self) -> None:
        """Raise CancelledError if the caller cancelled the work."""
        if self.cancellation is not None:
            self.cancellation.check()

    def say(self, sentence: str) -> None:
        """Pass a sentence to the ``announce`` callback, if there is a callback."""
        if self.announce is not None:
            self.announce(sentence)

    def report(self, done: int, total: int) -> None:
        """Report progress to the callback, if there is a callback; raise CancelledError if the work was cancelled."""
        if self.progress is not None:
            self.progress(done, total)
        self.check_cancelled()

    def part(self, index: int, parts: int) -> Session:
        """The session of one of several equal parts of the work: its progress is that of all parts together."""
        progress = self.progress
        if progress is None or parts == 1:
            return self
        return self.with_progress(lambda done, total: progress(index * total + done, parts * total))
