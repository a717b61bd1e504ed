"""Small files of text against the type that describes them: whatever is wrong with a file ends in one sentence.

One type for each kind of file replaces a guard for each field: a dataclass or ``msgspec.Struct`` says which fields there are, of
which types, and within which limits (``Annotated[str, msgspec.Meta(max_length=1000)]``). Unknown fields are passed over.
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
    """JSON as a value of the type ``kind``.

    Args:
        what: the file or the part of it, with which the sentence begins: ``"The provenance of mouth.safetensors"``.
        raises: the error that a reader of such files promises.
        remedy: what to do, with which the sentence ends.

    Raises:
        ResefaError: of the class ``raises``. It is no JSON, is nested too deeply, holds half a character or a number that no
            machine holds, or a field has another type than the schema's; the sentence says where.
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
    """Plain values that another reader decoded (metadata of safetensors, TOML) as a value of the type ``kind``.

    Raises:
        ResefaError: of the class ``raises``: a field has another type than the schema's; the sentence says where.
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
