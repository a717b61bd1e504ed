"""Sessions of the editor without a page: regions, cards, sliders, other samples, files, and several people at once."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image as PILImage

import resefa
from resefa.editor import Editor, EditorModels, search_job
from resefa.editor.editing_session import EditingSession
from resefa.editor.editor import GoneError
from resefa.editor.end_words import EndWords
from resefa.errors import DirectionsError, ProjectError, RegionError, UsageError
from resefa.metrics.change import region_change
from resefa.projects import read_project, shapes_from

MODEL = "toon-faces-64"
MOUTH = [{"kind": "box", "mode": "edit", "box": [0.66, 0.36, 0.2, 0.3]}]
EYES = [{"kind": "preset", "mode": "edit", "name": "eyes"}]


@pytest.fixture(scope="module")
def editor():
    made = Editor(EditorModels({MODEL: MODEL, "other": MODEL}))
    yield made
    made.close()


def session_of(editor: Editor, seed: int = 5) -> EditingSession:
    session = editor.new_session()
    session.choose(seed=seed)
    return session


def found(session: EditingSession, shapes: list, count: int = 2) -> list[str]:
    """Search to the end; the order of the cards."""
    session.search(shapes_from(shapes), count=count)
    *_, last = session.updates()
    assert last["state"] == "done", last["message"]
    return last["order"]


@pytest.fixture(scope="module")
def mouth(editor: Editor) -> EditingSession:
    """A session with two edits of the mouth; tests leave sliders at 0 and add no region."""
    session = session_of(editor)
    found(session, MOUTH)
    return session


@pytest.fixture(autouse=True)
def sliders_at_rest(request: pytest.FixtureRequest):
    yield
    if "mouth" in request.fixturenames:
        session = request.getfixturevalue("mouth")
        session.move(dict.fromkeys(session.deck.order, 0.0))


def pixels(uri: str) -> np.ndarray:
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(PILImage.open(io.BytesIO(base64.b64decode(data))))


def test_cards_change_the_marked_region_more_than_the_rest(mouth: EditingSession):
    cards = mouth.news(whole=True)["cards"]
    assert len(cards) == 2
    for card in cards:
        assert card["state"] == "ready" and card["places"][0] == -1 and card["places"][-1] == 1
        assert len(card["frames"]) == len(card["places"])
        assert card["inside"] > 5 * card["outside"]


def test_the_image_of_the_sliders_is_the_edit_of_the_library(mouth: EditingSession):
    first, second = mouth.deck.shown
    shown = mouth.move({first.id: 0.6, second.id: -0.4})
    generator, code = resefa.load(MODEL), resefa.load(MODEL).sample(5)
    steps = [(one.direction, one.alpha) for one in mouth.deck.in_use]
    image = resefa.edit(generator, code, resefa.Composition(tuple(steps)), 1.0)[0]
    expected = np.asarray(resefa.picture(image[0], size=64))
    assert np.array_equal(pixels(shown["src"]), expected)
    change = region_change(image, generator.synthesize(code), first.direction.edit, first.direction.protect)[0]
    assert shown["inside"] == pytest.approx(change.inside, rel=1e-5)
    assert shown["outside"] == pytest.approx(change.outside, rel=1e-5)


def test_without_an_edit_the_image_is_the_original(mouth: EditingSession):
    shown = mouth.move({})
    assert shown["inside"] is None and shown["outside"] is None
    assert np.array_equal(pixels(shown["src"]), pixels(mouth.picture()["original"]))


def test_sliders_stay_within_the_range(mouth: EditingSession):
    name = mouth.deck.order[0]
    mouth.move({name: 7.0, "no such card": 1.0})
    assert mouth.deck.in_use[0].position == 1.0


def test_other_samples_show_the_same_edit(mouth: EditingSession):
    assert mouth.others()["pictures"] == []
    mouth.move({mouth.deck.order[0]: 1.0})
    pictures = mouth.others()["pictures"]
    assert [one["id"] for one in pictures] == ["0", "1", "2", "3"]


def test_names_are_the_users(editor: Editor, mouth: EditingSession):
    name = mouth.deck.order[0]
    mouth.deck.rename(name, "  laugh\n now ")
    assert mouth.news()["cards"][0]["name"] == "laugh now"
    mouth.deck.rename(name, "x" * 1000)
    assert len(mouth.news()["cards"][0]["name"]) <= 63
    mouth.deck.rename(name, "")
    assert mouth.news()["cards"][0]["name"] not in ("", "x")
    with pytest.raises(UsageError, match="no longer exists"):
        mouth.deck.rename("no such card", "x")


def test_cards_in_use_and_kept_stay_when_another_region_is_marked(editor: Editor):
    session = session_of(editor)
    used, kept, gone = found(session, MOUTH, 3)
    session.move({used: 0.5})
    session.deck.keep(kept, True)
    order = found(session, EYES, 1)
    assert order[1:] == [used, kept] and gone not in order
    assert [card.id for card in session.deck.in_use] == [used]


def test_a_hidden_card_has_no_effect_and_stays_away(editor: Editor):
    session = session_of(editor)
    first, second = found(session, MOUTH)
    session.move({first: 1.0})
    session.deck.hide(first)
    assert session.deck.order == [second] and session.move({})["inside"] is None


def test_more_edits_follow_the_first(editor: Editor):
    session = session_of(editor)
    first = found(session, MOUTH, 2)
    assert session.more()
    *_, last = session.updates()
    assert last["order"][:2] == first and len(last["order"]) == 6
    vectors = [card.direction.vector for card in session.deck.shown]
    assert all(abs(float(one @ vectors[0])) < 0.9 for one in vectors[1:])


def test_a_new_region_cancels_the_search(editor: Editor):
    session = session_of(editor)
    session.search(shapes_from(MOUTH))
    order = found(session, EYES, 1)
    assert len(order) == 1
    assert {card.region for card in session.deck.shown} <= {"eyes", "region"}


def test_cancel_leaves_the_session_usable(editor: Editor):
    session = session_of(editor)
    session.search(shapes_from(MOUTH))
    session.cancel()
    *_, last = session.updates()
    assert last["state"] == "cancelled"
    assert len(found(session, MOUTH, 1)) == 1


def test_a_search_that_is_cancelled_leaves_no_card_without_a_range(editor: Editor):
    session = session_of(editor)
    session.search(shapes_from(MOUTH))
    for news in session.updates():
        if news["order"]:
            session.cancel()
    assert all(card["state"] == "ready" for card in session.news(whole=True)["cards"])


def test_models_of_the_same_name_are_refused():
    assert EditorModels.named(["toon-faces", "folder/mine.pkl"]).names == ["toon-faces", "mine.pkl"]
    with pytest.raises(UsageError, match="Two models are named 'mine.pkl'"):
        EditorModels.named(["one/mine.pkl", "two/mine.pkl"])


def test_an_empty_region_clears_the_cards(editor: Editor):
    session = session_of(editor)
    found(session, MOUTH, 1)
    assert not session.search(())
    assert session.news()["order"] == []


@pytest.mark.parametrize(
    "shapes",
    [
        [{"kind": "box", "mode": "edit", "box": [0, 0, 1, 1]}],
        [{"kind": "box", "mode": "edit", "box": [0.5, 0.5, 0.7, 0.2]}],
        [{"kind": "preset", "mode": "edit", "name": "wheels"}],
        [{"kind": "box", "mode": "edit", "box": [0.5, 0.5, 0.0001, 0.0001]}],
    ],
)
def test_impossible_regions_are_refused_and_change_nothing(mouth: EditingSession, shapes: list):
    order = mouth.deck.order
    with pytest.raises(RegionError):
        mouth.search(shapes_from(shapes))
    assert mouth.deck.order == order


def test_another_sample_takes_the_cards_along_and_reads_their_words_again(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
):
    session = session_of(editor)
    used, other = found(session, MOUTH, 2)
    session.move({used: 1.0})
    before = session.news(whole=True)["cards"]
    assert "found and measured on Sample" in before[0]["advanced"]
    read: list[torch.Tensor] = []

    def words(generator, images, weights) -> EndWords:
        read.append(images)
        return EndWords(("eyes: closed",), ("glasses",))

    monkeypatch.setattr(search_job, "end_words", words)
    session.choose(seed=3)
    *_, last = session.updates()
    assert last["order"] == [used, other] and last["state"] == "done"
    assert session.image.seed == 3 and session.picture()["inside"] > 0
    after = session.news(whole=True)["cards"]
    assert all(one["frames"] != two["frames"] for one, two in zip(before, after, strict=True))
    # Words are of the pictures on the card: those of the new image.
    assert all(torch.equal(images[1], session.image.original[0]) for images in read) and len(read) == 2
    assert [one["name"] for one in after] == ["Eyes: closed ↔ glasses", "Eyes: closed ↔ glasses (2)"]
    assert (after[0]["minus"], after[0]["plus"]) == ("closed", "glasses")


def test_a_card_without_a_range_does_not_come_along(editor: Editor):
    session = session_of(editor)
    found(session, MOUTH, 2)
    early = replace(session.deck.shown[0], id="early")
    session.deck.put(replace(early, direction=replace(early.direction, facts=None)))
    session.deck.place(["early"], first=True)
    session.choose(seed=3)
    *_, last = session.updates()
    assert "early" not in last["order"] and len(last["order"]) == 2


def test_another_model_begins_without_cards(editor: Editor):
    session = session_of(editor)
    session.move({found(session, MOUTH, 1)[0]: 1.0})
    session.choose("other", seed=3)
    assert session.deck.order == []


def test_only_listed_models_open(editor: Editor):
    session = editor.new_session()
    for name in ("faces-dcgan", "../../etc/passwd", "/etc/passwd"):
        with pytest.raises(UsageError, match="has no model"):
            session.choose(name)
    with pytest.raises(UsageError, match="Choose a picture first"):
        session.picture()


def test_truncation_holds_for_image_and_edit(editor: Editor):
    session = editor.new_session()
    session.choose(seed=5, truncation=0.5)
    expected = resefa.load(MODEL).under(truncation=0.5)
    assert np.array_equal(
        pixels(session.picture()["original"]),
        np.asarray(resefa.picture(expected.synthesize(expected.sample(5))[0], size=64)),
    )
    used = found(session, MOUTH, 1)[0]
    session.move({used: 0.0001})
    # A card that was found under another truncation shows the present image's.
    session.move({used: 1.0})
    session.choose(seed=5)
    *_, _last = session.updates()
    session.move({used: 1e-6})
    shown = session.picture()
    assert np.array_equal(pixels(shown["src"]), pixels(shown["original"]))


# ---- files --------------------------------------------------------------------------------------------------------------


def test_a_project_reopens_as_it_was(editor: Editor, mouth: EditingSession):
    first, second = mouth.deck.order
    mouth.move({first: 0.5, second: -0.25})
    mouth.deck.rename(first, "laugh")
    saved = mouth.save("project")
    again = session_of(editor, seed=1)
    again.open_file(saved.name, saved.data)
    *_, last = again.updates()
    assert last["state"] == "done" and len(last["order"]) == 2
    assert again.save("png").data == mouth.save("png").data
    assert again.project_bytes() == saved.data
    assert again.news(whole=True)["cards"][0]["name"] == "laugh"
    assert again.more() or not last["more"]
    again.cancel()
    mouth.deck.rename(first, "")


def test_directions_open_as_cards(editor: Editor, mouth: EditingSession):
    saved = mouth.save("directions")
    assert saved.name.endswith(".safetensors")
    again = session_of(editor, seed=2)
    again.open_file(saved.name, saved.data)
    *_, last = again.updates()
    assert last["state"] == "done" and len(last["order"]) == 2
    cosines = [
        float(a.direction.vector @ b.direction.vector) for a, b in zip(again.deck.shown, mouth.deck.shown, strict=True)
    ]
    assert cosines == pytest.approx([1, 1], abs=1e-5)


def test_a_code_opens_as_the_image(editor: Editor, tmp_path):
    generator = resefa.load(MODEL)
    generator.sample(7).save(tmp_path / "code.safetensors")
    session = session_of(editor)
    session.open_file("my code", (tmp_path / "code.safetensors").read_bytes())
    assert session.image.seed is None and session.picture()["label"] == "Your image"
    expected = np.asarray(resefa.picture(generator.synthesize(generator.sample(7))[0], size=64))
    assert np.array_equal(pixels(session.picture()["src"]), expected)
    project = read_project(session.project_bytes())
    assert project.image.code is not None and project.image.seed is None


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n" + b"x" * 40, "is a picture"),
        ("x", b"", "is not a project"),
        ("../../x", b"not a file of any kind", "is not a project"),
        ("x.json", b'{"format": "resefa-project", "version": 99}', "version"),
        ("x.json", b"{" * 100_000, "damaged|not a project"),
        ("x.pt", b"\x80\x04cposix\nsystem\n(S'touch /tmp/hit'\ntR.", "is not a project"),
        ("x.safetensors", b"\x10\0\0\0\0\0\0\0{" + b" " * 40, "damaged|is not"),
    ],
)
def test_other_files_are_refused_and_change_nothing(mouth: EditingSession, name: str, data: bytes, error: str):
    order = mouth.deck.order
    with pytest.raises(resefa.ResefaError, match=error):
        mouth.open_file(name, data)
    assert mouth.deck.order == order and mouth.image.seed == 5


def test_a_project_of_another_model_or_weights_is_refused(editor: Editor, mouth: EditingSession):
    data = mouth.project_bytes()
    session = session_of(editor)
    with pytest.raises(UsageError, match="has no model 'my-faces'"):
        session.open_file("x", data.replace(b'"name":"toon-faces-64"', b'"name":"my-faces"', 1))
    fingerprint = mouth.image.model.generator.fingerprint.encode()
    with pytest.raises((ProjectError, DirectionsError), match="weights"):
        session.open_file("x", data.replace(fingerprint, fingerprint[::-1], 1))


def test_nothing_to_save_is_said(editor: Editor):
    session = session_of(editor)
    for kind in ("gif", "directions"):
        with pytest.raises(UsageError, match="first"):
            session.save(kind)
    with pytest.raises(UsageError, match="Unknown kind"):
        session.save("exe")
    assert session.save("png").data.startswith(b"\x89PNG")


# ---- several people -----------------------------------------------------------------------------------------------------


def test_sessions_do_not_share_their_state(editor: Editor, mouth: EditingSession):
    other = session_of(editor, seed=1)
    found(other, EYES, 1)
    assert {card.region for card in other.deck.shown} != {card.region for card in mouth.deck.shown}
    other.move({other.deck.order[0]: 1.0})
    assert mouth.move({})["inside"] is None
    assert editor.session(other.token) is other and editor.session(mouth.token) is mouth


@pytest.mark.parametrize("token", ["", "guess", None, 5, ["x"], {"a": 1}])
def test_unknown_tokens_are_refused(editor: Editor, token: object):
    with pytest.raises(GoneError):
        editor.session(token)
