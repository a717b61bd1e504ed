"""The demo's files, from two edits of the small generator."""

from __future__ import annotations

import pytest
from PIL import Image

import resefa
from resefa.cli.demo import SHEET_STEP, STRENGTHS, make_demo
from resefa.cli.demo_edits import CHANGES, OVERVIEW, PARTS, Edit, Part
from resefa.regions.presets import preset_names


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder, done = tmp_path_factory.mktemp("demo"), []
    part = Part("eyes", "Eyes", "A box on both eyes.", (Edit("eyes", 2, 0, "A wink", "W"),), randoms=1)
    ((shown, sweeps),) = make_demo(resefa.load("toon-faces-64"), folder, (part,), done.append)
    assert shown is part and done == [1, 2]
    return folder, sweeps


def test_the_demo_writes_a_page_a_sheet_an_overview_and_directions(made):
    folder, _ = made
    assert {path.name for path in folder.iterdir()} == {
        "gallery.html", "eyes.png", "overview.png", "overview.webp", "eyes-seed2-w.safetensors",
    }  # fmt: skip
    page = (folder / "gallery.html").read_text(encoding="utf-8")
    assert page.count('<article class="card"') == 2 and "A wink (seed 2)" in page and "Johan Melin" in page
    assert "http:" not in page.replace("http://www.w3.org", "") and 'src="http' not in page
    found = resefa.Directions.load(folder / "eyes-seed2-w.safetensors")
    assert len(found) == 2 and found.provenance.space == "W"
    with Image.open(folder / "overview.webp") as film:
        assert film.n_frames == 2 * len(STRENGTHS) - 2


def test_the_edit_leaves_the_rest_alone_and_a_random_direction_does_not(made):
    _, sweeps = made
    best, random = sweeps["A wink"], sweeps["A random direction"]
    assert max(one.inside for one in best.measured) == pytest.approx(CHANGES["eyes"], rel=1e-3)
    ratios = [[one.outside / one.inside for one in sweep.measured] for sweep in (best, random)]
    assert 2 * max(ratios[0]) < min(ratios[1])


def test_the_edits_of_the_demo_name_presets_that_exist_and_strengths_that_sheets_show():
    names = preset_names("toon-faces")
    edits = [edit for part in PARTS for edit in part.edits]
    assert all(edit.region in names and edit.region in CHANGES and edit.index < 2 for edit in edits)
    assert {edit.space for edit in edits} == {"W", "W+", "S"} and set(OVERVIEW) <= {part.name for part in PARTS}
    assert {-1.0, 0.0, 1.0} <= set(STRENGTHS[::SHEET_STEP])
