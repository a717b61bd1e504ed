"""The command line. Commands live in files of their own and import the heavy libraries only when they run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from typing import Annotated

import typer

from resefa.cli.commands import Command, Group, worded
from resefa.cli.compare import compare
from resefa.cli.convert import convert
from resefa.cli.demo import demo
from resefa.cli.discover import discover
from resefa.cli.edit import edit
from resefa.cli.import_export import export_directions, import_directions
from resefa.cli.inspect import inspect
from resefa.cli.models import models
from resefa.cli.region import region
from resefa.cli.sample import sample
from resefa.cli.show import show
from resefa.cli.terminal import say
from resefa.version import VERSION

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        print(f"resefa {VERSION}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def about(
    version: Annotated[
        bool, typer.Option("--version", "-V", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Mark a region of a generated image, get the latent directions that change it and leave the rest alone."""


app.command(cls=Command)(demo)
app.add_typer(models, name="models", help="List the model cards, or fetch a model's weights.")
for command in (sample, region, discover, edit, compare, show, inspect, convert):
    app.command(cls=Command)(command)
app.command("import", cls=Command)(import_directions)
app.command("export", cls=Command)(export_directions)

INTERRUPTED = 130
BUG = 70


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: what Ctrl-C cleans up is cleaned up for them too."""


_received: list[int] = []
"""Signals that ended the command: typer makes one and the same of Terminated and of Ctrl-C."""


def run() -> None:
    """Entry point: one sentence and an exit code for every mistake, a traceback for none.

    With ``RESEFA_TRACEBACK`` set in the environment, errors show where they were raised.
    """
    _end_on_signals()
    _plain_warnings()
    if os.environ.get("RESEFA_TRACEBACK"):
        app()
        return
    sentence, code = _outcome()
    _end_at_once_on_signals()
    if sentence:
        with contextlib.suppress(OSError):
            say(f"resefa: {sentence}", error=True)
    sys.exit(code)


def _outcome() -> tuple[str, int]:
    """Run the command: what to say of its failure, if anything, and the exit code."""
    from resefa.errors import OutOfMemoryError, ResefaError, printable

    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except ResefaError as error:
        return str(error), error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # the reader of our output has left, as in `resefa models | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", 0
    except Exception as error:
        if _is_out_of_memory(error):
            from resefa.runtime.out_of_memory import out_of_memory_sentence

            return out_of_memory_sentence(error), OutOfMemoryError.exit_code
        # What typer says of an unknown option or a missing argument; it has such methods under any typer's click.
        if not hasattr(error, "format_message"):
            said = printable(" ".join(f"{type(error).__name__}: {error}".split()), 300)
            return f"Unexpected error, a bug of resefa ({said}); RESEFA_TRACEBACK=1 shows where.", BUG
        where = getattr(getattr(error, "ctx", None), "command_path", None) or "resefa"
        said = error.format_message().rstrip(".")  # empty where there is no command at all: the help has been printed
        return f"{said}{'' if said.endswith('?') else '.'} See `{where} --help`." if said else "", error.exit_code
    if code == INTERRUPTED and _received:
        return "ended by a signal; nothing half-written is left.", 128 + _received[-1]
    if code == INTERRUPTED:
        return "interrupted; nothing half-written is left.", INTERRUPTED
    return "", code if isinstance(code, int) else 0


def _is_out_of_memory(error: Exception) -> bool:
    """The same on any device; torch is asked only where it is loaded."""
    if "torch" not in sys.modules:
        return isinstance(error, MemoryError)
    from resefa.runtime.out_of_memory import is_out_of_memory

    return is_out_of_memory(error)


def _end_on_signals() -> None:
    def end(number: int, _frame: object) -> None:
        _received.append(number)
        raise Terminated(number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:
            signal.signal(getattr(signal, name), end)


def _end_at_once_on_signals() -> None:
    # The command is over: raised while the interpreter shuts down, Terminated would be a traceback of some exit handler.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def _plain_warnings() -> None:
    """Our warnings as one line each; those of other libraries are for developers, and shown with ``python -W``."""
    if sys.warnoptions:
        return
    from resefa.errors import ResefaWarning

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        if isinstance(message, ResefaWarning):
            say(f"resefa: {worded(message.message)}", error=True)

    warnings.simplefilter("ignore")
    warnings.simplefilter("always", ResefaWarning)
    warnings.showwarning = show


if __name__ == "__main__":
    run()
