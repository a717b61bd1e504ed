"""Files of a project: exact pictures, animations, directions by region under the cards' names."""

from __future__ import annotations

import io
import sys
import zipfile

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image as PILImage
from projects.made import MOUTH, project, search

import resefa
from resefa.errors import MissingExtraError, UsageError
from resefa.presentation.pixels import to_uint8
from resefa.projects import OpenedProject, ProjectCard, project_bytes, saved

changed = msgspec.structs.replace


def loaded(data: bytes, folder) -> resefa.Directions:
    path = folder / "one.safetensors"
    path.write_bytes(data)
    return resefa.Directions.load(path)


def test_the_picture_is_exact(opened):
    found = saved("png", opened)
    assert (found.name, found.media_type) == ("edited.png", "image/png")
    assert np.array_equal(np.asarray(PILImage.open(io.BytesIO(found.data))), to_uint8(opened.edited()[0])[0])


def test_the_loop_runs_forward_and_back(opened):
    said: list[tuple[int, int]] = []
    found = saved("gif", opened, lambda *at: said.append(at))
    picture = PILImage.open(io.BytesIO(found.data))
    assert (found.name, found.media_type, picture.format) == ("loop.gif", "image/gif", "GIF")
    assert picture.n_frames == 48 and said == [(i, 25) for i in range(1, 26)]
    first = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(first - to_uint8(opened.original)[0]).mean() < 3  # 256 colours


def test_the_video_is_a_video(opened):
    pytest.importorskip("imageio_ffmpeg")
    found = saved("mp4", opened)
    assert (found.name, found.media_type) == ("video.mp4", "video/mp4") and found.data[4:8] == b"ftyp"


def test_a_video_without_the_extra_is_one_sentence(opened, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match="video"):
        saved("mp4", opened)


def test_directions_of_several_regions_are_an_archive_with_the_cards_names(opened, tmp_path):
    found = saved("directions", opened)
    assert (found.name, found.media_type) == ("directions.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(found.data)) as archive:
        assert archive.namelist() == ["eyes.safetensors", "mouth.safetensors"]
        eyes, mouth = (loaded(archive.read(name), tmp_path) for name in archive.namelist())
    assert [one.name for one in mouth] == ["Smile", "Mouth: angry → sad"] and [one.name for one in eyes] == ["Looks up"]
    assert torch.equal(mouth.vectors, opened.directions[0].vectors) and torch.equal(
        mouth.edit, opened.directions[0].edit
    )
    assert mouth.facts == opened.directions[0].facts
    assert saved("directions", opened).data == found.data  # no time in the archive


def test_searches_that_continue_each_other_share_a_file(small, tmp_path):
    searches = (search(small, MOUTH), search(small, MOUTH, seed=7, continues=0), search(small, MOUTH, "Mouth", seed=8))
    cards = (ProjectCard(1, 0, name="Third"), ProjectCard(0, 1), ProjectCard(2, 0, hidden=True))
    given = OpenedProject.of(project(small, searches=searches, cards=cards), small)
    found = saved("directions", given)
    assert found.name == "mouth.safetensors"
    both = loaded(found.data, tmp_path)
    assert [one.name for one in both] == ["Third", "mouth #1"] and both.eigenvalues is not None
    assert torch.equal(both.vectors, torch.stack([given.directions[1].vectors[0], given.directions[0].vectors[1]]))
    # The command line edits with the file as the page does with the card.
    code = small.sample(3)
    one = resefa.edit(small, code, both[0], 0.5, ranged=True)[0]
    card = changed(cards[0], position=0.5)
    assert torch.equal(one, OpenedProject.of(project(small, searches=searches, cards=(card,)), small).edited()[0])


@pytest.mark.parametrize("label", ["../../etc/passwd", "CON", "a/b", "", " ", "…", "C:\\x"])
def test_names_of_files_are_never_paths(small, label):
    searches = (search(small, MOUTH, label), search(small, [{**MOUTH[0], "box": [0.1, 0.1, 0.2, 0.2]}], label))
    given = OpenedProject.of(project(small, searches=searches, cards=(ProjectCard(0, 0), ProjectCard(1, 0))), small)
    with zipfile.ZipFile(io.BytesIO(saved("directions", given).data)) as archive:
        names = archive.namelist()
    assert len(set(names)) == 2
    for name in names:
        assert (
            name.endswith(".safetensors")
            and not set(name) & set("/\\: ")
            and name[0].isalnum()
            and name.lower() != "con.safetensors"
        )


def test_the_project_is_the_file(opened, made):
    found = saved("project", opened)
    assert (found.name, found.media_type, found.data) == ("session.json", "application/json", project_bytes(made))


def test_nothing_to_save_and_unknown_kinds_are_refused(small):
    empty = OpenedProject.of(project(small, searches=(), cards=()), small)
    with pytest.raises(UsageError, match="move a slider"):
        saved("gif", empty)
    with pytest.raises(UsageError, match="draw a region"):
        saved("directions", empty)
    with pytest.raises(UsageError, match="exe"):
        saved("exe", empty)
    assert saved("png", empty).data
