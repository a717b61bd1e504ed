"""The glossary of CONTRIBUTING.md, enforced: messages, help texts, docstrings' first lines, cards and documentation pages.

A failure names the file, the line, the words and what to write instead. Words inside quotation marks or backticks are
not checked: they are values, names and quotations.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "resefa"


class Rule(NamedTuple):
    """``pattern``: the forbidden words; ``instead``: the replacement; ``rooms``: where it applies, everywhere if empty."""

    pattern: str
    instead: str
    rooms: tuple[str, ...] = ()


RULES = (
    # Field terms
    Rule(r"\bfinders?\b", "method"),
    Rule(r"\broutes?\b|\b(which|another|other|the fast|the slow|this|each) ways? (to|of|through)\b", "solver, plan, path"),
    Rule(r"\b(forward|reverse|backward) products?\b", "JVP, VJP"),
    Rule(r"\bcarr(y|ies|ied) over\b", "transferred direction; reused"),
    Rule(r"\b(its|their|image's|images') own directions?\b|\bdirections? of (its|their) own\b", "per-image direction"),
    Rule(r"\bunit scale\b", "equalized learning rate"),
    Rule(r"\bfinish of (a|the|each|its) layer\b|\bfinishing steps?\b", "epilogue"),
    Rule(r"\bstrangers?\b", "untrusted file"),
    Rule(r"\bverdicts?\b", "certificate"),
    Rule(r"\bcover(s|ed|ing)?\b", "certify, energy searched", ("solvers",)),
    Rule(r"\bforegrounds?\b", "edit region, inside", ("cli", "comparison", "methods", "regions")),
    Rule(r"\bkept (search|subspace|Jacobian|image)e?s?\b|\bknown (search|subspace|Jacobian|image)e?s?\b|where it is known", "cached"),
    Rule(r"\b(no|enough|more|less|the|little) room\b|\bmemory (left|held)\b", "memory budget, free space"),
    Rule(r"\bmissing or left over\b|\bhas no place for\b", "missing or unexpected"),
    Rule(r"\b(a|as|this|what) share\b|\bshares (of|above|up)\b", "fraction"),
    # Verbs that say nothing
    Rule(r"\bcame\b(?! from)", "was given; or give the value: Unknown solver 'x'"),
    Rule(r"\b(was|were) expected\b(?! to)", "expected ..., after the value"),
    Rule(r"\b(is|are) of (the )?(shape|type|kind)\b", "has shape, has type"),
    Rule(r"\bleaves? with\b", "exits with"),
    Rule(r"\b(goes|go|went|gone|going) on\b", "continues, resumes"),
    Rule(r"\blet(s|ting)? go of\b", "free, release"),
    Rule(r"\btold apart\b|\btells? apart\b", "detected by, distinguished by"),
    Rule(r"\b(can|could|may|to) be had\b", "is available"),
    Rule(r"\btak(e|en|ing) apart\b", "decompose, split"),
    Rule(r"\bmend(s|ed|ing)?\b", "fix, repair"),
    # Constructions of another language
    Rule(r"(?<!there )\b(is|are|was|were) no (?!longer\b|more\b|less\b|better\b|worse\b|larger\b|smaller\b|such\b)\w+", "is not a ..."),
    Rule(r"\bof (its|their|one's) own\b", "its, a separate, another"),
    Rule(r"(?<!no )\bsuch\b(?! as\b| that\b)", "the noun itself"),
    Rule(r"\bthere is no way\b|\bno way to\b", "is not possible, cannot"),
    Rule(r"\banew\b", "again"),
    Rule(r"\bas many\b(?! (\w+ )?as\b)", "the same number"),
    Rule(r"\ba person\b(?! on\b| in\b)", "the user"),
    Rule(r"\bin words\b", "as text"),
    Rule(r"\bfor ever after\b|\bwhoever\b|\bever after\b", "plain words"),
    Rule(r"\bnothing but\b|\bnaught\b|\bbeside each other\b", "only; side by side"),
    Rule(r"\bone by itself\b|\bby its own\b|\bby their own\b", "alone, separately"),
)  # fmt: skip
OPENING = re.compile(r"(What|Where|Of|Those|Which|As|It|Its|On|One such|They|That|Whoever|Others?)\b")
"""A docstring's first line begins with a noun, a verb or 'Whether', not with one of these."""


class Text(NamedTuple):
    """A text that people read: ``place`` is ``path:line``; ``docstring``: it is a docstring's first line."""

    room: str
    place: str
    words: str
    docstring: bool = False


