"""Options of the command line to those of one method of discovery; what it does not take is refused."""

from __future__ import annotations

from typing import Any

from resefa.errors import UsageError

_NAMES = {"keep": "cache", "unranked": "ranked"}
"""Options that a method knows by another name."""


def given_options(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """The method's options by its own names.

    Raises:
        UsageError: no such method, or one that does not take an option that was given.
    """
    from resefa.discovery.finders import options_of

    known = options_of(method)
    for name in given:
        if _NAMES.get(name, name) not in known:
            raise UsageError(f"--{name.replace('_', '-')} came, but the method {method} does not take it: leave it out.")
    taken = {_NAMES.get(name, name): value for name, value in given.items()}
    if "unranked" in given:
        taken["ranked"] = not given["unranked"]
    return taken
