"""How work is done: the session with its memory budget, caches, progress and cancellation; files that many processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.runtime.cancellation import Cancellation
    from resefa.runtime.jacobian_cache import JacobianCache
    from resefa.runtime.session import Session

__getattr__, __dir__, _names = lazy_exports(
    __name__,
    {
        "resefa.runtime.cancellation": ["Cancellation"],
        "resefa.runtime.jacobian_cache": ["JacobianCache"],
        "resefa.runtime.session": ["Session"],
    },
)
__all__ = ["Cancellation", "JacobianCache", "Session"]
