"""A full disk and Ctrl-C, for real: one sentence, an exit code, nothing half-written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
import torch
from reference.command import resefa as run

import resefa
from resefa.runtime.jacobian_layout import HEADER, SUM, Layout

RESEFA = [sys.executable, "-m", "resefa.cli.main"]


@pytest.fixture(scope="module")
def mouth(faces, tmp_path_factory):
    """A directions file."""
    path = tmp_path_factory.mktemp("found") / "mouth.safetensors"
    resefa.discover(faces, faces.sample(0), "mouth").save(path)
    return path


@pytest.mark.parametrize("name", ["sheet.png", "page.html", "faces.gif"])
def test_a_full_disk(name, small_disk, mouth):
    (small_disk / "filler").write_bytes(bytes(290_000))
    before = sorted(small_disk.iterdir())
    done = subprocess.run(
        [*RESEFA, "edit", "faces-dcgan", mouth, "--seeds", "0,1", "-q", "-o", small_disk / name],
        capture_output=True,
        text=True,
    )
    said = [line for line in done.stderr.splitlines() if line.startswith("resefa: ")]  # beside lines of progress
    # A warning about the change may stand above.
    assert done.returncode == 10 and [line for line in said if "factor of 2" not in line] == said[-1:], done.stderr
    assert "disk is full" in said[-1]
    assert sorted(small_disk.iterdir()) == before


def test_a_full_disk_keeps_the_older_directions(small_disk, faces):
    target = small_disk / "mouth.safetensors"
    target.write_bytes(b"older")
    (small_disk / "filler").write_bytes(bytes(290_000))
    done = subprocess.run(
        [*RESEFA, "discover", "faces-dcgan", "--region", "mouth", "-k", "8", "--no-strengths", "-o", target],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 10 and "disk is full" in done.stderr
    assert target.read_bytes() == b"older" and len(list(small_disk.iterdir())) == 2


def started(command: list[str], folder) -> subprocess.Popen[str]:
    """The command, listening to Ctrl-C even where the tests themselves run in the background and do not."""
    listening = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, **listening)


def test_ctrl_c_leaves_nothing_half_written(tmp_path, faces):
    command = [*RESEFA, "discover", "faces-dcgan", "--region", "mouth", "--seed", "0-2000", "-o", "many.safetensors"]
    running = started(command, tmp_path)
    assert running.stderr is not None
    said = next((line for line in running.stderr if "2001 images" in line or line.startswith("resefa:")), "")
    assert "(100 columns, " in said, said  # it is at work
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert errors.strip() == "resefa: interrupted; no incomplete file remains."
    assert list(tmp_path.iterdir()) == []


def columns_in(folder):
    """How many columns the working files of the folder hold, of those that hold any: each has a checksum that is not zero."""
    found = []
    for path in folder.glob("*.part"):
        data = path.read_bytes()
        if (layout := Layout.of(data[:HEADER])) is not None:
            sums = data[layout.place("sums") :][: SUM * layout.n]
            found.append(sum(sums[i : i + SUM] != bytes(SUM) for i in range(0, len(sums), SUM)))
    return [count for count in found if count]


def test_ctrl_c_keeps_the_columns_that_are_there(tmp_path, faces):
    """With --keep an interrupted Jacobian goes on where it was, and gives what an uninterrupted one gives."""
    options = ["--region", "mouth", "--dtype", "float64", "--memory", "0.02", "-q", "-k", "3", "--no-strengths"]
    command = [*RESEFA, "discover", "faces-dcgan", *options, "--keep", "kept", "-o", "mouth.safetensors"]
    running = started(command, tmp_path)
    deadline = time.monotonic() + 60
    while not any(columns_in(tmp_path / "kept")) and time.monotonic() < deadline and running.poll() is None:
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert errors.startswith("resefa: interrupted; ") and "cached in kept" in errors and errors.count("\n") == 1
    (done,) = columns_in(tmp_path / "kept")
    assert 0 < done < 100 and not (tmp_path / "mouth.safetensors").exists()
    # The other two commands run to their ends, so they need no process of their own.
    options.remove("-q")
    announced = run("discover", "faces-dcgan", *options, "--keep", "kept", "-o", "mouth.safetensors", cwd=tmp_path)
    assert announced.returncode == 0 and f"({100 - done} columns, " in announced.stderr, announced.stderr
    fresh = run("discover", "faces-dcgan", *options, "-o", "fresh.safetensors", cwd=tmp_path)
    assert fresh.returncode == 0, fresh.stderr
    resumed, whole = (resefa.Directions.load(tmp_path / f"{name}.safetensors") for name in ("mouth", "fresh"))
    assert torch.allclose(resumed.vectors, whole.vectors, atol=1e-5)
