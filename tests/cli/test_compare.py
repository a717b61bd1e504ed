"""``resefa compare`` as a person runs it."""

from __future__ import annotations

import json

import pytest
from reference.command import resefa

pytest.importorskip("matplotlib")
BASE = ["compare", "toon-faces-64", "--region", "mouth", "--images", "2", "--discovery", "1", "--methods", "resefa,random",
        "--levels", "0.05", "--no-features", "-o", "out"]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory, toons):
    folder = tmp_path_factory.mktemp("compare")
    done = resefa(*BASE, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    outside = {
        one["method"]: one["outside"]["0.05"]["value"] for one in facts["results"] if one["setting"] == "per-image"
    }
    assert outside["resefa"] < outside["random"] / 3
    return folder


def test_the_folder_has_results_and_report(folder):
    names = {path.name for path in (folder / "out").iterdir()}
    assert {"experiment.json", "results.jsonl", "sessions.jsonl", "report.html", "report.md", "figures"} <= names
    assert "resefa compare toon-faces-64 --region mouth" in (folder / "out" / "report.md").read_text()


def test_a_report_of_what_is_there_measures_nothing(folder):
    before = (folder / "out" / "results.jsonl").read_bytes()
    (folder / "out" / "report.html").unlink()
    done = resefa("compare", "--report-only", "-o", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "out" / "report.html").exists() and (folder / "out" / "results.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (["-o", ""], ["--output", "empty"]),
        (["-o", " ", "--report-only"], ["--output", "empty"]),
        (["--region", "mouth"], ["MODEL", "--report-only"]),
        (["toon-faces-64"], ["--region"]),
    ],
)
def test_without_a_folder_a_model_or_a_region_it_says_what_is_missing(tmp_path, arguments, facts):
    done = resefa("compare", *arguments, cwd=tmp_path)
    assert done.returncode != 0 and done.stderr.count("\n") == 1 and all(fact in done.stderr for fact in facts), (
        done.stderr
    )
    assert not list(tmp_path.iterdir())


def test_the_demo_refuses_an_empty_folder(tmp_path):
    done = resefa("demo", "-o", "", cwd=tmp_path)
    assert done.returncode != 0 and "--output is empty" in done.stderr and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--images", "3"], "images: 2 in the folder, 3 requested"),
        (["--images", "1", "-o", "new"], "--images 1 is out of range; give 2 to"),
        (["--methods", "sifa"], "Unknown method 'sifa'"),
        (["--levels", "much"], "--levels is 'much'"),
        (["--report-only", "-o", "nowhere"], "nowhere does not contain experiment.json"),
        (["--exact", "mask.png"], "--exact needs --robustness"),
        (["--inception", "missing.pth"], "The file missing.pth does not exist"),
    ],
)
def test_mistakes_are_one_sentence(folder, changed, words):
    done = resefa(*BASE, *changed, cwd=folder)
    assert done.returncode != 0 and words in done.stderr and done.stderr.count("\n") == 1, done.stderr
