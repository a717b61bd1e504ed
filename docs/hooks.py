"""Two steps of the site's build: formulas become MathML, and a package's public names become its reference page.

MathML needs no script from elsewhere. A line ``{{ public names of resefa.regions }}`` is replaced by one mkdocstrings entry for
each name that the package's ``__init__`` exports.
"""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

from latex2mathml.converter import convert

SOURCE = Path(__file__).resolve().parents[1] / "src"
REFERENCE = Path(__file__).resolve().parent / "reference" / "api"
FIRST = """load wrap discover edit follow calibrate locality save_images picture sheet save_sheet save_page
Region LatentCode Generator RegionProblem EditSpace plan RegionGrams Findings ReSeFa method Method
Auto Cholesky Woodbury MatrixFree Prepared Solution Certificate Directions Direction EditPaths EditPath Composition Session JacobianCache Cancellation"""
"""What a reader looks for first, in the order of the reference pages; then other classes, then functions."""
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
_PUBLIC = re.compile(r"^\{\{ public names of ([\w.]+) \}\}$", re.MULTILINE)


def public_names(package: str) -> list[tuple[str, str]]:
    """Module and name of each import under ``if TYPE_CHECKING`` in the package's ``__init__``, the most important names first."""
    path = SOURCE.joinpath(*package.split("."), "__init__.py")
    found = [
        (line.module, alias.name)
        for block in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for line in block.body
        if isinstance(line, ast.ImportFrom) and line.module
        for alias in line.names
    ]
    place = {name: at for at, name in enumerate(FIRST.split())}
    return sorted(found, key=lambda pair: (place.get(pair[1], len(place)), pair[1][0].islower(), pair[1].lower()))


def entries(package: str) -> str:
    """One mkdocstrings entry per public name; a name of ``resefa`` that a sub-package exports too becomes a link to its entry."""
    names = public_names(package)
    pages = [page.read_text(encoding="utf-8") for page in REFERENCE.glob("*.md")]
    others = (
        {mark for page in pages for mark in _PUBLIC.findall(page) if mark != "resefa"} if package == "resefa" else set()
    )
    elsewhere = {pair for other in others for pair in public_names(other)}
    if package == "resefa":
        elsewhere |= {(module, name) for module, name in names if module == "resefa.errors"}
    links = [f"[`{name}`][{module}.{name}]" for module, name in names if (module, name) in elsewhere]
    parts = [f"Documented with their sub-packages: {', '.join(links)}."] if links else []
    parts += [
        f"::: {module}.{name}\n    options:\n      heading_level: 2"
        for module, name in names
        if (module, name) not in elsewhere
    ]
    return "\n\n".join(parts)


def on_page_markdown(text: str, **_: object) -> str:
    """Expand the lists of public names."""
    return _PUBLIC.sub(lambda mark: entries(mark[1]), text)


def on_page_content(text: str, **_: object) -> str:
    """Replace each formula in the page's HTML by MathML."""
    text = _DISPLAY.sub(
        lambda found: f'<div class="formula">{convert(html.unescape(found[1]), display="block")}</div>', text
    )
    return _INLINE.sub(lambda found: convert(html.unescape(found[1])), text)
