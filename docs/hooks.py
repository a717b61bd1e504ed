"""Two steps of the site's build: formulas become MathML, and a package's public names become its reference page.

MathML needs no script from elsewhere. A line ``{{ public names of resefa.regions }}`` is replaced by one mkdocstrings entry for
each name that the package's ``__init__`` exports.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path

from latex2mathml.converter import convert

SOURCE = Path(__file__).resolve().parents[1] / "src"
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
_PUBLIC = re.compile(r"^\{\{ public names of ([\w.]+)(?: without ([\w, ]+))? \}\}$", re.MULTILINE)


def public_names(package: str) -> Iterator[tuple[str, str]]:
    """Module and name of each import under ``if TYPE_CHECKING`` in the package's ``__init__``, in order of the names."""
    path = SOURCE.joinpath(*package.split("."), "__init__.py")
    found = [
        (line.module, alias.name)
        for block in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for line in block.body
        if isinstance(line, ast.ImportFrom) and line.module
        for alias in line.names
    ]
    if not found:
        raise ValueError(f"{package} exports no names under TYPE_CHECKING")
    # Classes first, then functions, as a reader looks for them.
    yield from sorted(found, key=lambda pair: (pair[1][0].islower(), pair[1].lower()))


def on_page_markdown(text: str, **_: object) -> str:
    """Expand the lists of public names."""

    def entries(mark: re.Match[str]) -> str:
        left_out = set(re.split(r",\s*", mark[2] or ""))
        names = [(module, name) for module, name in public_names(mark[1]) if name not in left_out]
        return "\n\n".join(f"::: {module}.{name}\n    options:\n      heading_level: 2" for module, name in names)

    return _PUBLIC.sub(entries, text)


def on_page_content(text: str, **_: object) -> str:
    """Replace each formula in the page's HTML by MathML."""
    text = _DISPLAY.sub(lambda found: f'<div class="formula">{convert(html.unescape(found[1]), display="block")}</div>', text)
    return _INLINE.sub(lambda found: convert(html.unescape(found[1])), text)
