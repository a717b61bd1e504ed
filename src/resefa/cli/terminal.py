"""Output of the command line: lines, reports, announcements and progress."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from resefa.cli.commands import worded

if TYPE_CHECKING:
    from resefa.runtime.progress import Progress

LONGEST_LINE = 10_000


def say(text: str, *, error: bool = False) -> None:
    """Print lines to standard output, or to standard error, with invisible and control characters escaped.

    Line breaks in ``text`` stay line breaks: pass text of a file through ``errors.printable`` first. A ``Message`` is printed
    with the command's options in place of Python parameters.
    """
    from resefa.errors import printable

    stream = sys.stderr if error else sys.stdout
    shown = "\n".join(printable(line, LONGEST_LINE) for line in worded(text).split("\n"))
    # A terminal that cannot write a character shows its number instead of a traceback.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(shown.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=error)


def announce(sentence: str) -> None:
    """Print an announcement on standard error."""
    say(sentence, error=True)


def report(as_json: bool, quiet: bool, text: str, facts: dict[str, Any]) -> None:
    """Print the result as text or JSON, or nothing if ``quiet``."""
    if as_json:
        print(json.dumps(facts, indent=2))
    elif not quiet:
        say(text)


@contextlib.contextmanager
def bar(label: str, quiet: bool, *, transfer: bool = False) -> Iterator[Progress | None]:
    """A progress callback (``runtime.progress``); None if ``quiet``; with ``transfer`` it counts bytes."""
    if quiet:
        yield None
        return
    from resefa.runtime.progress import shown_progress

    with shown_progress(True, label, transfer=transfer) as progress:
        yield progress
