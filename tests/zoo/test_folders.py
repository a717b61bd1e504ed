"""Models of several files: a folder in the store, each of its files whole or absent."""

from __future__ import annotations

import pytest
from zoo.server import BODY, left

from resefa.errors import DownloadError, WeightsError
from resefa.zoo.cards import CardFile, cards
from resefa.zoo.checksums import expected, verified
from resefa.zoo.pull import pull
from resefa.zoo.store import is_present, weights_path


def test_both_files_come_into_one_folder(two_files, server):
    assert not is_present(two_files)
    folder = pull(two_files)
    assert folder.is_dir() and folder == weights_path(two_files) == verified(two_files) == pull(two_files)
    assert left(two_files) == ["config.json", "pytorch_model.bin"] and is_present(two_files)
    assert len(server.requests) == 2 and all(expected(two_files, file).origin == "pinned" for file in two_files.parts)


def test_half_a_model_is_not_a_model_and_only_the_rest_is_fetched(two_files, server):
    held = server.files.pop("pytorch_model.bin")
    with pytest.raises(DownloadError, match="404"):
        pull(two_files)
    assert not is_present(two_files)
    with pytest.raises(
        WeightsError, match=r"pytorch_model\.bin of two is not downloaded yet; run `resefa models pull two`"
    ):
        verified(two_files)
    server.files["pytorch_model.bin"] = held
    server.requests.clear()
    assert (pull(two_files) / "pytorch_model.bin").read_bytes() == BODY and len(server.requests) == 1


def test_a_changed_configuration_is_refused(two_files, server):
    (pull(two_files) / "config.json").write_text('{"z_dim": 9}')
    with pytest.raises(WeightsError, match=r"config\.json has sha256"):
        verified(two_files)
    server.files["config.json"] = b'{"z_dim": 9}'
    with pytest.raises(WeightsError, match="repin"):
        pull(two_files)
    assert verified(pull_repinned(two_files))


def pull_repinned(card):
    pull(card, repin=True)
    return card


@pytest.mark.parametrize("text", [b"[1]", b"not found", b"\xff", b"[" * 100_000, b'{"a":' * 5000, b" " * (1 << 21)])
def test_a_configuration_that_is_none_is_not_pinned(two_files, server, text):
    server.files["config.json"] = text
    with pytest.raises(DownloadError, match=r"is not config\.json"):
        pull(two_files)
    assert expected(two_files, CardFile("config.json")) is None


def test_from_a_folder_or_a_mirror(two_files, server, tmp_path):
    for name, body in server.files.items():
        (tmp_path / name).write_bytes(body)
    server.files = {f"mirror/{name}": body for name, body in server.files.items()}
    assert pull(two_files, url=f"{server.base}/mirror/") == verified(two_files)
    assert pull(two_files, source_file=tmp_path) == verified(two_files)
    (tmp_path / "config.json").unlink()
    for given, words in [
        (tmp_path, "config.json: check"),
        (tmp_path / "pytorch_model.bin", "a folder with config.json"),
    ]:
        with pytest.raises(WeightsError, match=words):
            pull(two_files, source_file=given)


def test_a_folder_for_a_card_of_one_file_is_refused(known, tmp_path):
    with pytest.raises(WeightsError, match="is a folder; give its weights file for some"):
        pull(known, source_file=tmp_path)


def test_every_public_biggan_is_such_a_folder():
    found = [card for card in cards() if card.family == "biggan-deep"]
    assert len(found) == 3
    assert all([file.name for file in card.parts] == ["config.json", "pytorch_model.bin"] for card in found)
