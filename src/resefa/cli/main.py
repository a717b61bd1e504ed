"""The command line. Commands live in files of their own and import the heavy libraries only when they run."""

from __future__ import annotations

import sys

import typer

from resefa.cli.compare import compare
from resefa.cli.convert import convert
from resefa.cli.demo import demo
from resefa.cli.discover import discover
from resefa.cli.edit import edit
from resefa.cli.exchange import export_directions, import_directions
from resefa.cli.inspect import inspect
from resefa.cli.models import models
from resefa.cli.sample import sample
from resefa.cli.show import show

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Mark a region of a generated image, get the latent directions that change it and leave the rest alone.",
)
app.command()(demo)
app.add_typer(models, name="models", help="List the model cards, or fetch a model's weights.")
for command in (sample, discover, edit, compare, show, inspect, convert):
    app.command()(command)
app.command("import")(import_directions)
app.command("export")(export_directions)


INTERRUPTED = 130


def run() -> None:
    """Entry point: one sentence and an exit code for every mistake, a traceback for none."""
    from resefa.errors import ResefaError

    try:
        code = app(standalone_mode=False)
    except ResefaError as error:
        _leave(str(error), error.exit_code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        # What typer says of an unknown option or a missing argument; it has such methods under any typer's click.
        if not hasattr(error, "format_message"):
            raise
        where = getattr(getattr(error, "ctx", None), "command_path", None) or "resefa"
        if not (said := error.format_message().rstrip(".")):  # no command at all: the help has been printed
            sys.exit(error.exit_code)
        _leave(f"{said}: see `{where} --help`.", error.exit_code)
    if code == INTERRUPTED:
        _leave("interrupted; nothing half-written is left.", INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _leave(sentence: str, code: int) -> None:
    print(f"resefa: {sentence}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    run()
