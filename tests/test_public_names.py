"""Public names are importable, listed once for type checkers and once for the interpreter, and load nothing early."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import resefa

SOURCE = Path(resefa.__file__).parent


def packages() -> list[str]:
    """Packages that export names lazily."""
    found = ["resefa"]
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
    assert sorted(typed) == sorted(module.__all__)
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


ROOT = SOURCE.parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").glob("*.py"))]
NAME = re.compile(r"\bresefa(?:\.[A-Za-z_]\w*)+")
IMPORT = re.compile(r"^from (resefa[\w.]*) import ([\w, ]+)$", re.M)


def named_in(text: str) -> set[str]:
    """Dotted names below ``resefa``, and names imported from there."""
    imported = {f"{module}.{name.strip()}" for module, names in IMPORT.findall(text) for name in names.split(",")}
    return set(NAME.findall(text)) | imported


def resolved(name: str) -> object:
    """The object of a dotted name, its modules imported on the way."""
    parts = name.split(".")
    for i in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:i]))
        except ImportError:
            continue
        for part in parts[i:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)


# Metadata keys and file names of the documentation that look like names of Python.
NOT_PYTHON = {"resefa.checkpoint", "resefa.codes", "resefa.md", "resefa.paths"}


def test_names_of_the_documentation_exist():
    missing = []
    for page in PAGES:
        for name in sorted(named_in(page.read_text("utf-8")) - NOT_PYTHON):
            try:
                resolved(name)
            except AttributeError:
                missing.append(f"{page.relative_to(ROOT)}: {name}")
    assert not missing, "\n".join(missing)


def test_names_of_docstrings_exist():
    missing = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                for name in sorted(set(NAME.findall(" ".join(re.findall(r"``[^`]*``", text)))) - NOT_PYTHON):
                    try:
                        resolved(name)
                    except AttributeError:
                        missing.append(f"{path.relative_to(SOURCE)}: {name}")
    assert not missing, "\n".join(missing)


def public() -> dict[str, object]:
    """Every public name of ``resefa`` and its packages."""
    found = {}
    for package in packages():
        module = importlib.import_module(package)
        found |= {f"{package}.{name}": getattr(module, name) for name in module.__all__}
    return found


def annotations_of(thing: object) -> list[tuple[str, str]]:
    """(where, annotation) of the parameters, results and attributes of a public function or class."""
    if inspect.isclass(thing):
        members = [value for name, value in vars(thing).items() if not name.startswith("_") or name == "__init__"]
        functions = [getattr(value, "fget", None) or getattr(value, "__func__", value) for value in members]
        own = [
            (thing.__module__, str(text))
            for name, text in vars(thing).get("__annotations__", {}).items()
            if name[0] != "_"
        ]
        return own + [
            pair for function in functions if inspect.isfunction(function) for pair in annotations_of(function)
        ]
    function = inspect.unwrap(thing)  # type: ignore[arg-type]
    return [(function.__module__, str(text)) for text in getattr(function, "__annotations__", {}).values()]


def classes_in(module: str, annotation: str) -> list[type]:
    """Classes of resefa that an annotation of a module names."""
    tree = ast.parse(Path(sys.modules[module].__file__ or "").read_text("utf-8"))
    homes = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("resefa")
        for alias in node.names
    }
    found = []
    for name in re.findall(r"[A-Za-z_]\w*", annotation):
        home = homes.get(name, f"{module}.{name}")
        value = getattr(importlib.import_module(home.rpartition(".")[0]), home.rpartition(".")[2], None)
        if inspect.isclass(value) and value.__module__.startswith("resefa") and not name.startswith("_"):
            found.append(value)
    return found


INNER = {"resefa.runtime.jacobian_cache", "resefa.runtime.jacobian_file", "resefa.directions.formats.reading"}
"""Types of members that the library alone calls or reads: ``JacobianCache.get``, ``OpenedFile.content``."""


def test_what_a_public_call_takes_or_returns_is_public():
    names = public()
    known = {id(value) for value in names.values()}
    known |= {
        id(value)
        for package in ("errors", "pickles", "types")
        for value in vars(resolved(f"resefa.{package}")).values()
    }
    missing = {
        f"{kind.__module__}.{kind.__qualname__} (in {name})"
        for name, thing in names.items()
        if getattr(thing, "__module__", "").startswith("resefa")
        for module, annotation in annotations_of(thing)
        for kind in classes_in(module, annotation)
        if id(kind) not in known and kind.__module__ not in INNER
    }
    assert not missing, "\n".join(sorted(missing))
