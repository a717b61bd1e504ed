"""The results file loses at most the block that was being written."""

from __future__ import annotations

import json

import pytest

from resefa.comparison.journal import FILE, Journal, read_records
from resefa.errors import UsageError


def edit(alpha):
    about = {"setting": "per-image", "image": 1, "region": "mouth", "method": "sefa", "level": 0.05, "sign": 1}
    return {"kind": "edit", **about, "alpha": alpha, "inside": 0.05, "outside": 0.01, "attained": True}


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    journal.append("image:1", [edit(1.5)])
    journal.append("image:2", [edit(2.5), edit(3.5)])
    return journal


@pytest.mark.parametrize("bytes_off", [1, 5, 40, 80])
def test_a_cut_costs_one_block_and_no_more(journal, tmp_path, bytes_off):
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-bytes_off])
    assert len(read_records(tmp_path)) == 1
    again = Journal(tmp_path)
    assert again.blocks == {"image:1"} and again.dropped > 0
    again.append("image:2", [edit(2.5), edit(3.5)])
    assert [record["alpha"] for record in read_records(tmp_path)] == [1.5, 2.5, 3.5]


def test_damage_in_the_middle_is_said_with_its_line(journal, tmp_path):
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes().replace(b'"alpha": 1.5,', b'"alpha"', 1))
    with pytest.raises(UsageError, match=r"Line 1 of .*damaged"):
        Journal(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "unheard of"}, {"kind": 7}, {"alpha": "1.5"}, {"alpha": None}, {"attained": 1}, {"sign": 2}, {"region": ["mouth"]},
        {"outside": -1}, {"outside": 1e999}, {"measures": {"SSIM": "much"}}, {"image": 2**70}, {"method": None},
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_said_with_its_line(tmp_path, change):
    lines = [
        json.dumps(one).replace("Infinity", "1e999") for one in (edit(1.0) | change, {"kind": "end", "block": "b"})
    ]
    (tmp_path / FILE).write_text("\n".join(lines) + "\n")
    with pytest.raises(UsageError, match="Line 1 of .*damaged") as said:
        read_records(tmp_path)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"kind": "end", "block": ' + b"9" * 5_000 + b"}", b"\xff\xfe", b"\x00"]
)
def test_lines_that_hurt_a_reader_are_one_sentence(tmp_path, line):
    (tmp_path / FILE).write_bytes(line + b"\n" + b'{"kind": "end", "block": "b"}\n')
    with pytest.raises(UsageError, match="Line 1"):
        Journal(tmp_path)


def test_a_folder_without_results_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"does not contain results\.jsonl"):
        read_records(tmp_path)
