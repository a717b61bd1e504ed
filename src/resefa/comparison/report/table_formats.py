"""Tables of a report as data, and their output as Markdown, HTML, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from resefa.files.html_text import escape
from resefa.presentation.html import render

Place = tuple[int, int]
"""The row and column of a cell."""
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "°": r"\textdegree{}", "†": r"\textdagger{}", "×": r"$\times$",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table of text; ``best`` lists the cells in bold, by convention the best in their column."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    best: frozenset[Place] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """The table's file name without suffix."""
        return re.sub(r"[^\w]+", "-", self.title.lower()).strip("-")[:50]

    def markdown(self) -> str:
        """The table in Markdown: title, pipe table, notes."""
        lines = [
            f"### {as_markdown(self.title)}",
            "",
            _row(map(as_markdown, self.header)),
            _row(["---"] * len(self.header)),
        ]
        for i, cells in enumerate(self.rows):
            shown = [as_markdown(cell) for cell in cells]
            lines.append(_row(f"**{cell}**" if (i, j) in self.best else cell for j, cell in enumerate(shown)))
        return "\n".join([*lines, "", *(part for note in self.notes for part in (as_markdown(note), ""))])

    def html(self) -> str:
        """The table in HTML: heading, table, notes."""
        return render("resefa.comparison.report", "table.html", table=self)

    def latex(self) -> str:
        """The table in LaTeX: a ``table`` environment for the package booktabs."""
        lines = [r"\begin{table}", r"\centering", r"\caption{" + as_latex(self.title) + "}"]
        lines += [r"\begin{tabular}{l" + "r" * (len(self.header) - 1) + "}", r"\toprule"]
        lines += [" & ".join(as_latex(cell) for cell in self.header) + r" \\", r"\midrule"]
        for i, cells in enumerate(self.rows):
            shown = (
                r"\textbf{" + as_latex(cell) + "}" if (i, j) in self.best else as_latex(cell)
                for j, cell in enumerate(cells)
            )
            lines.append(" & ".join(shown) + r" \\")
        lines += [r"\bottomrule", r"\end{tabular}", *(f"% {line}" for note in self.notes for line in note.splitlines())]
        return "\n".join([*lines, r"\end{table}", ""])

    def csv(self) -> str:
        """The table as CSV: header and rows, with quotes where necessary."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.header, *self.rows])
        return text.getvalue()


def best_of(values: Sequence[float | None], counts: Sequence[int], *, largest: bool = False) -> set[int]:
    """The rows with the best value in a column; several if values are equal.

    ``counts``: number of images behind each value. A value from fewer images than the others belongs to another sample and takes
    no part. With a single value there is no best.
    """
    most = max((count for value, count in zip(values, counts, strict=True) if value is not None), default=0)
    known = {i: value for i, value in enumerate(values) if value is not None and counts[i] == most}
    if sum(value is not None for value in values) < 2 or not known:
        return set()
    top = (max if largest else min)(known.values())
    return {i for i, value in known.items() if value == top}


def column(number: int, rows: Iterable[int]) -> set[Place]:
    """The cells of these rows in a column."""
    return {(row, number) for row in rows}


def as_markdown(text: str) -> str:
    """The text escaped for Markdown: without HTML, links, cell separators or line breaks."""
    plain = escape(" ".join(text.split()), quote=False)
    return plain.replace("](", "]\\(").replace("`", "\\`").replace("|", "\\|")


def as_latex(text: str) -> str:
    """The text with LaTeX's special characters escaped."""
    return "".join(_LATEX.get(sign, sign) for sign in " ".join(text.split()))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
