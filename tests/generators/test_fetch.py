"""A file is opened and compared with the card before its hash is believed: what is not the model is refused, nothing is pinned."""

from __future__ import annotations

import dataclasses
import json

import pytest
from PIL import Image
from zoo.tiny import stylegan2

from resefa.errors import ResefaError
from resefa.generators.fetch import fetch
from resefa.zoo.cards import card
from resefa.zoo.checksums import state
from resefa.zoo.store import pins_path, weights_path

CARD = card("stylegan2-ffhq-256")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path / "home"))


def refused(tmp_path, name: str, words: str, model=CARD) -> None:
    with pytest.raises(ResefaError, match=words) as caught:
        fetch(model, source_file=tmp_path / name)
    assert "nothing was pinned" in str(caught.value) and "\n" not in str(caught.value)
    assert not pins_path(model).exists() and state(model) == "not here" and not weights_path(model).exists()


def test_the_right_model_is_pinned(tmp_path):
    stylegan2(tmp_path / "g.pt")
    fetch(CARD, source_file=tmp_path / "g.pt")
    assert state(CARD) == "here" and json.loads(pins_path(CARD).read_text())[CARD.file_name]["source"] == "g.pt"


@pytest.mark.parametrize("ending", ["jpg", "png", "gif"])
def test_a_photo(tmp_path, ending):
    Image.new("RGB", (64, 64), (9, 8, 7)).save(tmp_path / f"photo.{ending}")
    refused(tmp_path, f"photo.{ending}", "picture")


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "empty"),
        (b"<!doctype html><title>Sign in</title>", "page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS"),
        (b"Dear user, your quota is used up.\n", "."),
        (b'{"error": 1}', "."),
        (b"\x00" * 5000, "."),
    ],
)
def test_what_is_no_model_at_all(tmp_path, data, words):
    (tmp_path / "x.pkl").write_bytes(data)
    refused(tmp_path, "x.pkl", words)


def test_another_model(tmp_path):
    stylegan2(tmp_path / "small.pt", resolution=64)
    refused(tmp_path, "small.pt", "its resolution is 64 x 64, not 256 x 256")
    stylegan2(tmp_path / "thin.pt", latent=64)
    refused(tmp_path, "thin.pt", "its latent size is 64, not 512")
    stylegan2(tmp_path / "right.pt")
    refused(tmp_path, "right.pt", "its family is stylegan2, not stylegan3", card("stylegan3-t-ffhqu-256"))
    conditional = dataclasses.replace(CARD, name="conditional", classes=10)
    refused(tmp_path, "right.pt", "its number of classes is 0, not 10", conditional)


def test_a_pin_of_the_right_file_survives_a_wrong_one_that_is_to_be_pinned(tmp_path):
    stylegan2(tmp_path / "g.pt")
    fetch(CARD, source_file=tmp_path / "g.pt")
    before = pins_path(CARD).read_bytes()
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    with pytest.raises(ResefaError, match="nothing was pinned"):
        fetch(CARD, source_file=tmp_path / "photo.jpg", repin=True)
    assert pins_path(CARD).read_bytes() == before and state(CARD) == "here"


def test_a_file_put_there_by_hand_is_opened_too(tmp_path):
    path = weights_path(CARD)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a model")
    with pytest.raises(ResefaError, match="nothing was pinned"):
        fetch(CARD)
    assert path.exists() and state(CARD) == "not pinned"


def test_a_photo_in_place_of_a_file_whose_hash_a_mirror_shows_is_called_a_photo(tmp_path):
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    with pytest.raises(ResefaError, match=r"photo\.jpg is not stylegan2-ffhq: .*picture") as caught:
        fetch(card("stylegan2-ffhq"), source_file=tmp_path / "photo.jpg")
    assert "--repin" not in str(caught.value)


def test_a_photo_in_place_of_a_pinned_file_is_called_a_photo(tmp_path):
    stylegan2(tmp_path / "g.pt")
    fetch(CARD, source_file=tmp_path / "g.pt")
    Image.new("RGB", (64, 64)).save(tmp_path / "photo.jpg")
    with pytest.raises(ResefaError, match=r"photo\.jpg is not stylegan2-ffhq-256: .*picture"):
        fetch(CARD, source_file=tmp_path / "photo.jpg")
    assert state(CARD) == "here"
