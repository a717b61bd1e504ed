"""Lines on a terminal: what a file's text holds is shown and never obeyed."""

from __future__ import annotations

import sys

LONGEST_LINE = 10_000


def say(text: str, *, error: bool = False) -> None:
    """Print lines to standard output, or to standard error, with invisible and control characters escaped.

    Line breaks in ``text`` are the caller's: text of a file goes through ``errors.printable`` first, which escapes its breaks.
    """
    from resefa.errors import printable

    stream = sys.stderr if error else sys.stdout
    shown = "\n".join(printable(line, LONGEST_LINE) for line in text.split("\n"))
    # A terminal that cannot write a letter shows its number in place of a traceback.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(shown.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=error)
