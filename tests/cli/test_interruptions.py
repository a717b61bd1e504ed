"""A full disk and Ctrl-C, for real: one sentence, an exit code, nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

RESEFA = [sys.executable, "-m", "resefa.cli.main"]


@pytest.mark.parametrize("name", ["sheet.png", "page.html", "faces.gif"])
def test_a_full_disk(name, small_disk, tmp_path, faces):
    found = tmp_path / "mouth.safetensors"
    subprocess.run([*RESEFA, "discover", "faces-dcgan", "--region", "mouth", "-o", found, "-q"], check=True)
    (small_disk / "filler").write_bytes(bytes(290_000))
    before = sorted(small_disk.iterdir())
    done = subprocess.run(
        [*RESEFA, "edit", "faces-dcgan", found, "--seeds", "0-3", "-o", small_disk / name],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 10 and done.stderr.count("\n") == 1, done.stderr
    assert "disk is full" in done.stderr
    assert sorted(small_disk.iterdir()) == before


def test_a_full_disk_keeps_the_older_directions(small_disk, faces):
    target = small_disk / "mouth.safetensors"
    target.write_bytes(b"older")
    (small_disk / "filler").write_bytes(bytes(290_000))
    done = subprocess.run(
        [*RESEFA, "discover", "faces-dcgan", "--region", "mouth", "-k", "8", "-o", target],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 10 and "disk is full" in done.stderr
    assert target.read_bytes() == b"older" and len(list(small_disk.iterdir())) == 2


def test_ctrl_c_leaves_nothing_half_written(tmp_path, faces):
    command = [*RESEFA, "discover", "faces-dcgan", "--region", "mouth", "--seed", "0-2000", "-o", "many.safetensors"]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    time.sleep(6)
    assert running.poll() is None, "it ended before it could be interrupted"
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert errors.strip() == "resefa: interrupted; nothing half-written is left."
    assert list(tmp_path.iterdir()) == []
