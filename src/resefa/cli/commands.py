"""Command classes that show flags without a value in the help, and name options in every message.

The library names Python parameters in its messages (``errors.parameter``). A command writes its options in their place:
``analysis_resolution`` becomes ``--analysis-resolution``. The few options that have another name than their parameter are
in ``RENAMED``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from typer.core import TyperCommand, TyperGroup

RENAMED = {
    "allow_globals": "allow_global",
    "cache": "keep",
    "composite": "exact_outside",
    "ranked": "unranked",
    "settings": "setting",
    "source_file": "from",
    "url": "from",
}
"""Python parameter -> option, for options whose name is not the parameter's name with hyphens."""
OPPOSITE = {"ranked"}
"""Parameters that are True if the option is not given."""


def option_names(command: Any) -> dict[str, str]:
    """A mapping from a command's parameters to options (``--batch``) or metavars of arguments (``MODEL``)."""
    names = {}
    for parameter in command.params:
        long = [name for name in parameter.opts if name.startswith("--")]
        names[parameter.name] = long[0] if long else parameter.name.upper()
        names |= {name[2:].replace("-", "_"): name for name in long}
    return names


def on_command_line(options: Mapping[str, str]) -> Callable[[str, str | None], str]:
    """A function that writes a parameter in a message as the command's option: ``--memory 2GiB``.

    A parameter without an option keeps its Python name.
    """

    def form(name: str, value: str | None) -> str:
        option = options.get(RENAMED.get(name, name))
        if option is None:
            return name if value is None else f"{name}={value}"
        return option if value is None else _with_value(option, _literal(value), name in OPPOSITE)

    return form


_running: dict[str, str] = {}
"""The options of the running command."""


def worded(text: Any) -> str:
    """A library message with Python parameters replaced by the running command's options; other text is unchanged."""
    from resefa.errors import Message

    return text.worded(on_command_line(_running)) if isinstance(text, Message) else str(text)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _with_value(option: str, value: Any, opposite: bool) -> str:
    if isinstance(value, bool):
        return option if value is not opposite else f"no {option}"
    if isinstance(value, dict):
        return " ".join(f"{option} {name}={_joined(each)}" for name, each in value.items())
    return f"{option} {_joined(value)}"


def _joined(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _bare_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    return parameters


class Command(TyperCommand):
    """A command that names options in its messages, and shows flags without ``<bool>`` in its help."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _bare_flags(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        from resefa.errors import ResefaError

        _running.clear()
        # An option of another command is better advice than a Python parameter.
        for other in getattr(getattr(ctx.parent, "command", None), "commands", {}).values():
            _running.update(option_names(other))
        _running.update(option_names(self))
        try:
            return super().invoke(ctx)
        except ResefaError as error:
            error.args = (worded(error.message),)
            raise


class Group(TyperGroup):
    """A group of commands that shows flags without ``<bool>`` in its help."""

    def get_params(self, ctx: Any) -> list[Any]:
        return _bare_flags(super().get_params(ctx))
