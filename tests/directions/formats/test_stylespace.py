"""Lists of style channels in the shapes in which people keep them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import resefa
from resefa.directions.directions import Directions, Provenance
from resefa.directions.formats.stylespace import Channel, rows_of_channels
from resefa.errors import DirectionsError

SAME = {
    "list.json": "[[2, 1], [3, 0, -50]]",
    "text.json": '["2_1", "3_0 -50"]',
    "lines.txt": "# two\n2_1\n3, 0, -50\n",
    "tuples.txt": "(2, 1), (3, 0, -50)",
    "table.txt": "'bangs' : [(2, 1), (3, 0, -50)],",
}


@pytest.mark.parametrize("name", SAME)
def test_channels_are_placed_by_the_models_table(tmp_path, styled, name):
    (tmp_path / name).write_text(SAME[name])
    found = resefa.Directions.load(tmp_path / name, generator=styled)
    table = styled.network.style_layers
    rows = torch.zeros(2, styled.spaces["S"].dimensions)
    rows[0, sum(one.channels for one in table[:2]) + 1] = 1
    rows[1, sum(one.channels for one in table[:3])] = -1
    assert torch.equal(found.vectors, rows)
    assert found.provenance.space == "S" and found.provenance.steps == (1.0, 50.0)
    assert found[1].name.endswith("3_0") and found[0].name.startswith("bangs" if name == "table.txt" else "2_1")


def test_an_edit_moves_that_channel_and_no_other(tmp_path, styled):
    (tmp_path / "a.json").write_text('{"smile": [2, 1]}')
    found = resefa.Directions.load(tmp_path / "a.json", generator=styled)
    code = styled.sample(1, "S")
    values = code.values.clone()
    values[0, sum(one.channels for one in styled.network.style_layers[:2]) + 1] += 4
    moved = styled.synthesize(resefa.LatentCode(values, "S"))
    assert torch.equal(resefa.edit(styled, code, found[0], [4.0])[0], moved)
    assert not torch.equal(moved, styled.synthesize(code))


def test_named_lists_and_arrays(tmp_path, styled):
    (tmp_path / "a.json").write_text(json.dumps({"bangs": [[0, 1], [2, 0]], "wheel": [1, 0]}))
    found = resefa.Directions.load(tmp_path / "a.json", generator=styled)
    assert found.provenance.names == ("bangs 0_1", "bangs 2_0", "wheel 1_0") and found.provenance.steps is None
    np.savez(tmp_path / "b.npz", bangs=np.array([[0, 1], [2, 0]]), wheel=np.array([[1, 0]]))
    assert torch.equal(resefa.Directions.load(tmp_path / "b.npz", generator=styled).vectors, found.vectors)
    np.savez(tmp_path / "c.npz", np.array([[0, 1, -2.5]]))
    assert resefa.Directions.load(tmp_path / "c.npz", generator=styled).provenance.steps == (2.5,)


@pytest.mark.parametrize("content", ["[[2, 1], [3, 0, -50.5]]", '{"bangs": [[0, 1]], "smile": [[2, 0], [3, 1]]}'])
def test_round_trip(tmp_path, styled, content):
    (tmp_path / "a.json").write_text(content)
    before = resefa.Directions.load(tmp_path / "a.json", generator=styled)
    before.save(tmp_path / "b.json", generator=styled)
    after = resefa.Directions.load(tmp_path / "b.json", generator=styled)
    assert torch.equal(after.vectors, before.vectors)
    assert (after.provenance.names, after.provenance.steps) == (before.provenance.names, before.provenance.steps)
    assert json.loads((tmp_path / "b.json").read_text()) in (json.loads(content), [[2, 1, 1.0], [3, 0, -50.5]])


def test_directions_on_some_layers_are_placed_too(tmp_path, styled):
    motion = styled.motion("S", "1")
    row = torch.zeros(1, motion.dimensions)
    row[0, 3] = 1
    Directions(row, provenance=Provenance(space="S", layers="1")).save(tmp_path / "a.json", generator=styled)
    ((layer, channel),) = json.loads((tmp_path / "a.json").read_text())
    assert styled.network.style_layers[layer].layer == 1 and channel == 3


def test_what_a_list_cannot_say(tmp_path, styled):
    dense = Directions(torch.ones(1, styled.spaces["S"].dimensions), provenance=Provenance(space="S"))
    with pytest.raises(DirectionsError, match="single channels"):
        dense.save(tmp_path / "a.json", generator=styled)
    with pytest.raises(DirectionsError, match="give model"):
        dense.save(tmp_path / "a.json")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("[[99, 0]]", "has layers 0-"),
        ("[[0, 99999]]", "has channels 0-"),
        ("[[0.5, 1]]", "expected JSON such as"),
        ("[[0, 1, 0]]", "expected JSON such as"),
        ("[[0, 1, NaN]]", "expected JSON such as"),
        ("[]", "lists 0 channels"),
        ("{", "expected JSON such as"),
        ("[" * 100_000, "nested too deeply|expected JSON such as"),
        ("smile: much", "expected lines such as"),
        ("9_409\nand so on", "expected lines such as"),
    ],
)
def test_mistakes_get_one_sentence(tmp_path, styled, text, sentence):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DirectionsError, match=sentence) as error:
        resefa.Directions.load(tmp_path / "a.json", generator=styled)
    assert "\n" not in str(error.value)


def test_the_model_is_needed(tmp_path, faces):
    (tmp_path / "a.json").write_text("[[0, 1]]")
    with pytest.raises(DirectionsError, match="no model was given"):
        resefa.Directions.load(tmp_path / "a.json")
    with pytest.raises(DirectionsError, match="has no style space"):
        resefa.Directions.load(tmp_path / "a.json", generator=faces)


def test_paper_numbering():
    """At 1024 pixels 9 is the first convolution at 32 pixels: after 4 (two layers), 8 and 16 (three each) and a ToRGB ... each."""
    channels = [512, 512, *[512] * 12, 512, 256, 256, 256, 128, 128, 128, 64, 64, 64, 32, 32]
    (row,) = rows_of_channels([Channel(9, 409)], channels, "a")
    assert row[9 * 512 + 409] == 1 and np.count_nonzero(row) == 1 and len(row) == 9088
