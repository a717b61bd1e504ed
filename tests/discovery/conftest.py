"""What the tests of the methods share: a small style network and a box in its middle."""

from __future__ import annotations

import pytest
from reference.small import small_generator

import resefa


@pytest.fixture(scope="module")
def style():
    return small_generator("stylegan2")


@pytest.fixture
def region():
    return resefa.Region.box(0.25, 0.25, 0.5, 0.5, unit="fraction")
