"""Nothing is known of the file beforehand: parts of two versions are never joined, and half a file never passes for all."""

from __future__ import annotations

import types

import pytest
from zoo.server import BODY, left

from resefa.errors import DownloadError
from resefa.zoo.http import _Redirects
from resefa.zoo.pull import pull

OTHER = BODY[::-1]


def interrupt(card) -> None:
    """Fetch some of it and stop as Ctrl-C does."""

    def stop(done, _):
        if done > 250_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(card, progress=stop)


@pytest.mark.parametrize("name, first, later", [("ETag", '"1"', '"2"'), ("Last-Modified", "Mon", "Tue")])
def test_the_rest_of_the_same_version_is_asked_for(unknown, server, name, first, later):
    server.headers = {name: first}
    interrupt(unknown)
    assert left(unknown) == ["weights.tar.part", "weights.tar.part.json"]
    assert pull(unknown).read_bytes() == BODY and left(unknown) == ["weights.tar"]
    assert server.requests[1] is not None and server.conditions[1] == first


@pytest.mark.parametrize("obeys", [True, False])
@pytest.mark.parametrize("name, first, later", [("ETag", '"1"', '"2"'), ("Last-Modified", "Mon", "Tue")])
def test_another_version_is_fetched_whole(unknown, server, name, first, later, obeys):
    server.headers = {name: first}
    interrupt(unknown)
    server.headers, server.body, server.obeys_if_range = {name: later}, OTHER, obeys
    assert pull(unknown).read_bytes() == OTHER and left(unknown) == ["weights.tar"]


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"1"'}])
def test_without_a_version_it_is_fetched_whole(unknown, server, headers):
    server.headers = headers
    interrupt(unknown)
    server.body = OTHER
    assert pull(unknown).read_bytes() == OTHER
    assert server.requests == [None, None]


def test_without_a_version_breaks_begin_anew_but_not_for_ever(unknown, server):
    server.break_at, server.breaks = 200_000, 2
    assert pull(unknown).read_bytes() == BODY and server.requests == [None] * 3
    server.breaks = 99
    with pytest.raises(DownloadError, match="interrupted"):
        pull(unknown, repin=True)
    assert len(server.requests) < 12


def test_a_part_from_another_address_is_not_gone_on_with(unknown, server):
    server.headers = {"ETag": '"1"'}
    interrupt(unknown)
    server.files["mirror"] = OTHER
    assert pull(unknown, url=f"{server.base}/mirror").read_bytes() == OTHER
    assert server.requests == [None, None]


def test_a_body_of_no_stated_end_is_refused_where_no_hash_would_tell(unknown, known, server):
    server.length = "unsaid"
    with pytest.raises(DownloadError, match=r"does not state the length .*source_file"):
        pull(unknown)
    assert pull(known).read_bytes() == BODY


@pytest.mark.parametrize("headers", [{}, {"ETag": '"1"'}])
def test_a_chunked_body_that_breaks_is_made_whole(unknown, server, headers):
    server.length, server.headers, server.break_at, server.breaks = "chunked", headers, 200_000, 1
    assert pull(unknown).read_bytes() == BODY


def test_a_compressed_body_is_refused(known, server):
    server.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(DownloadError, match="compressed"):
        pull(known)


def test_no_redirect_leaves_https():
    def follow(old, new):
        asked = types.SimpleNamespace(full_url=old, get_method=lambda: "GET", headers={}, origin_req_host="")
        return _Redirects().redirect_request(asked, None, 302, "", {}, new)

    assert follow("https://a.example/x", "https://b.example/y").full_url == "https://b.example/y"
    assert follow("http://a.example/x", "https://b.example/y").full_url == "https://b.example/y"
    for old, new in [("https://a.example/x", "http://b.example/y"), ("http://a.example/x", "ftp://b.example/y")]:
        with pytest.raises(DownloadError, match="unsafe"):
            follow(old, new)
