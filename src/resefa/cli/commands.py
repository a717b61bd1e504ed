"""How commands and their options look in the help: a flag takes no value, so none is shown."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


def _bare_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    return parameters


class Command(TyperCommand):
    """A command whose flags are shown without ``<bool>``."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _bare_flags(super().get_params(ctx))


class Group(TyperGroup):
    """A group of such commands; sub-commands are made of ``Command`` by ``add``."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _bare_flags(super().get_params(ctx))
