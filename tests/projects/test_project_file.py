"""Project files: reading and writing again gives the same bytes, and a file from anyone is read or refused in one sentence."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import time
from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest
import torch
from hostile.mutations import mutated
from hypothesis import given, settings
from hypothesis import strategies as st
from projects.made import MODEL, MOUTH, directions, project, search

import resefa
from resefa.directions.file_format import to_bytes
from resefa.errors import OutputError, ProjectError, ResefaError
from resefa.projects import (
    Project,
    ProjectCard,
    ProjectCode,
    ProjectImage,
    ProjectModel,
    ProjectSearch,
    SearchOptions,
    project_bytes,
    read_project,
    save_project,
    shapes_from,
)


def plain(made: Project) -> dict:
    return json.loads(project_bytes(made))


def test_reading_gives_the_project_and_writing_again_the_same_bytes(made, tmp_path):
    data = project_bytes(made)
    assert data.startswith(b'{"format":"resefa-project","version":1,') and data.endswith(b"}\n")
    assert read_project(data) == made and project_bytes(read_project(data)) == data
    save_project(tmp_path / "session.json", made)
    assert (tmp_path / "session.json").read_bytes() == data
    assert read_project(tmp_path / "session.json") == read_project(str(tmp_path / "session.json")) == made
    # Directions leave the weights of their pixels to the shapes.
    assert len(data) < 80_000 and made.searches[0].found().edit is None


def test_another_layout_of_the_json_is_the_same_project(made):
    data = project_bytes(made)
    assert read_project(json.dumps(json.loads(data), indent=3, sort_keys=True).encode()) == made


unit = st.floats(0, 1)
point = st.tuples(unit, unit).map(list)
modes = st.sampled_from(["edit", "protect", "ignore", "erase"])
shapes = st.lists(
    st.one_of(
        st.fixed_dictionaries({"kind": st.just("box"), "mode": modes, "box": st.lists(unit, min_size=4, max_size=4)}),
        st.fixed_dictionaries({"kind": st.just("polygon"), "mode": modes, "points": st.lists(point, min_size=3, max_size=6)}),
        st.fixed_dictionaries(
            {"kind": st.just("stroke"), "mode": modes, "points": st.lists(point, min_size=1, max_size=6), "radius": st.floats(1e-6, 0.5)}
        ),
        st.fixed_dictionaries({"kind": st.just("preset"), "mode": modes, "name": st.sampled_from(["mouth", "eyes"])}),
    ),
    max_size=5,
)  # fmt: skip
words = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=("Cc", "Cf", "Zs", "Cn")), max_size=60
)
optional = st.none() | st.floats(1e-12, 10)
options = st.builds(
    SearchOptions, st.sampled_from(["Z", "W", "W+"]), st.none() | words, st.none() | st.integers(1, 1024), st.booleans(),
    st.sampled_from(["auto", "cholesky"]), optional, optional,
)  # fmt: skip


@cache
def encoded() -> str:
    """Directions as text; not a fixture, whose long text hypothesis would show."""
    return search(resefa.load(MODEL), MOUTH).directions


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_project_is_read_back_and_its_bytes_are_canonical(data):
    searches = tuple(
        ProjectSearch(shapes_from(data.draw(shapes)), data.draw(st.floats(0, 0.1)), data.draw(options), encoded(), data.draw(words))
        for _ in range(data.draw(st.integers(0, 3)))
    )  # fmt: skip
    places = [(i, j) for i in range(len(searches)) for j in (0, 1)]
    position = st.floats(-1, 1) | st.sampled_from([0, 1, -1, -0.0, 5e-324, 0.1])
    cards = tuple(
        ProjectCard(i, j, data.draw(st.none() | words), data.draw(words), data.draw(st.booleans()), data.draw(st.booleans()), data.draw(position))
        for i, j in (data.draw(st.lists(st.sampled_from(places), unique=True)) if places else ())
    )  # fmt: skip
    values = torch.tensor(data.draw(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=9)))[None]
    code = ProjectCode.of(resefa.LatentCode(values, "Z"))
    image = data.draw(
        st.builds(ProjectImage, st.integers(0, 2**32), st.none(), unit, st.none() | st.integers(0, 999)) | st.just(ProjectImage(code=code))
    )  # fmt: skip
    given = Project(
        model=ProjectModel(data.draw(words) + "x", "f"), image=image, shapes=shapes_from(data.draw(shapes)),
        others=tuple(data.draw(st.lists(st.integers(0, 99), unique=True, max_size=4))), searches=searches, cards=cards,
    )  # fmt: skip
    written = project_bytes(given)
    found = read_project(written)
    assert found == given and project_bytes(found) == written
    if found.image.code is not None:
        assert torch.equal(found.image.code.code().values, values)


def test_whole_numbers_are_written_as_the_file_gives_them_back(small):
    given = project(small, feather=0, image=ProjectImage(seed=3, truncation=1))
    assert b'"feather":0.0' in project_bytes(given) and project_bytes(
        read_project(project_bytes(given))
    ) == project_bytes(given)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1.5])
def test_an_impossible_number_is_not_saved(made, value, tmp_path):
    card = msgspec.structs.replace(made.cards[0], position=value)
    with pytest.raises(ProjectError, match="cannot be saved"):
        save_project(tmp_path / "session.json", msgspec.structs.replace(made, cards=(card,)))
    assert not list(tmp_path.iterdir())


def test_a_failed_save_leaves_the_older_file(made, tmp_path):
    save_project(tmp_path / "session.json", made)
    before = (tmp_path / "session.json").read_bytes()
    card = msgspec.structs.replace(made.cards[0], name="\u202e")
    with pytest.raises(ProjectError):
        save_project(tmp_path / "session.json", msgspec.structs.replace(made, cards=(card,)))
    assert (tmp_path / "session.json").read_bytes() == before
    with pytest.raises(OutputError):
        save_project(tmp_path, made)


def changed(parts: dict, place: str, value: object) -> bytes:
    """The JSON with one value replaced: ``cards.0.position``."""
    parts = json.loads(json.dumps(parts))
    *way, last = place.split(".")
    inner = parts
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    inner[int(last) if isinstance(inner, list) else last] = value
    # Python writes NaN and Infinity, as some programs do.
    return json.dumps(parts).encode()


def npy(array: object) -> str:
    buffer = io.BytesIO()
    np.save(buffer, np.array(array, dtype=object), allow_pickle=True)
    return base64.b64encode(buffer.getvalue()).decode()


def cut_directions(encoded: str) -> str:
    return base64.b64encode(base64.b64decode(encoded)[:-1]).decode()


def without_facts(small) -> str:
    return base64.b64encode(to_bytes(replace(directions(small, MOUTH), facts=None, edit=None, protect=None))).decode()


CHANGES = {
    "version-newer": ("version", 2), "version-huge": ("version", 10**30), "version-text": ("version", "1"), "version-zero": ("version", 0),
    "format": ("format", "resefa.directions"), "format-number": ("format", 7), "unknown-field": ("comment", "x"),
    "unknown-in-card": ("cards.0.script", "x"), "model-list": ("model", []), "model-empty": ("model.name", ""), "model-long": ("model.name", "x" * 201),
    "seed-negative": ("image.seed", -1), "seed-huge": ("image.seed", 10**40), "seed-fraction": ("image.seed", 1.5), "no-image": ("image.seed", None),
    "truncation-nan": ("image.truncation", math.nan), "truncation-two": ("image.truncation", 2), "label-text": ("image.label", "cat"),
    "code-and-seed": ("image.code", {"space": "Z", "shape": [1, 1], "values": "AAAAAA=="}), "others-many": ("others", list(range(17))),
    "others-twice": ("others", [1, 1]), "feather-large": ("feather", 0.2), "feather-infinite": ("feather", math.inf),
    "shapes-many": ("shapes", [MOUTH[0]] * 201), "points-many": ("shapes.0.points", [[0.5, 0.5]] * 501), "shape-kind": ("shapes.0.kind", "text"),
    "shape-file": ("shapes.0", {"kind": "file", "mode": "edit", "name": "/etc/passwd"}), "point-outside": ("shapes.0.points.0", [2, 0]),
    "point-nan": ("shapes.0.points.0", [math.nan, 0]), "searches-many": ("searches", [{}] * 65), "continues-later": ("searches.0.continues", 0),
    "continues-far": ("searches.1.continues", 7), "space-long": ("searches.0.options.space", "W" * 21), "tau-huge": ("searches.0.options.tau", 10**400),
    "resolution-zero": ("searches.0.options.resolution", 0), "solver-object": ("searches.0.options.solver", {}),
    "base64": ("searches.0.directions", "not base64!"), "base64-empty": ("searches.0.directions", ""), "base64-url": ("searches.0.directions", "_-_-"),
    "pickle": ("searches.0.directions", npy([{}])), "json-in-base64": ("searches.0.directions", base64.b64encode(b"{}" * 99).decode()),
    "card-search": ("cards.0.search", 2), "card-direction": ("cards.0.direction", 2), "card-negative": ("cards.0.direction", -1),
    "card-huge": ("cards.0.search", 10**30), "position-two": ("cards.0.position", 2), "position-nan": ("cards.0.position", math.nan),
    "position-text": ("cards.0.position", "0.5"), "position-huge": ("cards.0.position", 10**400), "cards-many": ("cards", [{}] * 513),
    "card-twice": ("cards.0", {"search": 0, "direction": 0}), "name-long": ("cards.0.name", "x" * 201), "name-bidi": ("cards.0.name", "a\u202eb"),
    "name-line": ("cards.0.title", "a\nb"), "label-escape": ("searches.0.label", "\x1b[2J"), "threads-zero": ("threads", 0), "threads-many": ("threads", 10**6),
    "name-surrogate": ("cards.0.name", "\ud800"),
}  # fmt: skip

WHOLE = {
    "empty": b"", "text": b"hello", "list": b"[]", "null": b"null", "brace": b"{", "nested": b'{"format":' + b"[" * 100_000,
    "nested-objects": b'{"a":' * 50_000, "nested-shape": b'{"format":"resefa-project","version":1,"shapes":' + b"[" * 50_000,
    "not-utf8": b'{"format":"\xff"}', "utf16": '{"format":"resefa-project"}'.encode("utf-16"), "no-fields": b'{"format":"resefa-project","version":1}',
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100), "zip": b"PK\x03\x04" + bytes(100), "nan": b'{"format":"resefa-project","version":NaN}',
    "version-1e400": b'{"format":"resefa-project","version":1e400}', "digits": b'{"format":"resefa-project","version":' + b"9" * 100_000 + b"}",
}  # fmt: skip


def refused(data: bytes) -> str:
    start = time.perf_counter()
    with pytest.raises(ResefaError) as caught:
        read_project(data)
    said = str(caught.value)
    assert said.isprintable() and len(said) <= 480 and said.endswith(".") and time.perf_counter() - start < 2
    return said


@pytest.mark.parametrize("name", CHANGES)
def test_one_wrong_value_is_refused_in_one_sentence(made, name):
    refused(changed(plain(made), *CHANGES[name]))


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_project_is_refused_in_one_sentence(name):
    refused(WHOLE[name])


def test_the_message_names_the_place(made):
    assert "$.cards[0].position" in refused(changed(plain(made), "cards.0.position", 2))
    assert "version 2" in refused(changed(plain(made), "version", 2))
    assert "script" in refused(changed(plain(made), "cards.0.script", 2))


def test_damaged_directions_are_refused(made, small):
    encoded = made.searches[0].directions
    assert "damaged" in refused(changed(plain(made), "searches.0.directions", cut_directions(encoded)))
    assert "range of strengths" in refused(changed(plain(made), "searches.0.directions", without_facts(small)))


@pytest.mark.parametrize(
    "code",
    [
        {"space": "Z", "shape": [1, 2], "values": "AAAAAA=="},
        {"space": "Z", "shape": [1, 1], "values": base64.b64encode(np.float32([np.nan]).tobytes()).decode()},
        {"space": "Z", "shape": [2, 1], "values": base64.b64encode(bytes(8)).decode()},
        {"space": "Z", "shape": [1, 2**40], "values": ""},
        {"space": "Z", "shape": [1, 1], "values": "*"},
        {"space": "", "shape": [1, 1], "values": "AAAAAA=="},
    ],
)
def test_a_damaged_code_is_refused(made, code):
    refused(changed(plain(made), "image", {"seed": None, "code": code}))


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    assert "67,108,864" in refused(b"{" + bytes(2**26))
    path = tmp_path / "large.json"
    with open(path, "wb") as file:
        file.truncate(2**40)
    for place in (path, tmp_path, "/dev/zero", tmp_path / "missing.json", "a\0b"):
        with pytest.raises(ProjectError):
            read_project(place)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ProjectError, match="pipe"):
            read_project(tmp_path / "pipe")


def test_changed_bytes_are_read_or_refused(made):
    data = project_bytes(made)
    opened = 0
    for seed in range(150):
        try:
            found = read_project(mutated(data, seed))
        except ResefaError as error:
            assert str(error).isprintable() and len(str(error)) <= 480
        else:
            opened += 1
            assert project_bytes(read_project(project_bytes(found))) == project_bytes(found)
    assert opened < 150
