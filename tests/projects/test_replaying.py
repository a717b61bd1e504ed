"""A replayed project: the files, their pixels and the numbers."""

from __future__ import annotations

import json
import sys

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image as PILImage

from resefa.errors import OutputError, ProjectError
from resefa.presentation.pixels import to_uint8
from resefa.projects import ProjectModel, replay

changed = msgspec.structs.replace


def pixels(path):
    return np.asarray(PILImage.open(path))


def test_all_files_with_exact_pixels_and_numbers(small, made, opened, tmp_path):
    said: list[tuple[int, int]] = []
    done = replay(made, small, tmp_path / "out", lambda *at: said.append(at))
    out = tmp_path / "out"
    assert sorted(done.files) == sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert done.files[:3] == ["original.png", "edited.png", "loop.gif"] and done.files[-1] == "numbers.json"
    assert {"directions/mouth.safetensors", "directions/eyes.safetensors", "others/5.png", "others/0.png"} <= set(
        done.files
    )
    image, change = opened.edited()
    assert np.array_equal(pixels(out / "edited.png"), to_uint8(image)[0])
    assert np.array_equal(pixels(out / "original.png"), to_uint8(opened.original)[0])
    assert np.array_equal(pixels(out / "others" / "5.png"), to_uint8(opened.other(5)[0])[0])
    numbers = json.loads((out / "numbers.json").read_text("utf-8"))
    assert numbers == json.loads(json.dumps(done.numbers))
    assert (numbers["inside"], numbers["outside"]) == (change.inside, change.outside)
    assert [(one["name"], one["region"], one["position"]) for one in numbers["edits"]] == [
        ("Looks up", "eyes", -0.4), ("Smile", "mouth", 0.7), ("Mouth: angry → sad", "mouth", 0.25)
    ]  # fmt: skip
    assert [one["seed"] for one in numbers["others"]] == [5, 0] and numbers["others"][0]["inside"] > 0
    total = 2 + 25 + 2
    assert said == [(i, total) for i in range(1, total + 1)]


def test_the_number_of_threads_is_that_of_the_page(small, made, tmp_path, monkeypatch):
    before = torch.get_num_threads()
    seen: list[int] = []
    whole = type(small).synthesize
    monkeypatch.setattr(
        type(small), "synthesize", lambda *a, **k: (seen.append(torch.get_num_threads()), whole(*a, **k))[1]
    )
    replay(changed(made, searches=(), cards=(), others=(), threads=before + 1), small, tmp_path)
    assert set(seen) == {before + 1} and torch.get_num_threads() == before


def test_a_missing_extra_skips_the_video_alone(small, made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    done = replay(changed(made, others=()), small, tmp_path)
    assert "video" in done.skipped["video.mp4"] and "loop.gif" in done.files and not (tmp_path / "video.mp4").exists()


def test_without_an_edit_there_is_no_animation(small, made, tmp_path):
    done = replay(changed(made, searches=(), cards=(), others=(1,)), small, tmp_path)
    assert set(done.skipped) == {"loop.gif", "video.mp4"} and done.numbers["inside"] is None
    assert done.files == ["original.png", "edited.png", "others/1.png", "numbers.json"]
    assert (tmp_path / "original.png").read_bytes() == (tmp_path / "edited.png").read_bytes()


def test_nothing_is_written_for_another_model_or_into_a_file(small, made, tmp_path):
    with pytest.raises(ProjectError, match="other weights"):
        replay(changed(made, model=ProjectModel("toon-faces-64", "0")), small, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        replay(made, small, tmp_path / "file")
