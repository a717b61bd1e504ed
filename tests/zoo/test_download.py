"""Weights over HTTP, against a real server that breaks off, lies, redirects and forgets."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest
from zoo.server import BODY, left

from resefa.errors import DownloadError, OutputError, WeightsError
from resefa.zoo import download as downloading
from resefa.zoo.cards import card
from resefa.zoo.pull import pull
from resefa.zoo.store import weights_path


def test_a_whole_file_with_progress(known, server):
    seen = []
    path = pull(known, progress=lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == BODY and left(known) == ["weights.tar"]
    assert seen[-1] == (len(BODY), len(BODY)) and len(seen) > 5


def test_a_break_is_resumed_within_one_call(known, server):
    server.break_at, server.breaks = 200_000, 2
    assert pull(known).read_bytes() == BODY
    assert server.requests == [None, "bytes=200000-", "bytes=400000-"]


def test_what_has_come_is_kept_for_the_next_call(known, server, monkeypatch):
    server.break_at, server.breaks = 300_000, 1
    server.errors = []

    def interrupted(done, total):
        if done > 250_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(known, progress=interrupted)
    (part,) = left(known)
    kept = (weights_path(known).parent / part).stat().st_size
    assert part == "weights.tar.part" and kept > 200_000
    assert pull(known).read_bytes() == BODY
    assert server.requests[-1] == f"bytes={kept}-" and left(known) == ["weights.tar"]


def test_a_server_without_ranges_sends_it_all_again(known, server):
    server.ranges, server.break_at, server.breaks = False, 100_000, 1
    assert pull(known).read_bytes() == BODY


def test_a_server_that_always_breaks_off_is_one_sentence(known, server):
    server.break_at, server.breaks = 0, 99
    with pytest.raises(DownloadError, match=r"interrupted at 0 bytes of 768,000 .*resume"):
        pull(known)


def test_a_busy_server_is_asked_again(known, server):
    server.errors = [503, 500]
    assert pull(known).read_bytes() == BODY


def test_another_file_of_the_same_size_is_refused_and_removed(known, server):
    server.body = BODY[::-1]
    with pytest.raises(WeightsError, match="sha256"):
        pull(known)
    assert left(known) == []


def test_a_start_of_another_file_is_thrown_away(known, server):
    part = weights_path(known).with_name("weights.tar.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"\0" * 1000)
    assert pull(known).read_bytes() == BODY
    part.write_bytes(b"\0" * (len(BODY) + 5))
    weights_path(known).unlink()
    assert pull(known).read_bytes() == BODY


@pytest.mark.parametrize(
    "path, words",
    [("nothing", "answered 404"), ("circle", "redirects in a loop")],
)
def test_addresses_that_lead_nowhere(known, server, path, words):
    with pytest.raises(DownloadError, match=words):
        pull(known, url=server.url.replace("file", path))


def test_other_sizes_and_schemes_are_refused(known, server):
    server.body = BODY + b"more"
    with pytest.raises(DownloadError, match=r"768,004 bytes.* 768,000"):
        pull(known)
    with pytest.raises(DownloadError, match="http://"):
        pull(known, url="file:///etc/passwd")


def test_a_slow_server_is_waited_for(known, server):
    server.pause = 0.05
    seen = []
    began = time.monotonic()
    assert pull(known, progress=lambda done, _: seen.append((time.monotonic() - began, done))).read_bytes() == BODY
    assert seen[0][0] < 0.5 * seen[-1][0] and len(server.requests) == 1, "what has come is not passed on as it comes"


def test_a_server_that_falls_silent_is_asked_for_the_rest(known, server, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT", 0.3)
    server.break_at, server.breaks, server.stall = 200_000, 1, 1.5
    assert pull(known).read_bytes() == BODY
    assert server.requests == [None, "bytes=200000-"]


def test_a_server_that_never_answers_is_one_sentence(known, monkeypatch):
    monkeypatch.setattr(downloading, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DownloadError, match="interrupted at 0 bytes"):
        pull(known, url=f"http://127.0.0.1:{silent.getsockname()[1]}/file")


def test_no_server_is_one_sentence(known):
    with pytest.raises(DownloadError, match="interrupted at 0 bytes"):
        pull(known, url="http://127.0.0.1:9/file")


def test_a_full_disk_is_one_sentence_and_goes_on_where_there_is_room(known, server, small_disk, tmp_path, monkeypatch):
    monkeypatch.setenv("RESEFA_HOME", str(small_disk))
    with pytest.raises(OutputError, match="disk is full"):
        pull(known)
    assert left(known) == ["weights.tar.part"]
    part = weights_path(known).with_name("weights.tar.part")
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path / "larger"))
    weights_path(known).parent.mkdir(parents=True)
    weights_path(known).with_name("weights.tar.part").write_bytes(part.read_bytes())
    assert pull(known).read_bytes() == BODY
    assert server.requests[-1] != "bytes=0-" and server.requests[-1] is not None


def test_the_command_takes_a_mirror(server, tmp_path, faces):
    real = weights_path(card("faces-dcgan")).read_bytes()
    server.body = real
    done = subprocess.run(
        [sys.executable, "-m", "resefa.cli.main", "models", "pull", "faces-dcgan", "--from", server.url],
        capture_output=True, text=True, env={"RESEFA_HOME": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0 and "verified" in done.stdout, done.stderr
