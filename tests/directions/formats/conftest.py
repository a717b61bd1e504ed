"""A small StyleGAN2, and a reader of pickles for as long as this is the only one at hand."""

from __future__ import annotations

import pickle
import sys
from types import ModuleType

import pytest
import torch
from reference.small import small_generator


@pytest.fixture(scope="session")
def styled():
    """Spaces Z and W of 12, W+ of 8 x 12, and S; see ``tests/reference/small.py``."""
    return small_generator("stylegan2")


@pytest.fixture(autouse=True)
def trees(monkeypatch):
    """``resefa.pickles``, or a stand-in for files that these tests wrote themselves."""
    try:
        from resefa.pickles import read_tree
    except ImportError:
        stand_in = ModuleType("resefa.pickles")

        def read_tree(path):
            with open(path, "rb") as file:
                if file.read(2) == b"PK":
                    return torch.load(path, weights_only=True, map_location="cpu")
                file.seek(0)
                return pickle.load(file)

        stand_in.read_tree = read_tree
        monkeypatch.setitem(sys.modules, "resefa.pickles", stand_in)
