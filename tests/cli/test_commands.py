"""A message of the library names Python parameters; the command line writes its options in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

import resefa
from resefa.cli.commands import RENAMED, on_command_line, option_names
from resefa.cli.main import app
from resefa.errors import UsageError, parameter

GROUP = get_command(app)
GROUPS = (GROUP, *(GROUP.commands[name] for name in ("models", "directions", "worlds")))
COMMANDS = [command for group in GROUPS for command in group.commands.values()]
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
    from resefa.cli.model_options import ModelOptions

    def refuse(self):
        raise UsageError(f"{parameter('batch')} is 0; try {parameter('dtype', 'float16')}.")

    monkeypatch.setattr(ModelOptions, "open", refuse)
    monkeypatch.setattr("sys.argv", ["resefa", "sample", "toon-faces-64", "-o", "/tmp/never.png"])
    with pytest.raises(SystemExit) as left:
        main.run()
    assert left.value.code == 2
    assert capsys.readouterr().err == "resefa: --batch is 0; try --dtype float16.\n"


SOURCE = Path(resefa.__file__).parent
PYTHON_ONLY = {
    "alphas", "blend", "drawing", "feather", "generator", "growth", "inset", "iterations", "label_codes", "largest", "marked", "nodes", "part",
    "progress", "randoms", "scorer", "share", "values", "weighting",
}  # fmt: skip
"""Parameters of Python calls that no command has as an option."""
COMMAND = re.compile(r"`[^`]*`")


def messages(*, cli: bool) -> Iterator[tuple[str, str]]:
    """Place and text of every string literal of the library or of the command line, docstrings aside."""
    for path in sorted(SOURCE.rglob("*.py")):
        if (path.relative_to(SOURCE).parts[0] == "cli") != cli:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        inner = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
        inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node.value


def test_no_message_of_the_library_names_an_option():
    """Whole commands in backticks aside, and arguments of commands, which begin with the option."""
    wrong = [
        f"{place}: {text[:120]}"
        for place, text in messages(cli=False)
        if not text.startswith("--") and re.search(r"(?<![\w-])--[a-z]", COMMAND.sub("", text))
    ]
    assert not wrong, "write errors.parameter(name) in place of an option:\n" + "\n".join(wrong)


def test_no_message_of_the_command_line_names_a_parameter():
    python = re.compile(r"in Python|\b[a-z_]+=(True|False|None|[(\[{'\"])|\b[a-z]+_[a-z_]+ (is|are|=) ")
    wrong = [f"{place}: {text[:120]}" for place, text in messages(cli=True) if " " in text and python.search(text)]
    assert not wrong, "write the option:\n" + "\n".join(wrong)


def parameters_named() -> Iterator[tuple[str, str]]:
    """Name and place of every ``parameter("...")`` in the source."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "parameter" and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_parameter_of_a_message_has_an_option():
    """Or is a parameter of Python alone."""
    named = dict(parameters_named())
    assert {"space", "layers", "memory"} <= set(named)
    missing = {name: place for name, place in named.items() if RENAMED.get(name, name) not in OPTIONS}
    assert set(missing) <= PYTHON_ONLY, f"neither an option nor in PYTHON_ONLY: {missing}"
