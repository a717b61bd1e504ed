"""Public names are importable, listed once for type checkers and once for the interpreter, and load nothing early."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import resefa

SOURCE = Path(resefa.__file__).parent


def packages() -> list[str]:
    """Packages that export names lazily."""
    found = []
    for module in pkgutil.walk_packages(resefa.__path__, "resefa."):
        if module.ispkg and "lazy_exports" in init_of(module.name).read_text():
            found.append(module.name)
    return found


def init_of(package: str) -> Path:
    return SOURCE.joinpath(*package.split(".")[1:], "__init__.py")


@pytest.mark.parametrize("package", packages())
def test_every_public_name_is_importable_and_typed(package):
    module = importlib.import_module(package)
    assert module.__all__ and set(module.__all__) <= set(dir(module))
    typed = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(init_of(package).read_text()))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is not None
    }
    assert sorted(typed) == module.__all__
    for name, home in typed.items():
        where, _, there = home.rpartition(".")
        assert getattr(module, name) is getattr(importlib.import_module(where), there)
        assert not (init_of(package).parent / f"{name}.py").exists(), f"{package}.{name} is hidden by a module"


@pytest.mark.parametrize("package", packages())
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="'missing'"):
        _ = importlib.import_module(package).missing


def test_packages_do_not_load_torch():
    code = f"import sys, {', '.join(packages())}; assert not {{'torch', 'numpy'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
