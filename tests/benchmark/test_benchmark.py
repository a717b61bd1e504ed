"""The benchmark as a whole, with stand-ins for the networks: an interrupted run resumes, and the report needs the results alone."""

from __future__ import annotations

import csv
import json
import shutil

import pytest
import torch
from benchmark.stand_ins import BoxReader, BoxSegmenter

import resefa
from resefa.benchmark import Benchmark, BenchmarkResults, Settings, cases_of
from resefa.comparison.journal import FILE
from resefa.errors import UsageError

CASES = ["resefa:W", "sefa", "random:W"]


@pytest.fixture(scope="module")
def generator():
    return resefa.load("toon-faces-64")


def settings(generator, **changes):
    given = {
        "seeds": (1000, 1001), "cases": cases_of(CASES), "regions": ("mouth", "hair"), "measured_at": 64, "analysed_at": 16,
        "levels": (0.01, 0.04), "k": 2, "recall_images": 1, "discovery": 1, "samples": 100, "drawn": 20, "least_accuracy": 0.0,
    }  # fmt: skip
    return Settings(generator.name, generator.fingerprint, **{**given, **changes})


def run(generator, folder, **changes):
    work = Benchmark(generator, settings(generator, **changes), folder, reader=BoxReader(), segmenter=BoxSegmenter())
    work.run()
    return work


@pytest.fixture(scope="module")
def folder(generator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    run(generator, folder)
    return folder


def without_times(records):
    return [
        {name: value for name, value in record.items() if "seconds" not in name}
        for record in records
    ]  # fmt: skip


def test_every_image_part_case_and_sign_has_a_side_in_both_settings(folder):
    results = BenchmarkResults(folder)
    sides = results.of("side")
    first = {
        (one["setting"], one["image"], one["region"], one["case"], one["sign"]) for one in sides if not one["direction"]
    }
    assert len(first) == 2 * 2 * 2 * len(CASES) * 2
    others = [one for one in sides if one["direction"]]
    assert {(one["setting"], one["image"]) for one in others} == {("per-image", 1000)}
    for side in sides:
        lengths = {len(side[name]) for name in ("alphas", "inside", "outside", "distance", "read", "others")}
        assert len(lengths) == 1 and all(a < b for a, b in zip(side["alphas"], side["alphas"][1:], strict=False))
        assert side["region"] not in {name for names in side["others"] for name in names}


def test_curved_edits_change_the_outside_less_than_straight_edits_of_the_same_directions(generator, tmp_path):
    run(
        generator,
        tmp_path,
        cases=cases_of(["resefa:W", "resefa:W~"]),
        regions=("mouth",),
        seeds=(1000,),
        recall_images=0,
        discovery=0,
    )
    results = BenchmarkResults(tmp_path)
    straight, curved = (
        sum(one["outside"][-1] / one["inside"][-1] for one in results.edits("per-image", case))
        for case in ("resefa W", "resefa W curved")
    )
    assert curved < straight / 2
    assert {one["setting"] for one in results.of("path")} == {"per-image"}


def test_the_change_inside_follows_the_levels(folder):
    reached = [
        side["inside"][1] for side in BenchmarkResults(folder).edits("per-image", "resefa W") if len(side["inside"]) > 1
    ]
    assert torch.tensor(reached).log().sub(torch.tensor(0.04).log()).abs().median() < 0.5


def test_a_region_aware_method_changes_the_outside_less_than_chance(folder):
    results = BenchmarkResults(folder)
    assert results.outside("per-image", "resefa W").value < results.outside("per-image", "random W").value / 2


def test_a_cut_file_resumes_to_the_same_results(folder, generator, tmp_path):
    cut = tmp_path / "cut"
    shutil.copytree(folder, cut)
    lines = (cut / FILE).read_bytes().splitlines(keepends=True)
    closing = next(i for i, line in enumerate(lines) if b'"block": "image:1000"' in line)
    (cut / FILE).write_bytes(b"".join(lines[: closing + 1]) + lines[closing + 1][:40])
    again = run(generator, cut).journal.records
    before = [record for record in map(json.loads, lines) if record["kind"] != "end"]
    assert without_times(again) == without_times(before)


def test_other_settings_in_the_folder_are_refused(folder, generator):
    with pytest.raises(UsageError, match="k: 2 in the folder, 3 requested"):
        run(generator, folder, k=3)


def test_the_report_needs_the_results_alone(folder, tmp_path, png_figures):
    pytest.importorskip("matplotlib")
    from resefa.benchmark import write_benchmark_report

    moved = tmp_path / "moved"
    moved.mkdir()
    for name in (FILE, "settings.json"):
        shutil.copy(folder / name, moved / name)
    page = write_benchmark_report(moved).read_text("utf-8")
    for words in ("ReSeFa, W", "SeFa, W", "Clean hits by part", "Kernel distance to drawn heads", "DCI and SAP"):
        assert words in page, words
    assert {path.suffix for path in (moved / "tables").iterdir()} == {".tex", ".csv"}
    table = next((moved / "tables").glob("*edits-of-parts-by-per-image*.csv")).read_text("utf-8").splitlines()
    for path in (moved / "tables").glob("*.csv"):
        heading, *rows = csv.reader(path.read_text("utf-8").splitlines())
        assert {len(row) for row in rows} <= {len(heading)}, path.name
    assert table[0].startswith('"method, space",hits,clean hits') and len(table) == 1 + len(CASES)
