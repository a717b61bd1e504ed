"""The command ``resefa``: sub-commands (one file each), exit codes, signals and warnings.

Commands import torch and the library only when they run, so that ``--help`` is fast. Exit codes of errors are attributes of
the classes in ``errors.py``; the others are below.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from typing import Annotated

import typer

from resefa.cli.benchmark import benchmark
from resefa.cli.commands import Command, Group, worded
from resefa.cli.compare import compare
from resefa.cli.convert import convert
from resefa.cli.demo import demo
from resefa.cli.directions import directions
from resefa.cli.discover import discover
from resefa.cli.edit import edit
from resefa.cli.import_export import export_directions, import_directions
from resefa.cli.inspect import inspect
from resefa.cli.models import models
from resefa.cli.region import region
from resefa.cli.replay import replay
from resefa.cli.sample import sample
from resefa.cli.show import show
from resefa.cli.terminal import say
from resefa.cli.ui import ui
from resefa.cli.worlds import worlds
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
    """Local edits of GAN images: mark a region, and find latent directions that change only that region."""


app.command(cls=Command)(demo)
app.command(cls=Command)(ui)
app.add_typer(models, name="models", help="List model cards; download or remove a model's weights.")
for command in (sample, region, discover, edit, replay, compare, benchmark, show, inspect, convert):
    app.command(cls=Command)(command)
app.add_typer(directions, name="directions", help="Name directions, and keep named directions of a model.")
app.add_typer(worlds, name="worlds", help="Draw labelled pictures whose attributes and masks are exactly known.")
app.command("import", cls=Command)(import_directions)
app.command("export", cls=Command)(export_directions)

INTERRUPTED = 130
"""Exit code after Ctrl-C."""
BUG = 70
"""Exit code of an unexpected error."""


class Terminated(KeyboardInterrupt):
    """The exception for SIGTERM and SIGHUP, which clean up as Ctrl-C does."""


_received: list[int] = []
"""Signals that ended the command: typer does not distinguish Terminated from Ctrl-C."""


def run() -> None:
    """Run the command line; an error prints one line and exits with its exit code.

    With ``RESEFA_TRACEBACK`` set in the environment, an error prints its traceback.
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
    """Run the command, and return its error message (empty on success) and exit code."""
    from resefa.errors import OutOfMemoryError, ResefaError, printable

    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except ResefaError as error:
        return str(error), error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:  # the reader closed the pipe, as in `resefa models | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return "", 0
    except Exception as error:
        if _is_out_of_memory(error):
            from resefa.runtime.out_of_memory import out_of_memory_sentence

            return out_of_memory_sentence(error), OutOfMemoryError.exit_code
        # click's errors, such as an unknown option, have this method in every version that typer uses.
        format_message = getattr(error, "format_message", None)
        if format_message is None:
            bug = printable(" ".join(f"{type(error).__name__}: {error}".split()), 300)
            return (
                f"Unexpected error ({bug}), which is a bug in resefa; set RESEFA_TRACEBACK=1 to see the traceback.",
                BUG,
            )
        where = getattr(getattr(error, "ctx", None), "command_path", None) or "resefa"
        problem = format_message().rstrip(".")  # empty without a command: the help was printed
        return (
            f"{problem}{'' if problem.endswith('?') else '.'} See `{where} --help`." if problem else "",
            getattr(error, "exit_code", BUG),
        )
    if code == INTERRUPTED and _received:
        return "terminated by a signal; no incomplete file remains.", 128 + _received[-1]
    if code == INTERRUPTED:
        return "interrupted; no incomplete file remains.", INTERRUPTED
    return "", code if isinstance(code, int) else 0


def _is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that memory ran out on any device; torch is checked only if it is loaded."""
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
    # The command has finished: Terminated would print a traceback while the interpreter shuts down.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def _plain_warnings() -> None:
    """Print a warning of resefa as one line; warnings of other libraries need ``python -W``."""
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
