"""One process writes, the others wait; whatever ends it, somebody goes on with what is there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from reference.problems import image_jacobian

import resefa
from resefa.runtime import working_file
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.working_file import claimed, remove_left

RUNNER = Path(__file__).parents[2] / "benchmarks" / "run.py"
KEY = "0123456789abcdef" * 2
needs_locks = pytest.mark.skipif(os.name != "posix", reason="locks of another kind")


def parts(folder):
    return sorted(folder.glob("*.part"))


def test_the_second_waits_and_goes_on_with_what_the_first_left(tmp_path):
    first = claimed(tmp_path, "k", 100)
    assert claimed(tmp_path, "k", 100) is None and claimed(tmp_path, "other", 100) is not None
    first.file.write(b"half")
    first.left()
    second = claimed(tmp_path, "k", 100)
    assert second.path == first.path and second.file.read(4) == b"half"
    second.removed()
    assert not list(tmp_path.glob("k.*"))


def test_what_has_another_size_is_not_gone_on_with(tmp_path):
    (tmp_path / "k.0.part").write_bytes(bytes(99))
    assert claimed(tmp_path, "k", 100).path.name != "k.0.part" and not (tmp_path / "k.0.part").exists()


@needs_locks
def test_nobody_waits_for_a_process_that_gives_no_sign(tmp_path, monkeypatch):
    first = claimed(tmp_path, "k", 100)
    monkeypatch.setattr(working_file, "PATIENCE", -1.0)
    second = claimed(tmp_path, "k", 100)
    assert second is not None and second.path != first.path


def test_without_locks_everybody_works_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(working_file, "try_lock", lambda file: None)
    files = [claimed(tmp_path, "k", 100) for _ in range(3)]
    assert len({file.path for file in files}) == 3
    assert not remove_left(files[0].path) and files[0].path.exists()


@needs_locks
def test_links_and_pipes_in_the_folder_are_left_alone(tmp_path):
    treasure = tmp_path / "treasure.txt"
    treasure.write_bytes(bytes(100))
    (tmp_path / "k.0.part").symlink_to(treasure)
    os.mkfifo(tmp_path / "k.1.part")
    working = claimed(tmp_path, "k", 100)
    working.file.write(b"x" * 100)
    working.left()
    assert treasure.read_bytes() == bytes(100) and not working.path.is_symlink()


@needs_locks
def test_of_two_that_begin_at_once_the_earlier_goes_on(tmp_path):
    earlier = claimed(tmp_path, "k", 100)
    assert working_file._new(tmp_path, "k", 100) is None  # it had looked before the earlier one's file was there
    assert parts(tmp_path) == [earlier.path]


@needs_locks
def test_later_runs_clear_away_what_ended_processes_left(tmp_path):
    def aged(path, days):
        os.utime(path, (time.time() - days * 24 * 3600,) * 2)

    living = claimed(tmp_path, KEY, 100)
    old = claimed(tmp_path, KEY[::-1], 100)
    for working, days in ((living, 30), (old, 30)):
        aged(working.path, days)
    old.left()
    young = claimed(tmp_path, "1" * 32, 100)
    young.left()
    aside, note, mine = (
        tmp_path / name for name in (f".{KEY}.subspace-0a1b.safetensors", f"{KEY}.part.json", "mine.part")
    )
    for path in (aside, note, mine):
        path.write_bytes(b"x")
        aged(path, 30)
    JacobianCache(folder=tmp_path).trim()
    assert {path for path in tmp_path.iterdir()} == {living.path, young.path, mine}
    assert not aside.exists()
    (tmp_path / f"{'1' * 32}.safetensors").write_bytes(b"done")
    JacobianCache(folder=tmp_path).trim()
    assert not young.path.exists()
    JacobianCache(folder=tmp_path, disk=1).trim()
    assert living.path.exists()


@needs_locks
def test_two_that_want_the_same_jacobian_compute_it_once(tmp_path):
    torch.manual_seed(0)
    generator = resefa.wrap(torch.nn.Sequential(torch.nn.Linear(8, 48), torch.nn.Unflatten(1, (3, 4, 4))), 8)
    code, begun, found, said, passes = generator.sample(0), threading.Event(), [], [], []

    def slow(done, total):
        passes.append(done)
        begun.set()
        time.sleep(0.3)

    def job(progress, announce=None):
        cache = JacobianCache(folder=tmp_path)
        found.append(image_jacobian(generator, code, (4, 4), cache=cache, progress=progress, announce=announce).matrix)

    first = threading.Thread(target=job, args=(slow,))
    first.start()
    begun.wait(30)
    job(passes.append, said.append)
    first.join()
    assert torch.equal(found[0], found[1]) and passes == [8]
    assert [sentence for sentence in said if sentence.startswith("Another process is computing this Jacobian")]


def test_a_tilde_is_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert JacobianCache(folder="~/keep").folder == tmp_path / "keep"


def shared(rounds, seconds):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, RUNNER, "run", "shared_cache", str(rounds)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@needs_locks
def test_processes_that_share_a_folder_and_are_killed(tmp_path):
    shared(4, 300)


@needs_locks
@pytest.mark.slow
def test_processes_that_share_a_folder_and_are_killed_many_times(tmp_path):
    shared(500, 3600)
