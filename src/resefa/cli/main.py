"""The command line. Commands live in files of their own and import the heavy libraries only when they run."""

from __future__ import annotations

import sys

import typer

from resefa.cli.demo import demo
from resefa.cli.directions import discover, edit, sample, show
from resefa.cli.models import models

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Mark a region of a generated image, get the latent directions that change it and leave the rest alone.",
)
app.command()(demo)
app.add_typer(models, name="models", help="List the model cards, or fetch a model's weights.")
for command in (sample, discover, edit, show):
    app.command()(command)


def run() -> None:
    """Entry point: one sentence and an exit code for every mistake, a traceback for none."""
    from resefa.errors import ResefaError

    try:
        app()
    except ResefaError as error:
        print(f"resefa: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("resefa: interrupted; nothing half-written is left.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    run()
