"""The default generator, its real weights fetched once as set-up does it."""

from __future__ import annotations

import pytest

import resefa
from resefa.zoo.cards import card
from resefa.zoo.pull import pull


@pytest.fixture(scope="session")
def faces():
    pull(card("faces-dcgan"))
    return resefa.load("faces-dcgan")
