"""A table as data, and its two forms: Markdown and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape


@dataclass(frozen=True)
class Table:
    """``strong``: rows to set in bold, by number."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    strong: frozenset[int] = field(default_factory=frozenset)

    def markdown(self) -> str:
        """A pipe table below its title, notes after it."""
        lines = [f"### {self.title}", "", _row(self.header), _row(["---"] * len(self.header))]
        for i, cells in enumerate(self.rows):
            lines.append(_row([f"**{cell}**" if i in self.strong and cell else cell for cell in cells]))
        return "\n".join([*lines, "", *(part for note in self.notes for part in (note, ""))])

    def html(self) -> str:
        """A table with its title as the caption."""
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = ""
        for i, cells in enumerate(self.rows):
            mark = ' class="strong"' if i in self.strong else ""
            first, *rest = cells
            body += f'<tr{mark}><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(c)}</td>" for c in rest) + "</tr>"
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f'<h3>{escape(self.title)}</h3><div class="wide"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>{notes}"
        )


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
