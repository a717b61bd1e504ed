"""Texts of options that could be taken for something else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import resefa
from resefa.cli.arguments import parse_direction
from resefa.cli.outputs import Look
from resefa.errors import OutputError, UsageError
from resefa.presentation.save_images import is_folder


@pytest.mark.parametrize("text", ["-1", "-1=2"])
def test_no_direction_is_counted_from_the_end(text):
    with pytest.raises(UsageError, match="numbered from 0.*1=-1"):
        parse_direction(text)
    assert parse_direction("1=-1") == (1, -1.0)


@pytest.mark.parametrize("check", [Look().check, Look().check_still])
def test_an_empty_output_is_not_the_working_folder(check):
    with pytest.raises(OutputError, match="--output is empty"):
        check(Path(""), "")
    assert not is_folder("") and is_folder(".")
    with pytest.raises(OutputError, match="The empty path has no suffix"):
        resefa.save_images(torch.zeros(3, 6, 8), "")
