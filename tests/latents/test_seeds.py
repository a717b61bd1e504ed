"""Text forms of seeds, and files of labels."""

from __future__ import annotations

import pytest

from resefa.errors import UsageError
from resefa.latents import parse_seeds, read_labels


def test_seeds_ranges_and_lists():
    assert (
        parse_seeds("7") == [7]
        and parse_seeds("0-3") == [0, 1, 2, 3]
        and parse_seeds("1, 4,9 - 11") == [1, 4, 9, 10, 11]
    )
    assert parse_seeds(str(2**32 - 1)) == [2**32 - 1]


@pytest.mark.parametrize("text", ["", "3-1", "-1", "1,,2", "1.5", "²", str(2**32), "0-10000", "a"])
def test_other_text_is_refused_with_the_text(text):
    with pytest.raises(UsageError, match=repr(text).replace(".", r"\.") + "|up to 4294967295"):
        parse_seeds(text)


def test_labels_of_seeds(tmp_path):
    (tmp_path / "labels.txt").write_text("# smile\n7,1\n\n8 -0.5\n")
    assert read_labels(tmp_path / "labels.txt") == ([7, 8], [1.0, -0.5])


@pytest.mark.parametrize("line", ["7", "7,1,2", "7-9,1", "x,1", "7,nan", "7,inf"])
def test_a_wrong_line_is_named(line, tmp_path):
    (tmp_path / "labels.txt").write_text(f"1,1\n{line}\n")
    with pytest.raises(UsageError, match=f"Line 2 of .*labels.txt is '{line}'"):
        read_labels(str(tmp_path / "labels.txt"))


def test_no_labels(tmp_path):
    (tmp_path / "labels.txt").write_text("# nothing\n")
    with pytest.raises(UsageError, match="no labels"):
        read_labels(tmp_path / "labels.txt")
