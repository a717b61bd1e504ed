"""Names of files and regions in a region's text and in error messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from resefa.errors import RegionError, printable
from resefa.files.input_file import user_path

WHITE_ON_BLACK = "paint the region white and everything else black"
_LONGEST = 100
_LISTED = 8

# A name made only of these characters cannot be mistaken for another part of the text.
_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")


def shown(text: object) -> str:
    """The user's text in quotes, with invisible characters escaped and long text shortened."""
    text = str(text)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


def listed(values: Iterable[object]) -> str:
    """The first few values, and the number of the rest."""
    values = list(values)
    more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
    return ", ".join(map(str, values[:_LISTED])) + more


def looks_like_file(word: str) -> bool:
    """Whether a bare word looks like a file name: with a slash, or a dot and a few letters at the end."""
    return "/" in word or "\\" in word or _ENDING.search(word) is not None


def is_windows_path(word: str) -> bool:
    """Whether a word begins with a drive (a letter, a colon and a slash), as in ``C:\\masks\\face.png``."""
    return _DRIVE.match(word) is not None


def is_file(name: str) -> bool:
    """Whether a file of exactly this name exists, ``~`` expanded."""
    try:
        return user_path(name).is_file()
    except (OSError, ValueError):
        return False


def written_file_name(name: str) -> str:
    """A file's name as written in a region's text: in quotes if the grammar requires them."""
    if _PLAIN.fullmatch(name) and looks_like_file(name):
        return name
    return "'" + name.replace("'", "''") + "'"


@dataclass(frozen=True)
class Source:
    """The origin of a mask, for messages: a file's path, or None for an array or picture in memory."""

    path: str | None = None

    @property
    def name(self) -> str:
        return "The mask" if self.path is None else printable(self.path, 160)

    def with_label(self, label: object) -> str:
        """The code or text that selects the pixels of one class."""
        if self.path is None:
            return f"resefa.Region.label_map(..., {label})"
        return f"{printable(written_file_name(self.path), 160)}#{label}"

    def refusal(self, problem: str, remedy: str) -> RegionError:
        """The error for a picture that is not a mask: the problem and the remedy."""
        return RegionError(f"{self.name} {problem}; {remedy}.")

    def label_map(self, labels: Iterable[int]) -> RegionError:
        """The error for a picture whose greys or palette indices are class labels."""
        classes = [int(label) for label in labels]
        example = next((label for label in classes if label), classes[0])
        return self.refusal(
            f"looks like a label map with classes {listed(classes)}",
            f"choose a class as in {self.with_label(example)}, or {WHITE_ON_BLACK}",
        )
