"""Several addresses for one file, and hashes that only a third party shows."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from zoo.server import BODY, left

from resefa.errors import DownloadError, WeightsError
from resefa.zoo.checksums import expected, state, verified
from resefa.zoo.pull import pull
from resefa.zoo.store import pins_path


@pytest.fixture
def mirrored(known):
    """A card whose hash is a third party's word."""
    return dataclasses.replace(known, mirrored_by="mirror.example")


def test_the_next_address_is_tried_with_a_sentence(known, server):
    heard = []
    card = dataclasses.replace(known, url=f"{server.base}/gone", other_urls=(f"{server.base}/circle", server.url))
    assert pull(card, notice=heard.append).read_bytes() == BODY
    assert len(heard) == 2 and "answered 404" in heard[0] and "circle" in heard[1]
    assert all(sentence.endswith("Trying the next address.") for sentence in heard)


@pytest.mark.parametrize("wrong", [b"", b"<html>Sign in</html>", b"version https://git-lfs.github.com/spec/v1\n"])
def test_what_is_no_weights_at_one_address_is_no_reason_to_stop(unknown, server, wrong):
    server.files["wrong"] = wrong
    card = dataclasses.replace(unknown, url=f"{server.base}/wrong", other_urls=(server.url,))
    assert pull(card).read_bytes() == BODY and left(card) == ["weights.tar"]


def test_another_hash_at_one_address_is_no_reason_to_stop(known, server):
    server.files["wrong"] = BODY[::-1]
    card = dataclasses.replace(known, url=f"{server.base}/wrong", other_urls=(server.url,))
    assert pull(card).read_bytes() == BODY and left(card) == ["weights.tar"]


def test_no_address_gives_it(known, server):
    card = dataclasses.replace(known, url=f"{server.base}/gone", other_urls=(f"{server.base}/gone-too",))
    with pytest.raises(DownloadError, match=r"None of the 2 addresses of weights\.tar worked .*answered 404"):
        pull(card)


def test_a_mirror_of_the_users_takes_the_place_of_all(known, server):
    card = dataclasses.replace(known, url=f"{server.base}/gone", other_urls=(f"{server.base}/gone-too",))
    server.requests.clear()
    assert pull(card, url=server.url).read_bytes() == BODY and len(server.requests) == 1


def test_a_card_without_address_says_what_a_person_can_do(known):
    card = dataclasses.replace(known, url="", package="", by_hand="download X in a browser")
    with pytest.raises(DownloadError, match="download X in a browser, and run `resefa models pull some --from FILE`"):
        pull(card)


def test_a_mirrored_hash_is_verified_and_not_pinned(mirrored):
    assert pull(mirrored) == verified(mirrored) and state(mirrored) == "here"
    assert expected(mirrored, mirrored.parts[0]).origin == "mirrored" and not pins_path(mirrored).exists()


def test_a_file_unlike_the_mirror_is_named_as_that_and_accepted_on_purpose_only(mirrored, server):
    server.body = BODY[::-1]
    with pytest.raises(WeightsError, match=r"mirror\.example states .* publisher gives no hash.*--repin"):
        pull(mirrored)
    assert state(mirrored) == "not here"
    server.body = BODY + b"longer than the mirror's"
    path = pull(mirrored, repin=True)
    assert path == verified(mirrored) and path.read_bytes() == server.body
    assert expected(mirrored, mirrored.parts[0]).sha256 == hashlib.sha256(server.body).hexdigest()
    assert expected(mirrored, mirrored.parts[0]).origin == "pinned"
    path.write_bytes(BODY)
    assert state(mirrored) == "damaged", "the pin counts, not the mirror"


def test_messages_tell_no_password_and_no_token(known, server):
    server.body = BODY + b"more"
    for url in (
        f"{server.url}?token=hidden",
        f"{server.base}/gone?token=hidden",
        "ftp://me:hidden@a.example/x?token=hidden",
    ):
        with pytest.raises((DownloadError, WeightsError)) as caught:
            pull(known, url=url)
        assert "hidden" not in str(caught.value)
