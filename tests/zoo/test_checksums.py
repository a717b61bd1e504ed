"""Files whose hash nobody publishes: that of the first download is pinned, another is refused unless it is wanted."""

from __future__ import annotations

import hashlib
import json
import subprocess

import pytest
from zoo.server import BODY, left

from resefa.errors import DownloadError, OutputError, UsageError, WeightsError
from resefa.zoo.checksums import expected, verified
from resefa.zoo.pull import pull
from resefa.zoo.store import pins_path, weights_path

OTHER = BODY[::-1]
HASHES = [hashlib.sha256(body).hexdigest() for body in (BODY, OTHER)]


def pinned(card) -> str:
    return expected(card, card.parts[0]).sha256


def test_the_first_download_is_pinned_and_not_fetched_again(unknown, server):
    assert expected(unknown, unknown.parts[0]) is None
    path = pull(unknown)
    assert path.read_bytes() == BODY and left(unknown) == ["weights.tar"]
    facts = json.loads(pins_path(unknown).read_text())["weights.tar"]
    assert facts == {"sha256": HASHES[0], "size": len(BODY), "source": server.url}
    assert verified(unknown) == pull(unknown) == path and len(server.requests) == 1


def test_a_second_download_that_differs_is_refused_with_both_hashes(unknown, server):
    pull(unknown).unlink()
    server.body = OTHER
    with pytest.raises(WeightsError) as refused:
        pull(unknown)
    said = str(refused.value)
    assert HASHES[0] in said and HASHES[1] in said and "resefa models pull some --repin" in said
    assert "\n" not in said and left(unknown) == [] and pinned(unknown) == HASHES[0]
    server.body = BODY + b"more"
    with pytest.raises(WeightsError, match=HASHES[0]):
        pull(unknown)
    server.body = BODY
    assert pull(unknown).read_bytes() == BODY


def test_a_mirror_and_a_file_must_have_the_pinned_hash_too(unknown, server, tmp_path):
    path = pull(unknown)
    server.body = OTHER
    (tmp_path / "other").write_bytes(OTHER)
    with pytest.raises(WeightsError, match=HASHES[1]):
        pull(unknown, url=server.url)
    with pytest.raises(WeightsError, match=HASHES[1]):
        pull(unknown, source_file=tmp_path / "other")
    assert path.read_bytes() == BODY and left(unknown) == ["weights.tar"]


def test_a_changed_file_is_accepted_on_purpose(unknown, server, tmp_path):
    pull(unknown)
    server.body = OTHER
    assert pull(unknown, repin=True).read_bytes() == OTHER and pinned(unknown) == HASHES[1]
    (tmp_path / "first").write_bytes(BODY)
    assert pull(unknown, source_file=tmp_path / "first", repin=True).read_bytes() == BODY
    assert verified(unknown) and pinned(unknown) == HASHES[0]


def test_a_repin_that_fails_leaves_the_file_and_its_pin(unknown, server):
    path = pull(unknown)
    server.body = b"<!doctype html><title>Sign in</title>"
    with pytest.raises(DownloadError):
        pull(unknown, repin=True)
    assert path.read_bytes() == BODY and verified(unknown) == path and left(unknown) == ["weights.tar"]


def test_a_published_hash_is_never_pinned(known):
    with pytest.raises(UsageError, match="omit repin"):
        pull(known, repin=True)
    pull(known)
    assert not pins_path(known).exists()


def test_a_damaged_file_is_found_and_fetched_anew(unknown, known):
    for card in (unknown, known):
        path = pull(card)
        path.write_bytes(b"\0" * len(BODY))
        with pytest.raises(WeightsError, match="run `resefa models pull some`"):
            verified(card)
        assert pull(card).read_bytes() == BODY and verified(card) == path


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b'\n {"error": "no quota"}', b"\xef\xbb\xbf<?xml?>"])
def test_a_page_or_an_error_text_is_not_pinned(unknown, server, body):
    server.body = body
    with pytest.raises(DownloadError, match=r"is not weights\.tar, but begins with"):
        pull(unknown)
    assert not pins_path(unknown).exists() and left(unknown) == []


def test_a_file_put_there_by_hand_is_pinned_without_network(unknown, server):
    path = weights_path(unknown)
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    with pytest.raises(WeightsError, match="has no known hash; run `resefa models pull some`"):
        verified(unknown)
    assert pull(unknown) == verified(unknown) == path and server.requests == []


def one_pin(size: str = "1", source: str = '""') -> str:
    """A file of pins, of which one fact is not as it should be."""
    return f'{{"weights.tar": {{"sha256": "{"0" * 64}", "size": {size}, "source": {source}}}}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"weights.tar": 1}',
        '{"weights.tar": {"sha256": "zz", "size": 1, "source": ""}}',
        "\udcff",
        "[" * 100_000,
        one_pin(size="9" * 5000),
        one_pin(size="true"),
        one_pin(size="-1"),
        one_pin(source='["x"]'),
    ],
)
def test_damaged_pins_are_one_sentence_and_can_be_made_anew(unknown, text):
    pull(unknown)
    pins_path(unknown).write_bytes(text.encode("utf-8", "surrogateescape"))
    for act in (verified, pull):
        with pytest.raises(WeightsError, match=r"The pinned hashes .*some\.json") as refused:
            act(unknown)
        assert "\n" not in str(refused.value)
    pull(unknown, repin=True)
    assert pinned(unknown) == HASHES[0]


def test_a_pin_keeps_no_token(unknown, server):
    pull(unknown, url=f"{server.url}?token=secret")
    assert "secret" not in pins_path(unknown).read_text()


def test_a_full_disk_pins_nothing_and_the_rest_comes_where_there_is_room(
    unknown, server, small_disk, home, monkeypatch
):
    server.headers = {"ETag": '"1"'}
    monkeypatch.setenv("RESEFA_HOME", str(small_disk))
    with pytest.raises(OutputError, match="disk is full"):
        pull(unknown)
    assert not pins_path(unknown).exists()
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    assert pull(unknown).read_bytes() == BODY and left(unknown) == ["weights.tar"]
    assert server.requests[1] is not None
