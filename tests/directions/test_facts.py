"""Facts of each direction: kept by slices, names and files, dropped by a change of region where they were measured in it."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest

import resefa
from resefa.cli.main import app
from resefa.directions import DirectionFacts, Transfer, shown
from resefa.directions.file_format import read, to_bytes
from resefa.errors import DirectionsError

FACTS = (
    DirectionFacts(
        caption="opens the mouth",
        caption_details={"opening": 0.5},
        transfer=Transfer((0.5, 0.25, 0.75), (1, 2), (0.25, 0.5)),
        orientation="brighter",
        near=0.25,
    ),
    DirectionFacts(),
    DirectionFacts(caption="lips"),
)


@pytest.fixture
def found():
    return resefa.Directions(np.eye(3, 5), facts=FACTS)


def test_a_file_keeps_the_facts(found, tmp_path):
    found.save(tmp_path / "a.safetensors")
    again = resefa.Directions.load(tmp_path / "a.safetensors")
    assert again.facts == FACTS and again[0].facts == FACTS[0]
    assert to_bytes(again) == to_bytes(found)
    resefa.Directions(np.eye(3, 5)).save(tmp_path / "b.safetensors")
    assert resefa.Directions.load(tmp_path / "b.safetensors").facts is None


def test_slices_and_names_keep_the_facts(found):
    assert found.chosen([2, 0]).facts == (FACTS[2], FACTS[0])
    assert found[1:].facts == FACTS[1:]
    assert found.renamed("smile").facts == FACTS and found.renamed("smile")[2].facts == FACTS[2]
    assert resefa.Directions(np.eye(2))[0].facts is None


def test_a_change_of_region_drops_what_was_measured_in_the_region(found):
    region = resefa.Region.parse("box:1,1,3,3")
    for facts in (found.with_region(region, (8, 8)).facts[0], found[0].with_region(region, (8, 8)).facts):
        assert facts == DirectionFacts("opens the mouth", {"opening": 0.5}, orientation="brighter")


@pytest.mark.parametrize("facts", [FACTS[:2], list(FACTS), (1, 2, 3), "abc"])
def test_facts_of_another_count_or_type_are_refused(facts):
    with pytest.raises(DirectionsError, match="one for each direction"):
        resefa.Directions(np.eye(3, 5), facts=facts)


@pytest.mark.parametrize("fact", [{"near": 2.0}, {"caption": "x" * 201}, {"transfer": Transfer((-1.0,))}])
def test_impossible_facts_are_not_written(found, fact):
    with pytest.raises(DirectionsError, match="correct it before saving"):
        to_bytes(replace(found, facts=(replace(FACTS[0], **fact), *FACTS[1:])))


def test_too_many_facts_are_refused():
    large = DirectionFacts(caption_details={f"{i:0150}": 1.0 for i in range(64)})
    with pytest.raises(DirectionsError, match="Save fewer directions"):
        to_bytes(resefa.Directions(np.eye(500), facts=(large,) * 500))


def test_fields_of_a_later_version_are_ignored(found):
    data = to_bytes(found)
    later = data.replace(b'\\"near\\"', b'\\"neat\\"')
    assert later != data
    assert read(io.BytesIO(later), len(later), "a")["facts"][0] == replace(FACTS[0], near=None)


def test_shown(found):
    text = "\n".join(shown.lines(found))
    assert "opens the mouth" in text and "+ is brighter" in text and "0.25" in text


def test_json_of_show(found, tmp_path, capsys):
    found.save(tmp_path / "a.safetensors")
    app(["show", str(tmp_path / "a.safetensors"), "--json"], standalone_mode=False)
    said = json.loads(capsys.readouterr().out)
    assert said["facts"][0]["caption"] == "opens the mouth" and said["facts"][1] == {}
