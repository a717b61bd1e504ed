"""How a person's own text is quoted back in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from resefa.errors import RegionError, printable
from resefa.files.input_file import user_path

_LONGEST = 100


def shown(text: object) -> str:
    """The text in quotes, with odd characters escaped, cut where it is very long."""
    text = str(text)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


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


WHITE_ON_BLACK = "paint the region white and the rest black"
_LISTED = 8


@dataclass(frozen=True)
class Source:
    """Where a mask is from: a file, or None for an array or a picture in memory."""

    path: str | None = None

    @property
    def name(self) -> str:
        return "The mask" if self.path is None else printable(self.path, 160)

    def with_label(self, label: object) -> str:
        """How the pixels of one class are chosen."""
        if self.path is None:
            return f"resefa.Region.label_map(..., {label})"
        return f"{printable(written_file_name(self.path), 160)}#{label}"

    def refusal(self, looks: str, mend: str) -> RegionError:
        """The error that says what the picture looks like and what to do."""
        return RegionError(f"{self.name} {looks}; {mend}.")

    def label_map(self, labels: Iterable[int], why: str = "") -> RegionError:
        """The error for a picture whose greys or palette indices name classes."""
        known = [int(label) for label in labels]
        example = next((label for label in known if label), known[0])
        return self.refusal(
            f"looks like a label map with the classes {listed(known)}{why}",
            f"choose classes as in {self.with_label(example)}, or {WHITE_ON_BLACK}",
        )


def listed(values: Iterable[object]) -> str:
    """The first few, and how many more."""
    values = list(values)
    more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
    return ", ".join(map(str, values[:_LISTED])) + more
