"""``resefa edit --curved`` and files of paths on the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image
from reference.command import resefa as run
from reference.planted import REGION, planted_generator

import resefa
from resefa.cli.model_options import ModelOptions
from resefa.paths import straight_paths

GENERATOR = planted_generator()
CODES = GENERATOR.sample([4, 7])
FOUND = resefa.discover(GENERATOR, CODES, REGION, k=2)


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """The command opens the planted generator, whose images are small."""
    monkeypatch.setattr(ModelOptions, "opened", lambda _: GENERATOR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A file of directions, and a file of paths of two codes."""
    folder = tmp_path_factory.mktemp("paths")
    FOUND.save(folder / "found.safetensors")
    straight_paths(GENERATOR, None, FOUND[0], change=1e-4).save(folder / "found.paths.safetensors")
    return folder


def edited(folder, *arguments):
    done = run("edit", "planted", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("name", ["a.png", "a.html", "a.gif", "pictures/"])
def test_pictures_move_along_saved_paths(folder, tmp_path, name):
    shutil.copy(folder / "found.paths.safetensors", tmp_path)
    done = edited(tmp_path, "found.paths.safetensors", "--strengths=-1,0,0.5", "--seeds", "7", "-o", name, "--json")
    facts = json.loads(done.stdout)
    assert facts["change"] == 1e-4 and [one["image"] for one in facts["images"]] == ["seed 7"]
    changes = {one["strength"]: one["inside"] for one in facts["images"][0]["changes"]}
    assert changes[-1] == pytest.approx(1e-4, rel=0.05) and changes[0.5] == pytest.approx(0.25e-4, rel=0.05)
    assert facts["images"][0]["paths"]["box:0,4,8,4 #0, straight"]["certificate"]["images"] == 16
    written = tmp_path / name
    if name == "pictures/":
        assert sorted(one.name for one in written.iterdir()) == ["seed-7_+0.5.png", "seed-7_-1.png", "seed-7_0.png"]
    elif name == "a.gif":
        with Image.open(written) as image:
            assert image.n_frames == 4
    else:
        assert written.stat().st_size > 5000


def test_a_curve_is_followed_saved_and_shown(folder, tmp_path):
    shutil.copy(folder / "found.safetensors", tmp_path)
    done = edited(
        tmp_path, "found.safetensors", "--direction", "1=-0.5", "--seeds", "4", "--curved", "--with-straight", "--change", "1e-4",
        "--strengths=-1,0,1", "--max-products", "500", "--paths", "a.paths.safetensors", "-o", "pictures/",
    )  # fmt: skip
    assert "seed 4: " in done.stderr and "JVPs and VJPs" in done.stderr
    assert len(list((tmp_path / "pictures").iterdir())) == 6
    paths = resefa.EditPaths.load(tmp_path / "a.paths.safetensors")
    assert (paths.index, paths.change, paths.provenance.seeds) == (1, 1e-4, (4,))
    # Strength 1 of the sweep is strength -0.5 of the direction.
    assert paths.paths[0].end(1) == pytest.approx(0.25e-4, rel=0.1)
    certificate = paths.paths[0].certificate
    assert certificate.max_products == 500 and 0 < certificate.products <= 500
    shown = run("show", tmp_path / "a.paths.safetensors")
    assert shown.returncode == 0 and "seed 4" in shown.stdout and certificate.sentence() in shown.stdout
    facts = json.loads(run("show", tmp_path / "a.paths.safetensors", "--json").stdout)
    assert facts["direction"] == "box:0,4,8,4 #1"
    assert facts["paths"][0]["certificate"]["products"] == certificate.products
    again = edited(
        tmp_path, "a.paths.safetensors", "--strengths=-0.5,0,0.5", "--with-straight", "-o", "again.png", "--json"
    )
    rows = json.loads(again.stdout)["images"]
    assert len(rows) == 2 and (tmp_path / "again.png").exists()
    for one, other in zip(*(row["changes"] for row in rows), strict=True):
        assert one["inside"] == pytest.approx(other["inside"], rel=0.05, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["found.paths.safetensors", "--curved"], "omit --curved"),
        (["found.paths.safetensors", "--direction", "1"], "omit --direction"),
        (["found.paths.safetensors", "--region", "box:0,0,2,2"], "omit --region"),
        (["found.paths.safetensors", "--seeds", "9"], "seed 9"),
        (["found.paths.safetensors", "--paths", "a.safetensors"], "--paths"),
        (["found.safetensors", "--paths", "a.safetensors"], "--curved"),
        (["found.safetensors", "--max-products", "9"], "--curved"),
        (["found.safetensors", "--with-straight"], "--curved"),
        (["found.safetensors", "--hold", "pixels@box:0,0,2,2"], "--curved"),
        (["found.safetensors", "--curved", "--hold", "loudness"], "loudness"),
        (["found.safetensors", "--curved", "--paths", "a.png"], "a.png"),
        (["found.safetensors", "--curved", "--paths", "x/y/a.safetensors"], "x/y"),
        (["found.safetensors", "--curved", "--max-products", "0"], "--max-products 0"),
        (["found.safetensors", "--curved", "--direction", "0", "--direction", "1"], "one --direction"),
        (["found.safetensors", "--with", "found.paths.safetensors:0=1"], "found.paths.safetensors"),
    ],
)
def test_what_does_not_apply_is_refused_before_work(folder, arguments, named):
    before = sorted(folder.iterdir())
    chosen = [] if "--seeds" in arguments else ["--seeds", "4"]
    done = run("edit", "planted", *arguments, *chosen, cwd=folder)
    assert done.returncode and named in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert sorted(folder.iterdir()) == before
