"""The results file loses at most the block that was being written."""

from __future__ import annotations

import pytest

from resefa.errors import UsageError
from resefa.evaluation.journal import FILE, Journal, read_records


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    journal.append("image:1", [{"kind": "edit", "alpha": 1.5}])
    journal.append("image:2", [{"kind": "edit", "alpha": 2.5}, {"kind": "edit", "alpha": 3.5}])
    return journal


@pytest.mark.parametrize("bytes_off", [1, 5, 40, 80])
def test_a_cut_costs_one_block_and_no_more(journal, tmp_path, bytes_off):
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-bytes_off])
    assert len(read_records(tmp_path)) == 1
    again = Journal(tmp_path)
    assert again.blocks == {"image:1"} and again.dropped > 0
    again.append("image:2", [{"kind": "edit", "alpha": 2.5}, {"kind": "edit", "alpha": 3.5}])
    assert [record["alpha"] for record in read_records(tmp_path)] == [1.5, 2.5, 3.5]


def test_damage_in_the_middle_is_said_with_its_line(journal, tmp_path):
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes().replace(b'"alpha": 1.5}', b'"alpha"', 1))
    with pytest.raises(UsageError, match=r"Line 1 of .*damaged"):
        Journal(tmp_path)


def test_a_folder_without_results_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"holds no results\.jsonl"):
        read_records(tmp_path)
