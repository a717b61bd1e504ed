"""What a model's name means where the working folder holds something of that name."""

from __future__ import annotations

import pytest

import resefa
from resefa.errors import ModelError, ResefaWarning


def test_a_card_goes_before_a_folder_of_its_name(faces, tmp_path, monkeypatch):
    (tmp_path / "faces-dcgan").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.warns(ResefaWarning, match=r"card and a folder.*\./faces-dcgan"):
        assert resefa.load("faces-dcgan").fingerprint == faces.fingerprint
    with pytest.raises(ModelError, match="folder without"):
        resefa.load("./faces-dcgan")
