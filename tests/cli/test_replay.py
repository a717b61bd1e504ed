"""``resefa replay``: a project's files from the command line, and projects that anyone may have written."""

from __future__ import annotations

import base64
import io
import json

import msgspec
import numpy as np
import pytest
from PIL import Image as PILImage
from projects.made import project
from reference.command import resefa as run

import resefa
from resefa.editor.editor import Editor
from resefa.editor.models import EditorModels
from resefa.presentation.pixels import to_uint8
from resefa.projects import OpenedProject, ProjectModel, read_project, save_project

changed = msgspec.structs.replace


@pytest.fixture(scope="module")
def small():
    return resefa.load("toon-faces-64")


@pytest.fixture
def session(small, tmp_path):
    save_project(tmp_path / "session.json", project(small))
    return tmp_path / "session.json"


def test_the_files_have_the_pixels_of_the_page(small, session, tmp_path):
    done = run("replay", session, "-o", tmp_path / "out")
    assert done.returncode == 0 and "change" in done.stdout and "files" in done.stdout, done.stderr
    image = OpenedProject.of(project(small), small).edited()[0]
    assert np.array_equal(np.asarray(PILImage.open(tmp_path / "out" / "edited.png")), to_uint8(image)[0])


def page_of(editor, given):
    """A session of the editor with the project."""
    found = editor.new_session()
    found.open_project(given)
    return found


def test_what_the_editor_shows_and_saves_is_what_the_command_writes(small, tmp_path):
    editor = Editor(EditorModels({"toon-faces-64": small}))
    try:
        page = page_of(editor, project(small))
        shown = page.move({card.id: card.position * 0.9 for card in page.deck.all})
        (tmp_path / "session.json").write_bytes(page.save("project").data)
        pictures = {kind: page.save(kind).data for kind in ("png", "gif")}
        others = page.others()["pictures"]
        # A second page that opens the file shows the same.
        assert page_of(editor, read_project(tmp_path / "session.json")).picture()["src"] == shown["src"]
    finally:
        editor.close()
    out = tmp_path / "out"
    done = run("replay", tmp_path / "session.json", "-o", out, "--json")
    facts = json.loads(done.stdout)
    assert (facts["inside"], facts["outside"]) == (shown["inside"], shown["outside"])
    page_pixels = np.asarray(PILImage.open(io.BytesIO(base64.b64decode(shown["src"].partition(",")[2]))))
    assert np.array_equal(np.asarray(PILImage.open(out / "edited.png")), page_pixels)
    assert (out / "edited.png").read_bytes() == pictures["png"] and (out / "loop.gif").read_bytes() == pictures["gif"]
    assert [f"others/{one['id']}.png" for one in others] == [
        name for name in facts["files"] if name.startswith("others/")
    ]


def test_the_report_as_json_and_nothing_when_quiet(session, tmp_path):
    done = run("replay", session, "-o", tmp_path / "out", "--json")
    facts = json.loads(done.stdout)
    assert (
        done.returncode == 0
        and facts["model"] == "toon-faces-64"
        and facts["inside"] > 0
        and "edited.png" in facts["files"]
    )
    done = run("replay", session, "-o", tmp_path / "out", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../weights.pkl", "https://example.org/x", "toon\u202efaces", "no-model"]
)
def test_a_name_that_is_no_card_opens_no_file(small, tmp_path, name):
    given = changed(project(small), model=ProjectModel(name, small.fingerprint))
    save_project(tmp_path / "session.json", given)
    done = run("replay", tmp_path / "session.json", "-o", tmp_path / "out")
    assert done.returncode == 4 and "--model" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "out").exists()


def test_the_model_of_a_project_that_names_no_card_is_given(small, tmp_path):
    save_project(tmp_path / "session.json", changed(project(small), model=ProjectModel("mine.pkl", small.fingerprint)))
    done = run("replay", tmp_path / "session.json", "-o", tmp_path / "out", "--model", "toon-faces-64")
    assert done.returncode == 0 and (tmp_path / "out" / "edited.png").exists(), done.stderr


def test_mistakes_are_one_sentence_and_write_nothing(small, session, tmp_path):
    (tmp_path / "text.json").write_text('{"format": "other"}')
    (tmp_path / "file").write_text("x")
    other = changed(project(small), model=ProjectModel("toon-faces-64", "0" * 64))
    save_project(tmp_path / "other.json", other)
    for arguments, code in (
        (["missing.json"], 15), (["text.json"], 15), (["."], 15), (["other.json"], 15), (["session.json", "--model", "toon-faces"], 15),
        (["session.json", "-o", "file"], 10), (["session.json", "-o", "no/such/folder"], 10), (["session.json", "--model", "none"], 4), ([], 2),
    ):  # fmt: skip
        done = run("replay", *arguments, cwd=tmp_path)
        assert done.returncode == code and done.stderr.count("\n") == 1, (arguments, done.returncode, done.stderr)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "other.json", "session.json", "text.json"]
