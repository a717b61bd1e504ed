"""The examples run as they stand, in this process: a new interpreter for each would import torch for seconds."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from resefa.runtime.session import SHARED_CACHE

SCRIPTS = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example_runs(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    SHARED_CACHE.clear()  # as in a new process
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out
