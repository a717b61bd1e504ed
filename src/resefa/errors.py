"""Errors and warnings of resefa. A message says what is wrong with which value, what is allowed, and what to do.

The command line prints the message and exits with the class's ``exit_code``; a library user catches the class.
"""

from __future__ import annotations

import os
import re
import reprlib
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, cast

_LONGEST = 480
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # characters that fonts draw as nothing
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))  # variation selectors
)
"""Invisible characters that Python calls printable."""
_SHOWN = reprlib.Repr()
_SHOWN.maxlevel, _SHOWN.maxstring, _SHOWN.maxother, _SHOWN.maxlong = 3, 200, 200, 60


def printable(text: object, most: int = 100) -> str:
    """Untrusted text for a message or terminal, at most ``most`` characters, shortened in the middle.

    Characters that a terminal would obey or that are invisible are escaped as in Python: control characters and line breaks
    (``\\x1b``, ``\\n``), text direction marks (``\\u202e``), zero-width and private characters, unpaired surrogates. Long or
    nested values other than text are shortened.
    """
    found = text if isinstance(text, str) else _written(text)
    if not found.isprintable() or not _INVISIBLE.isdisjoint(found):
        found = "".join(map(_visible, _cut(found, most)))
    return _cut(found, most)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(2 * most // 3 - 3, 1)]} ... {text[-max(most // 3 - 2, 1) :]}"


def _visible(char: str) -> str:
    if char.isprintable() and char not in _INVISIBLE:
        return char
    return char.encode("unicode_escape").decode("ascii")


def _written(value: object) -> str:
    """``str(value)``, except for nested containers and numbers with thousands of digits, which take too long."""
    try:
        if isinstance(value, (list, tuple, dict, set, frozenset, bytes, bytearray)):
            return _SHOWN.repr(value)
        return str(value)
    except ValueError:
        return "a number with thousands of digits"


NO_VALUE: Any = object()
_PARAMETER = re.compile("\x02([a-z_0-9]+)(?:=([^\x02\x03]*))?\x03")


def parameter(name: str, value: Any = NO_VALUE) -> str:
    """A parameter within a message: ``memory`` or ``memory='2GiB'`` in Python, ``--memory 2GiB`` on the command line.

    The text returned marks the place; ``Message``, ``ResefaError`` and ``ResefaWarning`` write it out.
    """
    return f"\x02{name}\x03" if value is NO_VALUE else f"\x02{name}={printable(repr(value), 200)}\x03"


class Message(str):
    """One line for the user. As a ``str`` it names parameters as Python does; ``worded`` names them otherwise."""

    marked: str

    def __new__(cls, marked: object = "") -> Message:
        """Make a message from text with ``parameter(...)`` in it, or from an existing message or error, whose marks are copied."""
        marked = marked.message if isinstance(marked, ResefaError | ResefaWarning) else marked
        marked = marked.marked if isinstance(marked, Message) else " ".join(str(marked).split("\n"))
        message = super().__new__(cls, _written_out(marked, _in_python))
        message.marked = marked
        return message

    def worded(self, form: Callable[[str, str | None], str]) -> str:
        """The line with parameters in another form, made from each one's name and ``repr`` of its value, if it has any."""
        return _written_out(self.marked, form)

    def renamed(self, **names: str) -> Message:
        """The same line with other names for some parameters: ``renamed(space="code_space")``."""
        return Message(
            _PARAMETER.sub(lambda found: found[0].replace(found[1], names.get(found[1], found[1]), 1), self.marked)
        )


def _in_python(name: str, value: str | None) -> str:
    return name if value is None else f"{name}={value}"


def _written_out(marked: str, form: Callable[[str, str | None], str]) -> str:
    return printable(_PARAMETER.sub(lambda found: form(found[1], found[2]), marked), _LONGEST)


class ResefaError(Exception):
    """Base of every error that a user can cause and correct. The message is one line, whatever text a file put into it.

    Attributes:
        message: the text, which names parameters as Python or as the command line does.
        exit_code: of the command line.
    """

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        self.message = Message(message)
        super().__init__(str(self.message))


class ResefaWarning(UserWarning):
    """A valid result with a caveat. The command line prints the message as one line.

    Attributes:
        message: the text, which names parameters as Python or as the command line does.
    """

    def __init__(self, message: object = "") -> None:
        self.message = Message(message)
        super().__init__(str(self.message))


class UsageError(ResefaError):
    """An invalid argument: a strength that is not a number, a seed range that runs backwards."""

    exit_code = 2


class BudgetError(UsageError):
    """A memory budget that is too small for the work; a plan that needs less memory may be tried."""


class RegionError(ResefaError):
    """A region that is empty, covers everything, lies outside the image, or cannot be read."""

    exit_code = 3


class ModelError(ResefaError):
    """An unknown model, or a file that no reader recognises."""

    exit_code = 4


class WeightsError(ResefaError):
    """Weights that are missing, truncated or whose checksum differs from the model card's."""

    exit_code = 5


class DownloadError(ResefaError):
    """A download that failed or is incomplete."""

    exit_code = 6


class LatentError(ResefaError):
    """A latent code or direction of the wrong size or space for the generator."""

    exit_code = 7


class GeneratorError(ResefaError):
    """A generator that returns NaN, has the wrong output shape, or cannot be differentiated."""

    exit_code = 8


class DirectionsError(ResefaError):
    """A directions file that is damaged, has an unknown layout, or belongs to a different model."""

    exit_code = 9


class OutputError(ResefaError):
    """A result that cannot be written: full disk, missing folder, unknown suffix."""

    exit_code = 10


class MissingExtraError(ResefaError):
    """An optional library that is needed but not installed."""

    exit_code = 11


class SolverError(ResefaError):
    """A generalized eigenproblem that cannot be solved."""

    exit_code = 12


class InterruptedWorkError(ResefaError):
    """Ctrl-C during work whose results so far are stored; the message says where."""

    exit_code = 130


class CancelledError(InterruptedWorkError):
    """Another thread cancelled the work through ``Session.cancellation``."""


class MetricError(ResefaError):
    """Images or features for which a metric cannot be computed: too few, different shapes, or a different network."""

    exit_code = 13


class OutOfMemoryError(ResefaError):
    """A device or machine without enough memory for the smallest part of the work."""

    exit_code = 14


class ProjectError(ResefaError):
    """A project of the editor that is damaged, has a newer version, or belongs to a different model."""

    exit_code = 15


def did_you_mean(word: object, names: Iterable[str], aliases: Mapping[str, str] | None = None) -> str:
    """``; did you mean 'sefa'?`` if a name resembles the word, else a full stop.

    Args:
        aliases: other words for the names -> the name.
    """
    plain = str(word).lower().replace("_", "-").replace(" ", "-")
    names = list(names)
    near = get_close_matches((aliases or {}).get(plain, plain), names, 1)
    return f"; did you mean {near[0]!r}?" if near else "."


def shown_value(value: object) -> str:
    """A value within a message: its ``repr`` if it is short by nature, else its type and shape."""
    if value is None or isinstance(value, str | int | float | bool | tuple | list):
        return printable(repr(cast(object, value)), 40)
    return kind_of_value(value)


def kind_of_value(value: object) -> str:
    """The kind of a value within a message: ``a Tensor with shape (2, 3)``; a text or path is shown itself."""
    if value is None:
        return "None"
    if isinstance(value, str | os.PathLike):
        return printable(repr(str(cast(object, value))), 60)
    shape: Any = getattr(value, "shape", None)
    name = type(value).__name__
    kind = f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
    # An array's or a tensor's, without an import of either.
    return kind if shape is None or not hasattr(value, "ndim") else f"{kind} with shape {tuple(shape)}"
