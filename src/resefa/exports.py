"""Public names of a package, imported on first use, so that ``import resefa`` and the command line's help do not wait for torch."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def lazy_exports(
    package: str, modules: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package whose public names live in ``modules``.

    The package's ``__init__`` imports the same names under ``if TYPE_CHECKING``, for type checkers and editors;
    ``tests/test_public_names.py`` compares the two lists.

    Args:
        package: the package's ``__name__``.
        modules: full name of a module -> the names to export from it. A name must differ from the package's module
            files: importing ``package/edit.py`` sets ``package.edit`` to the module.
    """
    homes = {name: module for module, names in modules.items() for name in names}

    def lazy_getattr(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(homes[name]), name)
        vars(sys.modules[package])[name] = value
        return value

    def lazy_dir() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return lazy_getattr, lazy_dir, sorted(homes)
