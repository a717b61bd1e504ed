"""Pages that messages, docstrings and README name exist. Links between pages of the site: ``mkdocs build --strict``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from resefa.cli.main import app

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"\b(?:docs|benchmarks|examples)/[\w./-]+\.(?:md|py|ipynb|png|svg)\b")
SOURCES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), *ROOT.glob("*.md")]


def test_every_page_named_in_the_code_exists():
    named = {(name, path) for path in SOURCES for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert not {f"{path.relative_to(ROOT)}: {name}" for name, path in named if not (ROOT / name).is_file()}


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_the_top_pages_lead_to_files_and_headings(page):
    for target in re.findall(r"\]\(([^)#:\s]+(?:#[\w-]+)?)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        assert (ROOT / file).is_file(), target
        headings = re.findall(r"^#+ (.+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {
            re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in headings
        }, target


def test_commands_and_options_in_the_pages_exist():
    group = typer.main.get_command(app)
    options = {"--help"}
    for named in group.commands.values():
        for command in (named, *getattr(named, "commands", {}).values()):
            options |= {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in (page for page in pages if page.parent.name != "measurements"):
        shell = "".join(re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
        for line in re.findall(r"^ *(resefa [^\n]*)$", shell, re.MULTILINE):
            used = set(re.findall(r"(?<!\S)--[a-z][\w-]*", line.partition("#")[0]))
            assert line.split()[1] in group.commands, f"{page.name}: {line}"
            assert used <= options, f"{page.name}: {line}"
