"""A project and a generator: what does not fit is refused; what fits gives the images of the page."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec
import pytest
import torch
from hostile.mutations import mutated
from projects.made import EYES, MOUTH, directions, project, search
from reference.small import small_generator

import resefa
from resefa.errors import LatentError, ProjectError, RegionError, ResefaError, UsageError
from resefa.projects import (
    OpenedProject,
    ProjectCode,
    ProjectImage,
    ProjectModel,
    ProjectSearch,
    edited,
    project_bytes,
    read_project,
    shapes_from,
)

changed = msgspec.structs.replace


def test_directions_come_back_with_the_weights_of_their_shapes(small, opened):
    for found, shapes, seed in zip(opened.directions, (MOUTH, EYES), (0, 1), strict=True):
        before = directions(small, shapes, seed=seed)
        assert torch.equal(found.vectors, before.vectors) and found.facts == before.facts
        assert torch.equal(found.edit, before.edit) and torch.equal(found.protect, before.protect)
        assert found.provenance == before.provenance


def test_pixels_are_those_of_the_page_after_the_file(small, made):
    """The page edits with the directions that it found; the file leaves out weights and rounds no number."""
    code = small.sample(3)
    mouth, eyes = directions(small, MOUTH), directions(small, EYES, seed=1)
    page = edited(small, code, [(eyes[0], -0.4), (mouth[0], 0.7), (mouth[1], 0.25)], small.synthesize(code))
    reopened = OpenedProject.of(read_project(project_bytes(made)), small)
    image, change = reopened.edited()
    assert torch.equal(image, page[0]) and change == page[1]
    assert torch.equal(reopened.original, small.synthesize(code))
    other = small.sample(5)
    shown = edited(small, other, reopened.moves, small.synthesize(other))
    assert torch.equal(reopened.other(5)[0], shown[0]) and reopened.other(5)[1] == shown[1]


def test_hidden_cards_and_cards_at_rest_do_not_move(small, made):
    cards = (changed(made.cards[0], hidden=True), changed(made.cards[1], position=0.0), *made.cards[2:])
    found = OpenedProject.of(changed(made, cards=cards), small)
    assert [position for _, position in found.moves] == [0.25] and len(found.visible) == 2


def test_a_code_is_the_image(small):
    code = resefa.LatentCode(small.sample(9, "W+").values + 0.1, "W+")
    given = project(small, image=ProjectImage(code=ProjectCode.of(code), truncation=1.0))
    found = OpenedProject.of(read_project(project_bytes(given)), small)
    assert torch.equal(found.code.values, code.values) and torch.equal(found.original, small.synthesize(code))
    assert not torch.equal(found.edited()[0], found.original)


def test_the_conditions_of_the_image_hold(small):
    found = OpenedProject.of(project(small, image=ProjectImage(seed=3, truncation=0.5)), small)
    assert torch.equal(found.original, small.under(truncation=0.5).synthesize(small.sample(3)))


@pytest.mark.parametrize("name", ["small", "styled"])
def test_another_model_is_refused_in_one_sentence(small, made, name):
    with pytest.raises(ProjectError, match="other weights"):
        if name == "small":
            OpenedProject.of(changed(made, model=ProjectModel("toon-faces-64", "0" * 64)), small)
        else:
            OpenedProject.of(made, small_generator("stylegan2"))


def _moved(small, **origin):
    found = directions(small, MOUTH)
    return ProjectSearch.of(
        shapes_from(MOUTH),
        0.0,
        search(small, MOUTH).options,
        replace(found, provenance=replace(found.provenance, **origin)),
    )


def test_what_does_not_fit_the_model_is_refused(small, made):
    def opened(**parts):
        return OpenedProject.of(read_project(project_bytes(changed(made, **parts))), small)

    first = made.searches[0]
    short = ProjectCode.of(resefa.LatentCode(torch.zeros(1, 7), "Z"))
    nowhere = changed(short, space="../../Z")
    for error, parts in (
        (LatentError, {"image": ProjectImage(code=short)}),
        (LatentError, {"image": ProjectImage(code=nowhere)}),
        (UsageError, {"image": ProjectImage(seed=3, label=2)}),
        (ProjectError, {"searches": (_moved(small, fingerprint="f" * 64), made.searches[1])}),
        (ResefaError, {"searches": (_moved(small, space="S9", code_space=""), made.searches[1])}),
        (ResefaError, {"searches": (_moved(small, layers="0-1"), made.searches[1])}),
        (RegionError, {"searches": (changed(first, shapes=()), made.searches[1])}),
        (RegionError, {"searches": (changed(first, shapes=shapes_from([{"kind": "preset", "mode": "edit", "name": "../x"}])), made.searches[1])}),
        (RegionError, {"searches": (changed(first, shapes=shapes_from([{"kind": "box", "mode": "edit", "box": [0, 0, 1, 1]}])), made.searches[1])}),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            opened(**parts)
        said = str(caught.value)
        assert said.isprintable() and len(said) <= 480 and said.endswith("."), said


def test_regions_that_take_minutes_to_draw_are_refused_at_once(small, made):
    first = made.searches[0]
    turns = [[row, (place + 0.5 * row) / 250] for place in range(250) for row in (0.1, 0.5)]
    zigzags = [shapes_from([{"kind": "polygon", "mode": "edit", "points": turns[i:]}] * 9) for i in range(4)]
    given = changed(made, searches=(first, made.searches[1], *(changed(first, shapes=one) for one in zigzags)))
    start = time.process_time()
    with pytest.raises(ProjectError, match="strokes and polygons"):
        OpenedProject.of(read_project(project_bytes(given)), small)
    assert time.process_time() - start < 1
    # A region that many searches share is drawn once.
    many = changed(made, searches=(first, made.searches[1], *[changed(first, shapes=zigzags[0])] * 30))
    assert len(OpenedProject.of(many, small).directions) == 32


def test_changed_files_open_or_are_refused(small, made):
    data = project_bytes(made)
    opened = 0
    for seed in range(120):
        try:
            found = OpenedProject.of(read_project(mutated(data, seed)), small)
            opened += found.edited()[0].shape == (1, 3, 64, 64)
        except ResefaError as error:
            assert str(error).isprintable() and len(str(error)) <= 480
    assert opened < 120


def test_a_region_file_in_the_provenance_is_never_opened(small, made, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"not a picture")
    crafted = _moved(small, region=f"file:'{secret}'", protect=str(secret))
    found = OpenedProject.of(changed(made, searches=(crafted, made.searches[1])), small)
    assert found.edited()[1] is not None
