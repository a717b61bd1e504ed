"""What sentences about a mask call it, and how it would be written with the classes of a label map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resefa.errors import RegionError, printable
from resefa.regions.file_name import written_file_name

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
