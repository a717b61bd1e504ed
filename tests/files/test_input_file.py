"""Files to read: regular ones of a sensible size, under any path that a user may type."""

from __future__ import annotations

import os

import pytest

from resefa.errors import DirectionsError
from resefa.files.input_file import read_input, user_path


def test_a_file_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert read_input(tmp_path / "a", 3) == b"abc"


def test_a_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a").write_bytes(b"abc")
    assert read_input("~/a", 10) == b"abc"
    assert str(user_path("~nobody-of-this-name/a")) == "~nobody-of-this-name/a"


@pytest.mark.parametrize(
    "path, said",
    [
        ("pipe", "is a pipe"),
        ("folder", "is a folder"),
        ("large", "has 11 bytes"),
        ("nothing", "check the path"),
        ("large/under a file", "check the path"),
        ("n\0ul", r"n\\x00ul is not a valid path"),
        ("\ud800", r"\\ud800 is not a valid path"),
        ("a" * 5000, "check the path"),
        ("/dev/zero", "is a device"),
    ],
)
def test_anything_else_is_refused_at_once(tmp_path, path, said):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_bytes(b"a" * 11)
    with pytest.raises(DirectionsError, match=said):
        read_input(tmp_path / path, 10, raises=DirectionsError)


@pytest.mark.parametrize("name", ["pipe", "/dev/zero"])
def test_no_model_is_read_from_a_pipe_or_a_device(tmp_path, name):
    import resefa
    from resefa.generators.inspection import inspect
    from resefa.pickles import read_tree

    os.mkfifo(tmp_path / "pipe")
    for opener in (resefa.load, inspect, read_tree):
        with pytest.raises(resefa.ResefaError, match="give a file"):
            opener(tmp_path / name)
