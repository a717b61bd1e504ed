"""The searches of a session by number, and which of them continue in the same region."""

from __future__ import annotations

from collections.abc import Container, Mapping

from resefa.editor.search_job import Search


class Searches:
    """Searches by number, ascending. Numbers without a search stand for what ended the work in a region: another image, or no region.

    Attributes:
        last: the number that was given last.
    """

    def __init__(self) -> None:
        self.last = 0
        self.by_number: dict[int, Search] = {}

    @property
    def current(self) -> Search | None:
        """The search of the region marked last on the present image; None if there is none."""
        return self.by_number.get(self.last)

    def add(self, search: Search) -> int:
        """Add a search, which becomes the current search; returns its number."""
        self.leave()
        self.by_number[self.last] = search
        return self.last

    def leave(self) -> None:
        """From now on there is no current search."""
        self.last += 1

    def replace(self, searches: Mapping[int, Search], current: int | None) -> None:
        """Replace all searches by those of a project, whose numbers are above ``last``.

        Args:
            current: number of the current search; None: there is none.
        """
        self.by_number = dict(searches)
        self.last = max(self.by_number, default=self.last) + 1 if current is None else current

    def continuation(self) -> Search | None:
        """A further search like the current search; None if there is no current search."""
        before = self.current
        return before and Search(before.shapes, before.feather, before.analysis, first=self._first(self.last))

    def found(self) -> int:
        """The number of directions that searches in the present region have found."""
        first = self._first(self.last)
        here = [one.directions for number, one in self.by_number.items() if self._first(number) == first]
        return sum(len(directions) for directions in here if directions is not None)

    def forget(self, needed: Container[int]) -> None:
        """Remove the searches that are neither needed nor in the present region."""
        first = self._first(self.last)
        self.by_number = {
            number: one for number, one in self.by_number.items() if number in needed or self._first(number) == first
        }

    def _first(self, number: int) -> int:
        """Number of the first search in the same region; the number itself if it has no search."""
        search = self.by_number.get(number)
        return number if search is None else search.first or number
