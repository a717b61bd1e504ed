"""The command line page names every command and every option."""

from __future__ import annotations

from pathlib import Path

import typer.main

from resefa.cli.main import app

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "command_line.md").read_text(encoding="utf-8")


def commands(group, path):
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")


def test_every_command_and_option_is_documented():
    found = dict(commands(typer.main.get_command(app), "resefa"))
    assert {"resefa edit", "resefa models pull"} <= set(found)
    for path, command in found.items():
        heading = f"## `{path}`"
        assert heading in TEXT, f"{path} is not documented"
        section = TEXT.split(heading)[1].split("\n## ")[0]
        for parameter in command.params:
            if (
                parameter.name != "help"
                and not getattr(parameter, "hidden", False)
                and (options := [o for o in parameter.opts if o.startswith("--")])
            ):
                assert options[0] in section, f"{path} {options[0]} is not documented"
