"""Names of directions as file names: the same on every file system, never a path, and one file for names that differ only in case."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from resefa.directions.validation import LONGEST_NAME
from resefa.errors import DirectionsError, printable

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""File names that Windows refuses."""
_DIGITS = 12


def checked_name(name: str) -> str:
    """The name without spaces around it, in Unicode's composed form.

    Raises:
        DirectionsError: empty, longer than 200 characters, or with characters that cannot be shown.
    """
    text = unicodedata.normalize("NFC", " ".join(name.split(" "))).strip() if isinstance(name, str) else ""
    if not text or len(text) > LONGEST_NAME or printable(text, LONGEST_NAME) != text:
        raise DirectionsError(
            f"{printable(name, 40)!r} is not a name for a direction; give 1 to {LONGEST_NAME} printable characters, for example smile."
        )
    return text


def name_key(name: str) -> str:
    """The form in which names are compared: case and compatibility forms of letters make no difference."""
    return unicodedata.normalize("NFKC", checked_name(name).casefold())


def file_stem(name: str) -> str:
    """The file name of a direction's name, without its ending: the name itself if it is plain, else its letters and a digest."""
    key = name_key(name)
    if _PLAIN.fullmatch(key) and not _RESERVED.fullmatch(key):
        return key
    letters = re.sub(r"[^a-z0-9]+", "-", key).strip("-")[:40]
    # The dot cannot occur in a plain name, so that no other name has this file.
    return f"{letters or 'direction'}.{hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]}"
