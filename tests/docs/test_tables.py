"""Tables of the documentation are those of ``benchmarks/results/*.json``, and the data is complete."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))


@pytest.fixture(scope="module")
def tables():
    spec = importlib.util.spec_from_file_location("benchmark_tables", ROOT / "benchmarks" / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_in_the_docs_are_generated_from_the_results(tables):
    assert not tables.update(ROOT, write=False), "run: python benchmarks/run.py tables"


def test_a_changed_figure_is_noticed(tables, tmp_path):
    for name in ("benchmarks/results", "docs/measurements"):
        (tmp_path / name).mkdir(parents=True)
    page = "# Page\n\n<!-- table: locality -->\nold\n<!-- end of table -->\n"
    (tmp_path / "README.md").write_text(page)
    result = json.loads((ROOT / "benchmarks" / "results" / "locality.json").read_text(encoding="utf-8"))
    (tmp_path / "benchmarks" / "results" / "locality.json").write_text(json.dumps(result))
    assert tmp_path / "README.md" in tables.update(tmp_path)
    assert "0.0088" in (tmp_path / "README.md").read_text() and not tables.update(tmp_path, write=False)
    result["tables"][0]["rows"][0][1] = 0.0099
    (tmp_path / "benchmarks" / "results" / "locality.json").write_text(json.dumps(result))
    assert tmp_path / "README.md" in tables.update(tmp_path, write=False)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, None, ""),
        ("4 of 20", None, "4 of 20"),
        (5.1e-14, None, "5.1e-14"),
        (2e-7, ".1e", "2.0e-7"),
        (1969, ",", "1,969"),
        ([0.998, 1.0], ".3f", "0.998 to 1.000"),
        ({"value": 0.0084, "interval": [0.0068, 0.0105], "best": True}, ".4f", "**0.0084** [0.0068, 0.0105]"),
    ],
)
def test_cells(tables, value, form, text):
    assert tables.cell(value, form) == text


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_each_result_names_its_machine_and_an_existing_benchmark(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    assert {"cpu", "cores", "threads", "torch", "load", "date"} <= set(result["machine"])
    assert not re.search(r"/(home|root|tmp|work)/", path.read_text(encoding="utf-8"))
    assert result["tables"] or result["notes"]
    if result["benchmark"]:
        assert list((ROOT / "benchmarks").glob(f"*/{result['benchmark'].split()[0]}.py"))


def test_the_runner_lists_every_benchmark():
    runner = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "list"]
    listed = subprocess.run(runner, capture_output=True, text=True, check=True).stdout
    scripts = {p.stem for d in ("speed", "accuracy", "robustness") for p in (ROOT / "benchmarks" / d).glob("[!_]*.py")}
    assert {line.split()[1] for line in listed.splitlines()} == scripts


def test_the_figures_of_the_readme_are_measured():
    """Every number under "Four figures" stands in a table or note of the measurements, or describes what was measured."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Four figures")[1].split("\n## ")[0]
    figures = set(re.findall(r"\d+\.\d+|\d+(?:,\d{3})+|\d\d+", re.sub(r"\]\([^)]*\)", "]", section)))
    measured = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "measurements").glob("*.md"))
    assert len(figures) > 10
    assert not {figure for figure in figures if not re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d])", measured)}
