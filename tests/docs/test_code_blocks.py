"""Code of README.md and of the documentation pages runs as printed, page by page, in an empty folder.

Python blocks of a page share one namespace, and shell lines that begin with ``resefa`` run as commands, in the order of the page. A
block that cannot run here says so in its first line: ``# Not run in the tests: reason``. Its Python must still compile.

Pages show the default model ``toon-faces`` of 256 pixels. Here its copy cut at 64 pixels stands in, which takes a fraction of the time;
where a page analyses the network's image of 64 pixels, the copy's image of 16 pixels stands in, and a curved edit has a budget of
products. The pages as printed run in the slow tests.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from resefa.cli.main import run

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOT_RUN = "# Not run in the tests: "
DEFAULT_MODEL = re.compile(r"\btoon-faces\b(?![-:])")
"""The name of the model, but neither another model's nor a family of presets, as in ``toon-faces:mouth``."""
ANALYSED = re.compile(r"(--analysis-resolution |\banalysis_resolution=)64\b")
"""The option that analyses the network's image of 64 pixels."""
CURVED = re.compile(r" --curved\b(?!.* --max-products)|(?<=largest=1\.0)(?=\))")
"""Curved edits without a budget."""
OTHER_LANGUAGES = {"toml", "text", "json", "console"}
GENERATED = ROOT / "docs" / "reference" / "command_line.md"


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block, without the indentation of a list."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE)) for indent, language, text in found]


PAGES = [
    page
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if page != GENERATED and any(language in ("python", "bash") for language, _ in blocks(page))
]


def run_command(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one line of a shell block in this process, and demand exit code 0."""
    arguments = shlex.split(line, comments=True)
    monkeypatch.setattr(sys, "argv", arguments)
    try:
        run()
    except SystemExit as end:
        assert not end.code, f"{line} exited with {end.code}"


def cut(text: str) -> str:
    """The text with the default model's copy of 64 pixels in its place, and budgets for curved edits."""
    text = ANALYSED.sub(r"\g<1>16", DEFAULT_MODEL.sub("toon-faces-64", text))
    return CURVED.sub(lambda found: f"{found[0]} --max-products 100" if found[0] else ", max_products=100", text)


def run_page(page: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str]) -> None:
    """Run the blocks of a page in order, each changed first."""
    namespace: dict[str, object] = {}
    monkeypatch.setattr("resefa.directions.library.data_folder", Path.cwd)  # not the user's named directions
    for language, text in blocks(page):
        if text.removeprefix("import resefa\n\n").startswith(NOT_RUN):
            if language == "python":
                compile(text, str(page), "exec")
            continue
        text = change(text)
        if language == "python":
            exec(compile(text, str(page), "exec"), namespace)
        elif language == "bash":
            for line in text.replace("\\\n", " ").splitlines():
                if line.startswith("resefa "):
                    run_command(line, monkeypatch)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, efficientnet_lite0):
    monkeypatch.chdir(tmp_path)
    run_page(page, monkeypatch, cut)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if any(DEFAULT_MODEL.search(text) for _, text in blocks(page))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_code_of_a_page_runs_at_full_resolution(page, tmp_path, monkeypatch, efficientnet_lite0):
    monkeypatch.chdir(tmp_path)
    run_page(page, monkeypatch, str)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_names_its_language(page):
    languages = {language for language, _ in blocks(page)} - {"python", "bash"} - OTHER_LANGUAGES
    assert not languages and page.read_text(encoding="utf-8").count("```") == 2 * len(blocks(page))


def test_the_pages_with_code_are_found():
    assert {ROOT / "README.md", ROOT / "docs" / "tutorial.md", ROOT / "docs" / "how-to" / "own_model.md"} <= set(PAGES)
