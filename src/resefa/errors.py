"""Named failures. Every message is one sentence: what came, what was expected, what to do next.

The command line prints the message and leaves with the class's ``exit_code``; a library user catches the class.
"""

from __future__ import annotations

_LONGEST = 480


def printable(text: object, most: int = 100) -> str:
    """Text from a file, for a sentence: control characters and halves of characters as ``?``, cut in the middle where long."""
    found = str(text)
    if len(found) > most:
        found = f"{found[: 2 * most // 3]} ... {found[-most // 3 :]}"
    return "".join(char if char.isprintable() else "?" for char in found)


class ResefaError(Exception):
    """Base of every failure that a user can cause and mend. Whatever a file made of the message, it is one line."""

    exit_code = 1

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(" ".join(str(message).split("\n")), _LONGEST))


class UsageError(ResefaError):
    """An argument that makes no sense: a strength that is not a number, a seed range that runs backwards."""

    exit_code = 2


class BudgetError(UsageError):
    """A memory budget in which the work does not fit; a way that needs less may be tried."""


class RegionError(ResefaError):
    """A region that is empty, covers everything, lies outside the image, or cannot be read."""

    exit_code = 3


class ModelError(ResefaError):
    """A model that is unknown, or a file that no reader recognises."""

    exit_code = 4


class WeightsError(ResefaError):
    """Weights that are missing, truncated or whose checksum differs from the model card's."""

    exit_code = 5


class DownloadError(ResefaError):
    """A download that did not arrive whole."""

    exit_code = 6


class LatentError(ResefaError):
    """A latent code or direction of the wrong size or space for the generator."""

    exit_code = 7


class GeneratorError(ResefaError):
    """A generator that returns NaN, has the wrong output shape, or cannot be differentiated."""

    exit_code = 8


class DirectionsError(ResefaError):
    """A directions file that is damaged, of another layout, or made for another model."""

    exit_code = 9


class OutputError(ResefaError):
    """A result that could not be written: full disk, missing folder, unknown file ending."""

    exit_code = 10


class MissingExtraError(ResefaError):
    """An optional library that this feature needs and that is not installed."""

    exit_code = 11


class SolverError(ResefaError):
    """A generalized eigenproblem that cannot be solved as it was posed."""

    exit_code = 12


class InterruptedWorkError(ResefaError):
    """Ctrl-C where what was done is kept, with where."""

    exit_code = 130


class MetricError(ResefaError):
    """Images or features that a metric cannot be computed from: too few, of unlike shapes, of another network."""

    exit_code = 13
