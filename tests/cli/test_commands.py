"""A message of the library names Python parameters; the command line writes its options in their place."""

from __future__ import annotations

import pytest
from typer.main import get_command

from resefa.cli.commands import on_command_line, option_names
from resefa.cli.main import app
from resefa.errors import UsageError, parameter

GROUP = get_command(app)
COMMANDS = [*GROUP.commands.values(), *GROUP.commands["models"].commands.values()]
OPTIONS = {name for command in COMMANDS for name in option_names(command)}
DISCOVER = on_command_line(option_names(GROUP.commands["discover"]))


@pytest.mark.parametrize(
    "name, value, written",
    [
        ("analysis_resolution", None, "--analysis-resolution"),
        ("memory", "'2GiB'", "--memory 2GiB"),
        ("cache", "'jacobians'", "--keep jacobians"),
        ("trust_program", "True", "--trust-program"),
        ("ranked", "False", "--unranked"),
        ("settings", "{'strides': [1, 2], 'noise': 'const'}", "--setting strides=1,2 --setting noise=const"),
        ("latent_shape", "(100, 1, 1)", "--latent-shape 100,1,1"),
        ("model", None, "MODEL"),
        ("scorer", "f", "scorer=f"),
    ],
)
def test_parameters_of_every_kind_as_options(name, value, written):
    assert DISCOVER(name, value) == written


def test_a_command_says_its_options_in_an_error(monkeypatch, capsys):
    from resefa.cli import main
    from resefa.cli.options import ModelOptions

    def refuse(self):
        raise UsageError(f"{parameter('batch')} is 0; try {parameter('dtype', 'float16')}.")

    monkeypatch.setattr(ModelOptions, "open", refuse)
    monkeypatch.setattr("sys.argv", ["resefa", "sample", "faces-dcgan", "-o", "/tmp/never.png"])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    assert capsys.readouterr().err == "resefa: --batch is 0; try --dtype float16.\n"
