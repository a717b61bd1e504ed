"""Protection against an untrusted working folder: it must not decide which program runs or which module is imported.

Three mechanisms use the working folder. Python adds it to the module path for ``python -m`` and for an empty entry of
PYTHONPATH. An empty or relative entry of PATH makes it a place for programs. And libraries search it for settings.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
"""Folder of this package, whose parent always stays on the module path."""


def programs_path() -> str:
    """PATH without empty and relative entries; the system's default if none remains, since an empty PATH means the working folder."""
    for path in (os.environ.get("PATH", ""), os.defpath):
        if kept := [part for part in path.split(os.pathsep) if os.path.isabs(part)]:
            return os.pathsep.join(kept)
    return str(HOME)


def child_environment(**changes: str) -> dict[str, str]:
    """Environment for another program: absolute folders in PATH, and no PYTHON... variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PATH": programs_path()} | changes


@contextlib.contextmanager
def absolute_programs() -> Iterator[None]:
    """Restrict PATH to absolute folders within the block, while a library searches for a program."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = programs_path()
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


@contextlib.contextmanager
def outside_the_working_folder() -> Iterator[None]:
    """Use this package's folder as the working folder within the block, while a library reads its settings."""
    try:
        before = os.getcwd()
    except OSError:  # the working folder was removed: nothing can be read from it
        yield
        return
    os.chdir(HOME)
    try:
        yield
    finally:
        os.chdir(before)


def leave_the_working_folder_out() -> None:
    """Remove the working folder from the module path and from PATH, for the rest of the process. For programs, not libraries."""
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:
        here = None
    kept = [entry for entry in sys.path if entry and os.path.isabs(entry) and _may_stay(entry, here)]
    sys.path[:] = kept
    os.environ["PATH"] = programs_path()


def _may_stay(entry: str, here: str | None) -> bool:
    place = os.path.realpath(entry)
    return place != here or place == str(HOME.parent)
