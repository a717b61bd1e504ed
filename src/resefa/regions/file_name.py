"""How a file's name is written inside a region's text."""

from __future__ import annotations

import re

from resefa.files.input_file import user_path

# Names made of these alone cannot be mistaken for anything else in the text.
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def looks_like_file(word: str) -> bool:
    """Whether a bare word names a file: it holds a slash or ends in a dot and a few letters."""
    return "/" in word or "\\" in word or _ENDING.search(word) is not None


def is_windows_path(word: str) -> bool:
    """Whether it begins with a drive, as in ``C:\\masks\\face.png``: one letter, a colon and a slash."""
    return _DRIVE.match(word) is not None


def is_file(name: str) -> bool:
    """Whether there is a file of exactly this name, ``~`` expanded."""
    try:
        return user_path(name).is_file()
    except (OSError, ValueError):
        return False


def written_file_name(name: str) -> str:
    """``name`` bare where the text's rules read it back so, else quoted; a quote inside is doubled."""
    if _PLAIN.fullmatch(name) and looks_like_file(name):
        return name
    return "'" + name.replace("'", "''") + "'"
