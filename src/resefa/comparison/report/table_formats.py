"""A table as data, and the forms in which it is read: Markdown, HTML, LaTeX and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from resefa.presentation.html import escape

Place = tuple[int, int]
"""Row and column of a cell."""
_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--", "°": r"\textdegree{}", "†": r"\textdagger{}", "×": r"$\times$",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """``best``: cells to set in bold, which in this field means the best of their column."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    best: frozenset[Place] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """For its files."""
        return re.sub(r"[^\w]+", "-", self.title.lower()).strip("-")[:50]

    def markdown(self) -> str:
        """A pipe table below its title, notes after it."""
        lines = [f"### {as_markdown(self.title)}", "", _row(self.header), _row(["---"] * len(self.header), raw=True)]
        for i, cells in enumerate(self.rows):
            shown = [as_markdown(cell) for cell in cells]
            lines.append(
                _row([f"**{cell}**" if (i, j) in self.best else cell for j, cell in enumerate(shown)], raw=True)
            )
        return "\n".join([*lines, "", *(part for note in self.notes for part in (as_markdown(note), ""))])

    def html(self) -> str:
        """A table with its title as the caption."""
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = ""
        for i, (first, *rest) in enumerate(self.rows):
            cells = (
                f"<td><b>{escape(cell)}</b></td>" if (i, j) in self.best else f"<td>{escape(cell)}</td>"
                for j, cell in enumerate(rest, 1)
            )  # fmt: skip
            body += f'<tr><th scope="row">{escape(first)}</th>' + "".join(cells) + "</tr>"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<h3>{escape(self.title)}</h3><div class="wide"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{notes}"
        )

    def latex(self) -> str:
        """A ``table`` environment for the package booktabs."""
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
        """Header and rows, separated by commas, quoted where that is needed."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.header, *self.rows])
        return text.getvalue()


def best_of(values: Sequence[float | None], counts: Sequence[int], *, largest: bool = False) -> set[int]:
    """Rows with the best value of a column; ties share the place.

    ``counts``: on how many images each rests. A value of fewer images than the others is of another sample, so it takes no part.
    Where a single row has a value there is nothing to be best of.
    """
    most = max((count for value, count in zip(values, counts, strict=True) if value is not None), default=0)
    known = {i: value for i, value in enumerate(values) if value is not None and counts[i] == most}
    if sum(value is not None for value in values) < 2 or not known:
        return set()
    top = (max if largest else min)(known.values())
    return {i for i, value in known.items() if value == top}


def column(number: int, rows: Iterable[int]) -> set[Place]:
    """The places of these rows in a column."""
    return {(row, number) for row in rows}


def as_markdown(text: str) -> str:
    """Names and sentences as text: no HTML, no link, no cell or line of its own."""
    plain = escape(" ".join(text.split()), quote=False)
    return plain.replace("](", "]\\(").replace("`", "\\`").replace("|", "\\|")


def as_latex(text: str) -> str:
    """Text with the signs of LaTeX as themselves."""
    return "".join(_LATEX.get(sign, sign) for sign in " ".join(text.split()))


def _row(cells: Sequence[str], *, raw: bool = False) -> str:
    return "| " + " | ".join(cells if raw else map(as_markdown, cells)) + " |"
