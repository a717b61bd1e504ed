"""Session of a computation (memory budget, caches, progress, cancellation), and files shared by several processes."""

from typing import TYPE_CHECKING

from resefa.exports import lazy_exports

if TYPE_CHECKING:
    from resefa.runtime.cancellation import Cancellation as Cancellation
    from resefa.runtime.image_probe import Probe as Probe
    from resefa.runtime.jacobian_cache import JacobianCache as JacobianCache
    from resefa.runtime.session import Session as Session

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "resefa.runtime.cancellation": ["Cancellation"],
        "resefa.runtime.image_probe": ["Probe"],
        "resefa.runtime.jacobian_cache": ["JacobianCache"],
        "resefa.runtime.session": ["Session"],
    },
)
