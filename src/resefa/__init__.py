"""Region-based semantic factorization: mark a region of a generated image, get the latent directions that change it alone.

The names below are the whole public surface. They load on first use, so that ``import resefa`` and the command line's
help do not wait for torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from resefa.version import VERSION as __version__

_PUBLIC = {
    "Cancellation": "resefa.runtime.cancellation",
    "Composition": "resefa.editing.composition",
    "Direction": "resefa.directions.directions",
    "Directions": "resefa.directions.directions",
    "EditSpace": "resefa.discovery.problem",
    "Generator": "resefa.generators.protocol",
    "JacobianCache": "resefa.runtime.jacobian_cache",
    "JacobianOperator": "resefa.jacobian.operator",
    "LatentCode": "resefa.latents.code",
    "ReSeFa": "resefa.methods.resefa",
    "Region": "resefa.regions.region",
    "RegionGrams": "resefa.discovery.region_grams",
    "RegionProblem": "resefa.discovery.problem",
    "ResefaError": "resefa.errors",
    "ResefaWarning": "resefa.errors",
    "Session": "resefa.runtime.session",
    "Sweep": "resefa.presentation.sweep",
    "calibrate": "resefa.editing.strength",
    "discover": "resefa.methods.discover",
    "edit": "resefa.editing.edit",
    "load": "resefa.generators.load",
    "locality": "resefa.editing.locality",
    "picture": "resefa.presentation.save_images",
    "save_images": "resefa.presentation.save_images",
    "save_page": "resefa.presentation.sheets",
    "save_sheet": "resefa.presentation.sheets",
    "sheet": "resefa.presentation.sheets",
    "wrap": "resefa.generators.wrapped",
}

if TYPE_CHECKING:
    from resefa.directions.directions import Direction, Directions
    from resefa.discovery.problem import EditSpace, RegionProblem
    from resefa.discovery.region_grams import RegionGrams
    from resefa.editing.composition import Composition
    from resefa.editing.edit import edit
    from resefa.editing.locality import locality
    from resefa.editing.strength import calibrate
    from resefa.errors import ResefaError, ResefaWarning
    from resefa.generators.load import load
    from resefa.generators.protocol import Generator
    from resefa.generators.wrapped import wrap
    from resefa.jacobian.operator import JacobianOperator
    from resefa.latents.code import LatentCode
    from resefa.methods.discover import discover
    from resefa.methods.resefa import ReSeFa
    from resefa.presentation.save_images import picture, save_images
    from resefa.presentation.sheets import save_page, save_sheet, sheet
    from resefa.presentation.sweep import Sweep
    from resefa.regions.region import Region
    from resefa.runtime.cancellation import Cancellation
    from resefa.runtime.jacobian_cache import JacobianCache
    from resefa.runtime.session import Session

__all__ = [
    "Cancellation",
    "Composition",
    "Direction",
    "Directions",
    "EditSpace",
    "Generator",
    "JacobianCache",
    "JacobianOperator",
    "LatentCode",
    "ReSeFa",
    "Region",
    "RegionGrams",
    "RegionProblem",
    "ResefaError",
    "ResefaWarning",
    "Session",
    "Sweep",
    "__version__",
    "calibrate",
    "discover",
    "edit",
    "load",
    "locality",
    "picture",
    "save_images",
    "save_page",
    "save_sheet",
    "sheet",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'resefa' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
