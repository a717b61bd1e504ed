"""Some hundred changed files of directions and of codes: each is read or refused in one sentence. benchmarks/robustness/fuzz_small_files.py: more."""

from __future__ import annotations

import time

import pytest
from hostile.mutations import mutated
from hostile.small_files import SMALL
from reference.small import small_generator

import resefa
from resefa.errors import ResefaError

EACH = 40


@pytest.fixture(scope="module")
def styled():
    return small_generator("stylegan2")


@pytest.mark.parametrize("name", SMALL)
def test_changed_files(tmp_path, styled, name):
    data = SMALL[name]()
    path = tmp_path / name
    opened = 0
    for seed in range(EACH):
        path.write_bytes(mutated(data, seed))
        start = time.perf_counter()
        for opener in (
            lambda: resefa.Directions.load(path),
            lambda: resefa.Directions.load(path, generator=styled),
            lambda: resefa.LatentCode.load(path, styled),
            lambda: resefa.LatentCode.load(path, styled, space="W+"),
        ):
            try:
                found = opener()
            except ResefaError as error:
                assert str(error).isprintable() and len(str(error)) <= 480
            else:
                assert repr(found).isprintable()
                found.save(tmp_path / "again.safetensors")
                type(found).load(tmp_path / "again.safetensors")
                opened += 1
        assert time.perf_counter() - start < 5
    assert opened or name.startswith("channels"), "no change at all was survived: the sound file is not read"


@pytest.mark.parametrize("name", SMALL)
def test_every_beginning_of_a_file(tmp_path, name):
    data = SMALL[name]()
    path = tmp_path / name
    for length in range(0, len(data), max(len(data) // 25, 1)):
        path.write_bytes(data[:length])
        for kind in (resefa.Directions, resefa.LatentCode):
            try:
                kind.load(path)
            except ResefaError:
                continue
