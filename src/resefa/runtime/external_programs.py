"""What a stranger's working folder must not decide: which program runs, and which module is imported.

Three ways lead there. Python puts the working folder on its module path for ``python -m``, and for an empty entry of
PYTHONPATH. An empty or relative entry of PATH makes it the place where programs are looked for. And libraries look for
their settings in it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
"""This package. Its parent stays on the module path, wherever the work is done."""


def programs_path() -> str:
    """PATH without empty and relative entries; the system's own where none is left, since an empty PATH means the working folder."""
    for path in (os.environ.get("PATH", ""), os.defpath):
        if kept := [part for part in path.split(os.pathsep) if os.path.isabs(part)]:
            return os.pathsep.join(kept)
    return str(HOME)


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for another program: PATH names absolute folders only, and nothing tells Python where to look."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PATH": programs_path()} | changes


@contextlib.contextmanager
def absolute_programs() -> Iterator[None]:
    """While a library looks for a program by its name, PATH names absolute folders only."""
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
    """While a library reads its settings, the working folder is this package's, which has none."""
    try:
        before = os.getcwd()
    except OSError:  # the working folder was removed: nothing is read from it, and nothing leads back
        yield
        return
    os.chdir(HOME)
    try:
        yield
    finally:
        os.chdir(before)


def leave_the_working_folder_out() -> None:
    """Take the working folder off the module path and off PATH, for the rest of this process. For programs, not for a library."""
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
