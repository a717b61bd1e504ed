"""Two commands that fetch one model at the same time: both end with the right file, whatever happens to one of them."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from zoo.server import BODY, left

from resefa.zoo.checksums import verified
from resefa.zoo.store import lock_path, pins_path, weights_path

SCRIPT = """
import dataclasses, sys
from resefa.zoo.cards import card
from resefa.zoo.pull import pull
url, sha256 = sys.argv[1:]
some = dataclasses.replace(card("faces-dcgan"), name="some", sha256=sha256, size=None, url=url)
print(pull(some, waiting=lambda: print("waiting", flush=True)), flush=True)
"""


def start(card) -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT, card.url, card.sha256]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(what, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def some_has_come(card) -> bool:
    part = weights_path(card).with_name("weights.tar.part")
    return part.exists() and part.stat().st_size > 100_000


@pytest.mark.parametrize("kind", ["known", "unknown"])
def test_two_processes_both_end_with_the_right_file(kind, server, request):
    card = request.getfixturevalue(kind)
    server.pause = 0.1
    first = start(card)
    wait_for(lambda: some_has_come(card))
    second = start(card)
    answers = [running.communicate(timeout=60) for running in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], answers
    assert "waiting" in answers[1][0] and len(server.requests) == 1, "the second fetched it again"
    assert verified(card).read_bytes() == BODY and left(card) == ["weights.tar"]


def test_started_at_the_very_same_time(unknown, server):
    server.pause = 0.02
    running = [start(unknown) for _ in range(4)]
    answers = [process.communicate(timeout=60) for process in running]
    assert all(process.returncode == 0 for process in running), answers
    assert verified(unknown).read_bytes() == BODY and len(server.requests) == 1 and left(unknown) == ["weights.tar"]


def test_when_the_first_is_killed_the_second_goes_on(unknown, server):
    server.pause, server.headers = 0.1, {"ETag": '"1"'}
    first = start(unknown)
    wait_for(lambda: some_has_come(unknown))
    second = start(unknown)
    assert second.stdout.readline() == "waiting\n"
    first.kill()
    first.communicate(timeout=20)
    answer = second.communicate(timeout=60)
    assert second.returncode == 0, answer
    assert verified(unknown).read_bytes() == BODY and server.requests[1] is not None


def test_locks_and_pins_lie_outside_the_models_folder(known):
    folder = weights_path(known).parent
    assert folder not in lock_path(known).parents and folder not in pins_path(known).parents
