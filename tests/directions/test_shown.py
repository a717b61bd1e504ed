"""Directions for people: short, and whatever a file says stays text on its own line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import resefa
from resefa.directions import shown
from resefa.directions.provenance import Provenance
from resefa.errors import DirectionsError, LatentError, ResefaWarning

EVIL = "\x1b[2J\u202egnp\n  space   S\r\x9b31m\u200b<script>"


@pytest.fixture
def evil():
    return resefa.Directions(
        np.eye(2, 5),
        provenance=Provenance(
            method=EVIL, model=EVIL, region=EVIL, notes=EVIL, jacobian=EVIL, solver=EVIL, version=EVIL, protect=EVIL
        ),
    )


def test_a_repr_is_a_line(toons):
    found = resefa.discover(toons, toons.sample([7]), "mouth", k=3)
    assert repr(found) == "Directions(3 of mouth, 128 dimensions in Z, found on toon-faces-64 by resefa)"
    assert repr(found[0]).startswith("Direction('mouth #0', 128 dimensions in Z, eigenvalue ")
    assert "<td>mouth #2</td>" in found._repr_html_() and found._repr_html_().count("<tr>") == 4


def test_a_long_table_is_cut():
    page = resefa.Directions(np.eye(200))._repr_html_()
    assert page.count("<tr>") == 31 and "and 170 more" in page


def test_nothing_of_a_file_is_obeyed(evil):
    named = evil.renamed([EVIL, EVIL])
    for text in (repr(evil), repr(evil[0]), evil[0].name, named[1].name, *shown.lines(evil), *shown.lines(named)):
        assert text.isprintable() and len(text) < 500
    page = named._repr_html_() + evil._repr_html_()
    assert page.isprintable() and "<script" not in page and r"\u202e" in page


@pytest.mark.parametrize(
    "region", ["a" * 100_000, "polygon:" + "1,2;" * 50_000, "polygon:" + " " * 100_000, "'" * 100_000]
)
def test_long_names_are_cut_in_no_time(evil, region):
    found = replace(evil, provenance=replace(evil.provenance, region=region, names=None))
    assert len(found[0].name) < 80


def test_a_single_direction_is_said_so():
    assert shown.count_of(resefa.Directions(np.eye(1, 5))) == "1 direction of 5 dimensions"
    assert shown.count_of(resefa.Directions(np.eye(2, 5))) == "2 directions of 5 dimensions"


def test_arrays_are_taken_and_brought_to_unit_length():
    found = resefa.Directions(np.array([[3.0, 0], [0, 0.5]]), eigenvalues=[2, 1])
    assert found.vectors.tolist() == [[1, 0], [0, 1]] and found.provenance.steps == (3.0, 0.5)
    assert resefa.Directions(np.eye(3, 32)).provenance.steps is None
    for odd in (None, "mouth", [[1, 2], [3]], np.array([{}]), np.eye(2) * 1j):
        with pytest.raises(DirectionsError):
            resefa.Directions(odd)


def test_indices_and_slices():
    found = resefa.Directions(np.eye(3))
    assert found[np.int64(-1)].index == 2 and len(found[1:]) == 2
    for odd in (3, -4, "0", 1.0, True, None):
        with pytest.raises(DirectionsError, match="0 to 2"):
            found[odd]
    with pytest.raises(DirectionsError, match="No direction"):
        found[3:]


def test_other_names_and_a_region(toons):
    found = resefa.Directions(np.eye(2, 128), provenance=Provenance(names=("x", "y")))
    assert [one.name for one in found.renamed("smile")] == ["smile #0", "smile #1"]
    assert found.renamed(["a", "b"])[1].name == "b"
    for odd in ("", " ", ["a"], ["a", 7], ["a", "b" * 300]):
        with pytest.raises(DirectionsError):
            found.renamed(odd)
    placed = found.with_region(resefa.Region.parse("toon-faces:mouth"), toons.resolution)
    assert placed.edit.shape == toons.resolution and placed[0].name == "x"
    measured = resefa.locality(toons, toons.sample(7), placed[0], 0.01)
    assert measured.inside > 0


def test_a_region_of_another_size_does_not_fit(toons):
    found = resefa.Directions(np.eye(2, 128)).with_region(resefa.Region.parse("box:1,1,2,2"), (8, 8))
    code = toons.sample(0)
    with pytest.raises(LatentError, match="8 x 8 pixels, but images of toon-faces-64 have 64 x 64"):
        resefa.edit(toons, code, found[0], 1, change=0.02)
    with pytest.warns(ResefaWarning, match="8 x 8 pixels"):
        assert resefa.Sweep(toons, code, found[0], 1).measured == []
    assert resefa.Sweep(toons, code, found[0], 1, region="mouth", randoms=0).measured
