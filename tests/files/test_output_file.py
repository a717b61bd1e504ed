"""Results are written whole or not at all, and a place that cannot be written is told before the work."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys

import pytest
from reference.listening import listen

from resefa.errors import OutputError
from resefa.files.output_file import check_writable, check_writable_folder, write_bytes, write_sentence, written_beside


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_writer_that_fails_leaves_the_older_file_and_nothing_else(tmp_path):
    (tmp_path / "a.png").write_bytes(b"older")
    with pytest.raises(RuntimeError), written_beside(tmp_path / "a.png") as path:
        path.write_bytes(b"half")
        raise RuntimeError
    assert (tmp_path / "a.png").read_bytes() == b"older" and names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("name", ["a.png", "$HOME.png", "a:b c%d.png", "é" * 120 + ".png", "-x.png"])
def test_names_of_any_kind(tmp_path, name):
    write_bytes(tmp_path / name, b"content")
    assert names(tmp_path) == [name] and (tmp_path / name).read_bytes() == b"content"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.png").symlink_to("real/a.png")
    write_bytes(tmp_path / "link.png", b"content")
    assert (tmp_path / "link.png").is_symlink() and (tmp_path / "real" / "a.png").read_bytes() == b"content"


def test_a_device_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for refuse in (check_writable, lambda path: write_bytes(path, b"")):
        with pytest.raises(OutputError, match="device or a pipe"):
            refuse(tmp_path / "pipe.png")
    assert stat.S_ISFIFO((tmp_path / "pipe.png").stat().st_mode)


def test_what_can_be_written_passes_and_nothing_is_left(tmp_path):
    for name in ("a.png", "new/a.png"):
        check_writable(tmp_path / name)
    check_writable_folder(tmp_path / "new")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("no/such/a.png", "does not exist"), ("file/a.png", "is a file, not a folder"), ("folder", "is a folder")],
)
def test_what_cannot_be_written_is_told_before(tmp_path, name, said):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=said):
        check_writable(tmp_path / name)
    assert names(tmp_path) == ["file", "folder"]


def test_a_read_only_file_system(tmp_path):
    folder = tmp_path / "fixed"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no right to mount a file system here")
    try:
        with pytest.raises(OutputError, match=r"cannot be written \(Read-only file system\): choose a folder that you"):
            check_writable(folder / "a.png")
        with pytest.raises(OutputError, match="name another store"):
            check_writable_folder(folder / "new", "name another store")
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_result_that_does_not_fit_is_saved_elsewhere_and_said(small_disk, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (small_disk / "filler").write_bytes(bytes(290_000))
    with pytest.raises(OutputError, match="the disk is full.*saved as") as raised:
        write_bytes(small_disk / "a.png", bytes(100_000), rescue=True)
    (saved,) = tmp_path.glob("a-*.png")
    assert str(saved) in str(raised.value) and saved.stat().st_size == 100_000
    assert names(small_disk) == ["filler"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_sentence_names_no_option(tmp_path, number):
    sentence = write_sentence(tmp_path, OSError(number, os.strerror(number)))
    assert " -o" not in sentence and sentence.endswith(".")


WRITER = """
import sys, time
from resefa.cli.main import _end_on_signals
from resefa.files.output_file import written_beside
_end_on_signals()
with written_beside(sys.argv[1]) as path:
    path.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_leaves_no_file(tmp_path, name):
    import signal

    listening = {"preexec_fn": listen}
    running = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path / "a.png"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **listening,
    )
    assert running.stdout is not None and running.stdout.readline()
    assert len(names(tmp_path)) == 1
    running.send_signal(getattr(signal, name))
    assert running.wait(30) != 0
    assert names(tmp_path) == []
