"""Big buffers stay in the process within the block, and only there."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading

import pytest
import torch

from resefa.runtime import allocator as allocation
from resefa.runtime.allocator import large_buffers_kept

_MANY = """
import resource, torch
from contextlib import nullcontext
from resefa.runtime.allocator import large_buffers_kept

def faults(context):
    with context:
        for turn in range(24):
            if turn == 4:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(2):
                torch.empty(48 * 2**18).fill_(1)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults(nullcontext()), faults(large_buffers_kept()))
"""


@pytest.mark.skipif(allocation._library() is None, reason="another C library than GNU's")
def test_big_buffers_are_not_faulted_in_again_each_time():
    # In a process of its own: how a used heap looks is chance. Some go elsewhere even so, since an aligned buffer needs
    # a little more room than it leaves.
    done = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, text=True, check=True)
    without, kept = map(int, done.stdout.split())
    assert kept < without / 2, (without, kept)


@pytest.mark.skipif(allocation._library() is None, reason="another C library than GNU's")
def test_the_memory_goes_back_afterwards():
    def resident() -> int:
        with open("/proc/self/statm", encoding="ascii") as numbers:
            return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = resident()
    with large_buffers_kept():
        torch.empty(400 * 2**18).fill_(1)
        assert resident() - before > 300 * 2**20
    assert resident() - before < 100 * 2**20


def test_blocks_nest_and_the_last_of_several_threads_restores(monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(allocation, "_keep", lambda: calls.append("keep"))
    monkeypatch.setattr(allocation, "_restore", lambda: calls.append("restore"))
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with large_buffers_kept():
            inside.set()
            leave.wait(10)

    with large_buffers_kept(), large_buffers_kept():
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(10)
    assert calls == ["keep"]
    leave.set()
    thread.join()
    assert calls == ["keep", "restore"]


def test_an_error_inside_restores(monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(allocation, "_restore", lambda: calls.append("restore"))
    with pytest.raises(KeyboardInterrupt), large_buffers_kept():
        raise KeyboardInterrupt
    assert calls == ["restore"]


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocation, "_library", lambda: None)
    with large_buffers_kept():
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
