"""Options of the command line to those of one method of discovery; what it does not take is refused."""

from __future__ import annotations

from typing import Any

_NAMES = {"keep": "cache", "unranked": "ranked"}
"""Options that a method knows by another name."""


def given_options(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """The method's options by its own names.

    Raises:
        UsageError: no such method, or one that does not take an option that was given.
    """
    from resefa.methods.registry import check_options

    written = {theirs: ours for ours, theirs in _NAMES.items()}
    check_options(
        method,
        (_NAMES.get(name, name) for name in given),
        lambda name: f"--{written.get(name, name).replace('_', '-')}",
    )
    taken = {_NAMES.get(name, name): value for name, value in given.items()}
    if "unranked" in given:
        taken["ranked"] = not given["unranked"]
    return taken
