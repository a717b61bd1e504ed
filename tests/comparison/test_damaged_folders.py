"""Folders of a comparison that somebody changed: a report or one sentence, never a traceback."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict

import pytest
from reference.planted import REGION, planted_generator

from resefa.comparison.comparison import Comparison
from resefa.comparison.experiment import Experiment
from resefa.comparison.measures.registry import Measures
from resefa.comparison.methods import methods_of
from resefa.errors import ResefaError

pytest.importorskip("matplotlib")
from resefa.comparison.report import report as write
from resefa.comparison.report.results import Results, summary

ODD = [
    None,
    True,
    -1,
    0,
    2**70,
    1e308,
    "",
    "x" * 5_000,
    "\x1b[31m",
    "²",
    [],
    [1],
    {},
    {"a": {}},
    "NaN",
    -0.0,
    "../..",
    "$x",
]


class Pixels:
    name, fingerprint, better = "pixels", "1", "higher"

    def features(self, images):
        return images.flatten(1)[:, :3]

    def of(self, edited, original):
        return [0.5] * len(edited)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    generator, measures = planted_generator(), Measures((Pixels(),), (Pixels(),))
    experiment = Experiment(
        "planted", generator.fingerprint, {REGION: REGION}, methods_of(["resefa", "random"]), resolution=(8, 8),
        images=2, discovery=1, levels=(0.05,), shown=1, strengths=3, measures=measures.fingerprints(),
    )  # fmt: skip
    Comparison(generator, experiment, folder, measures=measures, robustness={}).run()
    return folder


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from places(inner, (*path, place))


def altered(value, draw):
    """One place of a JSON value replaced, removed or repeated."""
    path = draw.choice(list(places(value))[1:])
    inner = value
    for part in path[:-1]:
        inner = inner[part]
    if draw.random() < 0.2:
        del inner[path[-1]]
    elif isinstance(inner, list) and draw.random() < 0.3:
        inner.append(inner[path[-1]])
    else:
        inner[path[-1]] = draw.choice(ODD)
    return value


def change(folder, draw):
    kind = draw.choice(["experiment", "line", "line", "line", "bytes", "picture", "lines"])
    results = folder / "results.jsonl"
    if kind == "experiment":
        path = folder / "experiment.json"
        path.write_text(json.dumps(altered(json.loads(path.read_text()), draw)))
    elif kind in ("line", "lines"):
        lines = results.read_text().splitlines()
        for _ in range(1 if kind == "line" else 5):
            place = draw.randrange(len(lines))
            lines[place] = json.dumps(altered(json.loads(lines[place]), draw))
        results.write_text("\n".join(lines) + "\n")
    else:
        path = (
            draw.choice(sorted(folder.glob("pictures/*/*.png")))
            if kind == "picture"
            else draw.choice([results, folder / "experiment.json"])
        )
        data = bytearray(path.read_bytes())
        for _ in range(draw.randrange(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path.write_bytes(bytes(data[: draw.randrange(len(data))] if draw.random() < 0.2 else data))


def outcome(folder):
    try:
        json.dumps(summary(Results(folder)))
        write.write_report(folder)
    except ResefaError as error:
        assert str(error) and "\n" not in str(error) and str(error).isprintable()
        return "sentence"
    return "report"


def damaged(made, tmp_path, seeds):
    told = defaultdict(int)
    for seed in seeds:
        folder = tmp_path / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder, ignore=shutil.ignore_patterns("figures", "features", "report.*"))
        change(folder, random.Random(seed))
        told[outcome(folder)] += 1
    return told


def test_a_changed_folder_is_a_report_or_a_sentence(made, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "draw_figures", lambda *_: defaultdict(str))  # seconds each
    monkeypatch.setattr(write, "_source", lambda _: "")
    told = damaged(made, tmp_path, range(60))
    assert told["sentence"] > 20 and told["report"] > 2


@pytest.mark.slow
def test_many_changed_folders(made, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "draw_figures", lambda *_: defaultdict(str))
    monkeypatch.setattr(write, "_source", lambda _: "")
    told = damaged(made, tmp_path, range(1_000, 1_727))
    assert sum(told.values()) == 727


@pytest.mark.slow
def test_changed_folders_with_their_figures(made, tmp_path):
    assert sum(damaged(made, tmp_path, range(5_000, 5_040)).values()) == 40
