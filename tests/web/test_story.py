"""The whole story in a real browser, with the default generator: from a sample to the files, and back from the project file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")

from reference.command import resefa as command
from web.person import Person

from resefa.editor.editor import Editor
from resefa.editor.models import EditorModels
from resefa.web.page import build
from resefa.zoo.cards import DEFAULT_MODEL

MOUTH = (0.62, 0.34, 0.16, 0.32)
"""Top, left, height and width in fractions of the picture."""


@pytest.fixture(scope="module")
def editor():
    made = Editor(EditorModels({DEFAULT_MODEL: DEFAULT_MODEL}))
    yield made
    made.close()


@pytest.fixture(scope="module")
def url(served, editor: Editor) -> str:
    return served(build(editor)).url


def pixels(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(path).convert("RGB"))


def test_from_a_sample_to_the_files_and_back(url: str, context: Any, tmp_path: Path) -> None:
    import resefa

    # A sample from the strip.
    person = Person(context, url)
    person.choose(7)
    generator = resefa.load(DEFAULT_MODEL)
    expected = generator.synthesize(generator.sample(7))[0]
    original = np.asarray(person.pixels())
    assert np.abs(original / 127.5 - 1 - expected.clamp(-1, 1).permute(1, 2, 0).numpy()).max() <= 1 / 127.5
    assert person.numbers() == "No edit yet"

    # A box, drawn with the mouse, is sent as drawn.
    person.box(*MOUTH)
    shape = person.shapes()[-1]
    assert (shape["kind"], shape["mode"]) == ("box", "edit")
    assert shape["box"] == pytest.approx(MOUTH, abs=0.01)

    # Cards, whose first sliders change the picture inside the box far more than outside.
    person.wait_for_cards()
    person.wait_until_done()
    count = person.cards().count()
    assert count >= 3
    assert all(person.names())
    before = person.moves()
    assert abs(person.slide(0, 60) - 60) <= 2
    person.settled(before)
    once = np.asarray(person.pixels())
    change = (once.astype(float) - original) ** 2
    rows, columns = (slice(int(MOUTH[i] * 256), int((MOUTH[i] + MOUTH[i + 2]) * 256)) for i in (0, 1))
    inside = change[rows, columns].mean()
    outside = (change.sum() - change[rows, columns].sum()) / (change.size - change[rows, columns].size)
    assert inside > 5 * outside
    assert "Change inside 0." in person.numbers()

    # Hold to compare: the original, and the edit again.
    compare = person.tab.locator(".rs.canvas .compare")
    compare.hover()
    person.tab.mouse.down()
    assert (np.asarray(person.pixels()) == original).all()
    person.tab.mouse.up()
    assert (np.asarray(person.pixels()) == once).all()

    # A second edit on top, one step back, and forth again.
    before = person.moves()
    moved = [int(person.cards().nth(0).locator("input[type=range]").input_value()), person.slide(1, -50)]
    person.settled(before)
    twice = np.asarray(person.pixels())
    assert (twice != once).any()
    before = person.moves()
    person.tab.keyboard.press("Control+z")
    person.settled(before)
    assert (np.asarray(person.pixels()) == once).all()
    before = person.moves()
    person.tab.keyboard.press("Control+Shift+z")
    person.settled(before)
    assert (np.asarray(person.pixels()) == twice).all()

    # The same edit on other samples.
    others = person.pictures("The same edit on other samples")
    person.wait_until(lambda: others.count() >= 3)

    # Files: each opens, and the replay of the project has the same pixels.
    png = person.save("png", tmp_path)
    assert (pixels(png) == twice).all()
    gif = Image.open(person.save("gif", tmp_path))
    assert gif.format == "GIF" and gif.n_frames > 5
    mp4 = person.save("mp4", tmp_path)
    assert mp4.read_bytes()[4:8] == b"ftyp"
    assert len(frames_of(mp4)) > 5
    directions = resefa.Directions.load(person.save("directions", tmp_path))
    assert len(directions) == count
    project = person.save("project", tmp_path)
    json.loads(project.read_text())
    ran = command("replay", project, "-o", tmp_path / "replayed")
    assert ran.returncode == 0, ran.stderr
    assert (pixels(tmp_path / "replayed" / "edited.png") == twice).all()

    # Another person, another tab: the project opens with its region, its sliders and its picture.
    other = Person(context, url)
    assert (np.asarray(other.pixels()) != twice).any()
    assert "open" in other.load(project)
    other.wait_until(lambda: (np.asarray(other.pixels()) == twice).all())
    assert other.shapes()[-1]["box"] == pytest.approx(shape["box"])
    values = [int(slider.input_value()) for slider in other.tab.locator(".card input[type=range]").all()]
    assert sorted(value for value in values if value) == sorted(moved)

    for one in (person, other):
        assert one.complaints == []
        assert [address for address in one.asked if not address.startswith((url, "data:", "blob:"))] == []


def test_files_of_other_kinds_are_refused_in_a_sentence_and_change_nothing(
    url: str, context: Any, tmp_path: Path
) -> None:
    person = Person(context, url)
    before = np.asarray(person.pixels())
    files = {
        "photo.png": (b"\x89PNG\r\n\x1a\n" + bytes(60), "is a picture"),
        "notes.txt": (b"hello", "is not a project"),
        "session.json": (b'{"format": "resefa-project", "version": 1', "damaged"),
        "<b>x</b>.pt": (b"\x80\x04cposix\nsystem\n.", "is not a project"),
        "large.bin": (bytes(17 * 2**20), "at most 16 MB"),
    }
    for name, (data, said) in files.items():
        path = tmp_path / name.replace("/", "_")
        path.write_bytes(data)
        assert said in person.load(path), name
    assert (np.asarray(person.pixels()) == before).all()
    assert person.tab.locator(".rs.out .state b").count() == 0


def test_a_search_is_cancelled_in_the_middle(url: str, context: Any) -> None:
    person = Person(context, url)
    person.choose(9)
    person.box(*MOUTH)
    button = person.tab.locator(".rs.cards [data-do=cancel]")
    button.wait_for(state="visible")
    button.click()
    person.tab.wait_for_function("() => document.querySelector('.rs.cards .progress').innerText.includes('Cancelled')")
    # The same region is searched again.
    person.tab.click(".rs.cards [data-do=again]")
    person.wait_for_cards()
    person.wait_until_done()
    assert person.cards().count() == 4


def frames_of(path: Path) -> list[bytes]:
    """The frames of a video."""
    import imageio_ffmpeg

    reader = imageio_ffmpeg.read_frames(str(path))
    next(reader)
    return list(reader)
