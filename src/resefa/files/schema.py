"""JSON and TOML files checked against a type that describes them, with one message for any error.

One type per kind of file replaces a check of each field: a dataclass or ``msgspec.Struct`` lists the fields, their types and
limits (``Annotated[str, msgspec.Meta(max_length=1000)]``). Unknown fields are ignored.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from resefa.errors import ResefaError, UsageError, printable

_Kind = TypeVar("_Kind")
_ODD = (msgspec.MsgspecError, RecursionError, UnicodeError, ValueError, TypeError, OverflowError)


def decode(
    data: bytes | str,
    kind: type[_Kind],
    what: str,
    *,
    raises: type[ResefaError] = UsageError,
    remedy: str = "make it again",
) -> _Kind:
    """Decode JSON to a value of the type ``kind``.

    Args:
        what: the file or part of it that begins the message: ``"The provenance of mouth.safetensors"``.
        raises: class of the error.
        remedy: advice that ends the message.

    Raises:
        ResefaError: of the class ``raises``: the data are not JSON, are nested too deeply, contain invalid text or numbers, or
            a field has another type than in ``kind``; the message says where.
    """
    try:
        return msgspec.json.decode(data.encode() if isinstance(data, str) else data, type=kind)
    except _ODD as error:
        raise raises(_sentence(error, what, remedy)) from error


def convert(
    value: Any,
    kind: type[_Kind],
    what: str,
    *,
    raises: type[ResefaError] = UsageError,
    remedy: str = "make it again",
) -> _Kind:
    """Value of the type ``kind`` from plain values that another reader decoded (metadata of safetensors, TOML).

    Raises:
        ResefaError: of the class ``raises``: a field has another type than in ``kind``; the message says where.
    """
    try:
        return msgspec.convert(value, type=kind)
    except _ODD as error:
        raise raises(_sentence(error, what, remedy)) from error


def _sentence(error: Exception, what: str, remedy: str) -> str:
    if isinstance(error, RecursionError):
        reason = "it is nested too deeply"
    elif isinstance(error, UnicodeError):
        reason = "it is not UTF-8 text"
    else:
        reason = printable(str(error).strip() or type(error).__name__, 160).rstrip(".")
    return f"{printable(what, 160)} is damaged ({reason}): {remedy}."
