"""Folders of resefa 0.1, with its names of methods, settings and kinds, are read, reported and resumed."""

from __future__ import annotations

import json
import shutil

import pytest
from reference.planted import REGION, planted_generator
from safetensors.torch import load_file, save_file

from resefa.comparison import earlier_folders
from resefa.comparison.comparison import Comparison
from resefa.comparison.earlier_folders import current_feature_key, current_method, current_record
from resefa.comparison.experiment import Experiment
from resefa.comparison.measures.registry import Measures
from resefa.comparison.methods import methods_of
from resefa.comparison.report.method_styles import TITLES_FILE, read_titles
from resefa.comparison.report.results import Results, summary
from resefa.methods.registry import ALIASES, METHODS

EARLIER_METHODS = {current: earlier for earlier, current in ALIASES.items()}
EARLIER_SETTINGS = {current: earlier for earlier, current in earlier_folders.SETTINGS.items()}


class Pixels:
    name, fingerprint, better, dimensions = "pixels", "1", "higher", 3

    def features(self, images):
        return images.flatten(1)[:, :3]

    def of(self, edited, original):
        return [0.5] * len(edited)


def new_comparison(folder):
    generator, measures = planted_generator(), Measures((Pixels(),), (Pixels(),))
    experiment = Experiment(
        "planted", generator.fingerprint, {REGION: REGION}, methods_of(["resefa", "random"]), resolution=(8, 8),
        images=2, discovery=1, levels=(0.05,), shown=1, strengths=3, measures=measures.fingerprints(),
    )  # fmt: skip
    return Comparison(generator, experiment, folder, measures=measures, robustness={})


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    new_comparison(folder).run()
    return folder


def earlier_text(text: str) -> str:
    """JSON or a feature's key with the names of 0.1."""
    for names in (EARLIER_METHODS, EARLIER_SETTINGS):
        for current, earlier in names.items():
            for left, right in (('"', '"'), ("|", "|"), (":", ":{"), (":", '"')):
                text = text.replace(f"{left}{current}{right}", f"{left}{earlier}{right}")
            if names is EARLIER_SETTINGS:
                text = text.replace(f'"{current}:', f'"{earlier}:')
                text = text.replace(f"{current}|", f"{earlier}|")
    return text.replace('"unrelated"', '"strangers"')


@pytest.fixture
def old(new, tmp_path):
    """The same folder as resefa 0.1 wrote it."""
    folder = shutil.copytree(new, tmp_path / "old")
    for name in ("experiment.json", "results.jsonl"):
        (folder / name).write_text(earlier_text((folder / name).read_text()))
    for path in [*folder.glob("directions/*"), *folder.glob("pictures/*/*-*.png")]:
        name = path.name
        for names in (EARLIER_METHODS, EARLIER_SETTINGS):
            for current, earlier in names.items():
                name = name.replace(f"-{current}-", f"-{earlier}-").replace(f"-{current}.", f"-{earlier}.")
        path.rename(path.with_name(name))
    for path in folder.glob("features/*/*"):
        tensors = {earlier_text(name): row for name, row in load_file(path).items()}
        save_file(tensors, path)
    return folder


def test_the_fixture_is_written_in_the_names_of_0_1(old):
    text = (old / "results.jsonl").read_text()
    for name in ('"own"', '"carried"', '"carried:', '"region-contrast"', ":region-contrast:{", '"strangers"'):
        assert name in text, name
    assert "per-image" not in text and "transferred" not in text
    assert list(old.glob("pictures/*/*-carried-region-contrast-plus.png"))
    assert list(old.glob("directions/*-region-contrast.safetensors"))


def test_its_figures_are_those_of_today(new, old):
    assert summary(Results(old)) == summary(Results(new))


def test_its_report_has_the_pictures(old):
    pytest.importorskip("matplotlib")
    from resefa.comparison.report.sheets import save_sheets

    assert {one.setting for one in save_sheets(Results(old), old / "figures")} == {"per-image", "transferred"}


def test_a_cut_run_resumes_with_its_directions_and_features(new, old):
    path = old / "results.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    # Without its second image and all that follows.
    first = next(i for i, line in enumerate(lines) if '"block": "image:1000"' in line)
    path.write_text("".join(lines[: first + 1]))
    resumed = new_comparison(old)
    directions = {file.name: file.stat().st_mtime_ns for file in old.glob("directions/*")}
    resumed.run()
    assert {file.name: file.stat().st_mtime_ns for file in old.glob("directions/*")} == directions
    figures = [
        [(one["setting"], one["method"], one["distances"]) for one in Results(folder).of("distance")]
        for folder in (new, old)
    ]
    assert figures[0] == figures[1] and len(figures[0]) == 5


def test_its_titles_are_kept(tmp_path):
    (tmp_path / TITLES_FILE).write_text(json.dumps({"low-rank": "Theirs", "mine": "Mine"}))
    assert read_titles(tmp_path) == {"lowrankgan": "Theirs", "mine": "Mine"}


def test_every_earlier_method_has_a_present_name():
    assert {current_method(name) for name in ALIASES} == set(EARLIER_METHODS) <= set(METHODS)
    assert current_method("sefa") == "sefa" and current_method("mine") == "mine"


def test_regions_with_separators_keep_their_text():
    assert current_feature_key("own|mouth | eyes|sefa|+1") == "per-image|mouth | eyes|sefa|+1"
    assert current_feature_key("original") == "original"
    block = {"kind": "end", "block": "carried:box:0,0,8,4:sefa"}
    assert current_record(block)["block"] == "transferred:box:0,0,8,4:sefa"
    record = {"kind": "edit", "setting": "carried", "region": "own", "method": "sefa"}
    assert current_record(record) == {"kind": "edit", "setting": "transferred", "region": "own", "method": "sefa"}
