"""What `edit` and `sample` write: the figures are of what is shown, plain pictures are pixels alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image
from reference.command import resefa as run
from reference.listening import listen

import resefa
from resefa.metrics.change import region_change

COMMAND = [sys.executable, "-m", "resefa.cli.main"]


@pytest.fixture(scope="module")
def mouth(tmp_path_factory, toons):
    path = tmp_path_factory.mktemp("directions") / "mouth.safetensors"
    resefa.discover(toons, toons.sample(7), "mouth", k=2).save(path)
    return path


def pixels(image: torch.Tensor) -> np.ndarray:
    return ((image.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0).numpy()


def test_figures_of_raw_steps_are_measured_at_what_is_shown(mouth, tmp_path, toons):
    done = run("edit", "toon-faces-64", str(mouth), "--strengths=-2:2:3", "-o", "a.png", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["images"]
    directions = resefa.Directions.load(mouth)
    images = resefa.edit(toons, toons.sample(7), directions[0], [-2, 2])[0]
    changes = region_change(images, toons.synthesize(toons.sample(7)), directions.edit, directions.protect)
    for measured, strength, change in zip(found["measured"], (-2, 2), changes, strict=True):
        assert measured["strength"] == strength
        assert measured["inside"] == pytest.approx(change.inside, rel=1e-3)
        assert measured["outside"] == pytest.approx(change.outside, rel=1e-3)
    assert found["attained"] is None and isinstance(found["eigenvalue"], float)


@pytest.mark.parametrize("name", ["a.png", "a.html", "a.gif", "a/"])
def test_a_change_that_is_not_reached_is_said_everywhere(mouth, tmp_path, name):
    done = run(
        "edit", "toon-faces-64", str(mouth), "--change", "3.9", "--strengths=-1,0,1", "-o", name, "--json", cwd=tmp_path
    )  # fmt: skip
    assert done.returncode == 0
    assert "1 of 1 image" in done.stderr and "3.9" in done.stderr and "--change" in done.stderr
    facts = json.loads(done.stdout)
    assert facts["attained"] is False and facts["images"][0]["attained"] is False
    assert any(note.startswith("+1 reaches") for note in facts["images"][0]["notes"])
    if name == "a.html":
        assert "+1 reaches" in (tmp_path / name).read_text(encoding="utf-8")


def test_with_a_change_the_strengths_are_narrower(mouth, tmp_path):
    arguments = ["edit", "toon-faces-64", str(mouth), "-o", "a/", "--json"]
    assert json.loads(run(*arguments, cwd=tmp_path).stdout)["strengths"][0] == -3
    assert json.loads(run(*arguments, "--change", "0.05", cwd=tmp_path).stdout)["strengths"][0] == -1.5


def test_one_seed_and_one_strength_are_the_picture_itself(mouth, tmp_path, toons):
    assert (
        run("edit", "toon-faces-64", str(mouth), "--strengths=2", "--plain", "-o", "a.png", cwd=tmp_path).returncode
        == 0
    )
    wanted = resefa.edit(toons, toons.sample(7), resefa.Directions.load(mouth)[0], 2.0)[0, 0]
    difference = np.asarray(Image.open(tmp_path / "a.png")).astype(int) - pixels(wanted)
    assert difference.shape == (64, 64, 3) and abs(difference).max() <= 1


def test_a_folder_has_a_picture_for_each_image_and_strength(mouth, tmp_path):
    done = run("edit", "toon-faces-64", str(mouth), "--seeds", "1-2", "--strengths=-1:1:3", "-o", "new/", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == [f"seed-{seed}_{strength}.png" for seed in (1, 2) for strength in ("+1", "-1", "0")]


def test_a_plain_video_is_full_frame_and_smooth(mouth, tmp_path):
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    done = run(
        "edit", "toon-faces-64", str(mouth), "--plain", "--size", "96", "--fps", "10", "-o", "a.mp4", cwd=tmp_path
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert next(ffmpeg.read_frames(str(tmp_path / "a.mp4")))["size"] == (96, 96)
    assert ffmpeg.count_frames_and_secs(str(tmp_path / "a.mp4")) == (40, 4.0)


def test_samples_alone(tmp_path, toons):
    assert run("sample", "toon-faces-64", "--seeds", "7", "--plain", "-o", "a.png", cwd=tmp_path).returncode == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), pixels(toons.synthesize(toons.sample(7))[0]))
    assert run("sample", "toon-faces-64", "--seeds", "7-8", "--size", "32", "-o", "b/", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["seed-7.png", "seed-8.png"]
    assert Image.open(tmp_path / "b" / "seed-8.png").size == (32, 32)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-o", "a.png", "--fps", "5"], 2),
        (["-o", "a.html", "--plain"], 2),
        (["-o", "a.png", "--size", "0"], 2),
        (["-o", "a"], 10),
        (["-o", "no/such/a.png"], 10),
        (["-o", "a.gif", "--strengths=0"], 2),
    ],
)
def test_options_without_a_meaning_are_refused_before_any_work(mouth, tmp_path, arguments, code):
    done = run("edit", "toon-faces-64", str(mouth), *arguments, cwd=tmp_path)
    assert done.returncode == code and done.stderr.count("\n") == 1, done.stderr
    assert not list(tmp_path.iterdir())


def test_directions_of_no_region_take_one(tmp_path, toons):
    np.save(tmp_path / "bare.npy", torch.randn(2, 10, 128, generator=torch.Generator().manual_seed(0)).numpy())
    plain = ["edit", "toon-faces-64", "bare.npy", "--seeds", "3", "--change", "0.01", "-o", "a.png", "--json"]
    done = run(*plain, cwd=tmp_path)
    assert done.returncode == 2 and "--region" in done.stderr, done.stderr
    done = run(*plain, "--region", "mouth", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)["images"][0]["measured"]
    assert [one["strength"] for one in measured] == [-1, 1] and measured[1]["inside"] == pytest.approx(0.01, rel=1e-2)


@pytest.mark.parametrize(("name", "output"), [("SIGTERM", "a.png"), ("SIGINT", "a/"), ("SIGHUP", "a.mp4")])
def test_a_signal_leaves_nothing(mouth, tmp_path, name, output):
    listening = {"preexec_fn": listen}
    running = subprocess.Popen(
        [*COMMAND, "edit", "toon-faces-64", str(mouth), "--seeds", "0-500", "--change", "0.05", "-o", output],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True, **listening,
    )  # fmt: skip
    assert running.stderr is not None and "editing" in running.stderr.readline()
    time.sleep(0.2)
    running.send_signal(getattr(signal, name))
    _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + getattr(signal, name), said
    assert "no incomplete file remains" in said and not list(tmp_path.iterdir())
