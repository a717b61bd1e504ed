"""A store of Jacobians that knows what each of them cost, so that discovery is timed with and without them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from resefa.jacobian.dense import ImageJacobian
from resefa.runtime.jacobian_cache import ImageKey, JacobianCache, JacobianForm
from resefa.runtime.jacobian_file import ColumnFile

T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """Seconds of one discovery: of the Jacobians that it used, whoever paid for them, and of all the rest."""

    jacobian: float
    rest: float

    @property
    def total(self) -> float:
        return self.jacobian + self.rest


class TimedCache(JacobianCache):
    """Every finder that uses a Jacobian is charged its whole price, the first as well as those who find it kept.

    The Gram matrices of tiles, which all finders share, are taken at once and count as part of the Jacobian.
    """

    def __init__(self, capacity: int = 2**30) -> None:
        super().__init__(capacity)
        self._prices: dict[str, float] = {}
        self._used: set[str] = set()
        self._spent = 0.0

    def get(
        self,
        key: ImageKey,
        wanted: JacobianForm,
        compute: Callable[[ColumnFile | None], T | None],
        build: Callable[[Tensor, tuple[int, int, int], str], T],
        waiting: Callable[[], None] | None = None,
    ) -> T:
        def timed(file: ColumnFile | None) -> T | None:
            start = time.perf_counter()
            found = compute(file)
            if isinstance(found, ImageJacobian):
                _ = found.whole
            self._prices[key.name] = time.perf_counter() - start
            self._spent += self._prices[key.name]
            return found

        found = super().get(key, wanted, timed, build, waiting)
        self._used.add(key.name)
        return found

    def timed(self, work: Callable[[], T]) -> tuple[T, Cost]:
        """The result of ``work`` and what it cost."""
        self._used, self._spent = set(), 0.0
        start = time.perf_counter()
        found = work()
        rest = time.perf_counter() - start - self._spent
        return found, Cost(sum(self._prices.get(key, 0.0) for key in self._used), rest)
