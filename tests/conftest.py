"""The default generator, its real weights fetched once as set-up does it."""

from __future__ import annotations

import subprocess

import pytest

import resefa
from resefa.zoo.cards import card
from resefa.zoo.pull import pull


@pytest.fixture(scope="session")
def faces():
    pull(card("faces-dcgan"))
    return resefa.load("faces-dcgan")


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 300 KiB; only where the tests may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a small file system here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
