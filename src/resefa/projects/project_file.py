"""Project files: JSON that is checked against the document's types; reading runs no code and opens no other file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec

from resefa.errors import ProjectError, printable
from resefa.files.input_file import read_input, user_path
from resefa.files.output_file import write_bytes
from resefa.files.schema import decode
from resefa.projects.project import MARK, VERSION, Project

LARGEST_FILE = 2**26
"""Largest project file in bytes."""
_REMEDY = "save the project again"


class _Head(msgspec.Struct, frozen=True):
    format: str = ""
    version: int = 0


def read_project(source: bytes | str | os.PathLike[str]) -> Project:
    """Read a project from the bytes of a file, or from a path; the content may come from anyone.

    Raises:
        ProjectError: not a project, a newer version, damaged, or too large.
        DirectionsError: damaged directions.
    """
    if isinstance(source, bytes):
        data, name = source, "The project"
        if len(data) > LARGEST_FILE:
            raise ProjectError(f"The project has {len(data):,} bytes; a project has at most {LARGEST_FILE:,}.")
    else:
        data, name = read_input(source, LARGEST_FILE, raises=ProjectError), printable(user_path(source).name, 100)
    if not data.lstrip()[:1] == b"{":
        raise ProjectError(f"{name} is not a project of the editor; give a file that was saved with Project.")
    head = decode(data, _Head, name, raises=ProjectError, remedy=_REMEDY)
    if head.format != MARK:
        raise ProjectError(f"{name} is not a project of the editor; give a file that was saved with Project.")
    if head.version > VERSION:
        raise ProjectError(
            f"{name} has version {head.version} of the format, but this resefa reads version {VERSION}; update resefa."
        )
    return decode(data, Project, name, raises=ProjectError, remedy=_REMEDY).checked()


def project_bytes(project: Project) -> bytes:
    """The bytes of a project's file. Reading them and writing again gives the same bytes.

    Raises:
        ProjectError: values beyond the limits of the document.
    """
    try:
        plain = msgspec.to_builtins(project)
        _check_finite(plain)
        # Through the types once: numbers such as 1 for 1.0 become what reading gives, and limits are checked.
        checked = msgspec.convert(plain, Project).checked()
    except (msgspec.MsgspecError, ValueError) as error:
        raise ProjectError(f"The project cannot be saved ({printable(error, 160)}).") from error
    data = msgspec.json.encode(checked) + b"\n"
    if len(data) > LARGEST_FILE:
        raise ProjectError(
            f"The project has {len(data):,} bytes; a project has at most {LARGEST_FILE:,}. Hide cards that are not needed."
        )
    return data


def save_project(path: str | Path, project: Project) -> None:
    """Write a project file atomically.

    Raises:
        ProjectError: values beyond the limits of the document.
        OutputError: the file cannot be written.
    """
    write_bytes(user_path(path), project_bytes(project), rescue=True)


def _check_finite(value: Any) -> None:
    """Raise ValueError for NaN and infinity, which JSON does not have."""
    if isinstance(value, float) and value - value != 0:
        raise ValueError(f"a number is {value}")
    if isinstance(value, dict):
        for one in value.values():
            _check_finite(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _check_finite(one)