def _string(node: ast.AST) -> str | None:
    """A literal string's text; ``{}`` stands for each value of an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
    return None


def _strings(tree: ast.AST, skipped: set[int]) -> Iterator[tuple[int, str]]:
    """Every literal string outside docstrings and annotations."""
    if id(tree) in skipped:
        return
    text = _string(tree)
    if text is not None:
        yield tree.lineno, text  # type: ignore[attr-defined]
        for value in getattr(tree, "values", ()):
            if isinstance(value, ast.FormattedValue):
                yield from _strings(value.value, skipped)
        return
    for child in ast.iter_child_nodes(tree):
        yield from _strings(child, skipped)


def of_module(path: Path) -> Iterator[Text]:
    """Strings of three words or more (messages, help texts, captions) and the first lines of docstrings."""
    relative = path.relative_to(SOURCE)
    room = relative.parts[0] if len(relative.parts) > 1 else "top"
    tree = ast.parse(path.read_text("utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        # typer reads help texts from Annotated[...]; other annotations hold shapes for jaxtyping.
        skipped |= {id(a) for a in annotations if a is not None and not ast.unparse(a).startswith("Annotated")}
        if isinstance(node, ast.Expr) and _string(node.value) is not None:
            skipped.add(id(node.value))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            document = ast.get_docstring(node)
            if document:
                yield Text(room, f"{relative}:{getattr(node, 'lineno', 1)}", document.splitlines()[0], docstring=True)
                if room == "cli" and len(document.splitlines()) > 1:  # --help prints the whole of it
                    yield Text(room, f"{relative}:{getattr(node, 'lineno', 1)}", document.split("\n", 1)[1])
    for line, text in _strings(tree, skipped):
        if len(text.split()) >= 3:
            yield Text(room, f"{relative}:{line}", text)


def of_cards() -> Iterator[Text]:
    """Texts of the models' cards."""
    for path in sorted((SOURCE / "zoo" / "cards").glob("*.toml")):
        card = tomllib.loads(path.read_text("utf-8"))
        for key in ("title", "description", "by_hand"):
            if isinstance(card.get(key), str):
                yield Text("zoo", f"zoo/cards/{path.name}:{key}", card[key])


def of_page(path: Path) -> Iterator[Text]:
    """Lines of a Markdown page outside code blocks."""
    code = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
        elif not code:
            yield Text("docs", f"{path.relative_to(ROOT)}:{number}", line)


def texts() -> list[Text]:
    modules = [text for path in sorted(SOURCE.rglob("*.py")) for text in of_module(path)]
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [*modules, *of_cards(), *(text for page in pages for text in of_page(page))]


def failures(text: Text) -> Iterator[str]:
    """One line for each rule that the text breaks."""
    plain = re.sub(r"``.*?``|`[^`]*`|\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)|https?://\S+", " ", text.words)
    for rule in RULES:
        if rule.rooms and text.room not in rule.rooms:
            continue
        found = re.search(rule.pattern, plain, re.IGNORECASE)
        if found:
            yield f"{text.place}: '{found[0]}' -> {rule.instead} | {text.words.strip()[:150]}"
    if text.docstring and OPENING.match(text.words):
        yield f"{text.place}: opens with '{text.words.split()[0]}' -> a noun or a verb | {text.words[:150]}"


TEXTS = texts()
ROOMS = sorted({text.room for text in TEXTS})


@pytest.mark.parametrize("room", ROOMS)
def test_words_of_the_glossary(room: str) -> None:
    wrong = [line for text in TEXTS if text.room == room for line in failures(text)]
    assert not wrong, "see the glossary in CONTRIBUTING.md:\n" + "\n".join(wrong)


def test_the_glossary_and_the_rules_agree() -> None:
    """Each phrase of the glossary's "not" column is caught by a rule."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = re.search(r"\| say \| not \|\n\|[-| ]+\|\n((?:\|.*\n)+)", page)
    assert table, "CONTRIBUTING.md has no table '| say | not |'"
    phrases = [phrase.strip() for row in table[1].splitlines() for phrase in row.split("|")[2].split(";")]
    assert len(phrases) > 20
    missed = [p for p in phrases if not any(re.search(rule.pattern, p, re.IGNORECASE) for rule in RULES)]
    assert not missed, f"no rule catches {missed}"


@pytest.mark.parametrize(
    ("words", "caught"),
    [
        ("The solver {} came: give auto or cholesky.", True),
        ("Unknown solver {}; choose one of auto, cholesky.", False),
        ("mask.png is no picture.", True),
        ("mask.png is not a picture.", False),
        ("Regions such as mouth or eyes.", False),
        ("The option `came` is quoted.", False),
    ],
)
def test_rules_catch_phrases_and_spare_plain_sentences(words: str, caught: bool) -> None:
    assert bool(list(failures(Text("regions", "x:1", words)))) == caught


def test_the_texts_are_found() -> None:
    """Messages of errors, help texts of the command line and cards all reach the rules."""
    assert len(TEXTS) > 4000
    assert {"cli", "checkpoints", "docs", "zoo"} <= set(ROOMS)
    help_texts = [text.words for text in TEXTS if text.room == "cli"]
    assert any("analysis" in words and "resolution" in words for words in help_texts)
