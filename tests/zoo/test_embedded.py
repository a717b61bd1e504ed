"""Weights that the package contains: read in place, verified, without store or network."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys

import pytest
import torch

import resefa
from resefa.errors import ModelError, UsageError, WeightsError
from resefa.zoo import store
from resefa.zoo.cards import DEFAULT_MODEL, card, cards
from resefa.zoo.checksums import state, verified
from resefa.zoo.pull import pull

EMBEDDED = [each for each in cards() if each.embedded]


@pytest.fixture
def no_store(tmp_path, monkeypatch):
    """A store that cannot be created, and no network."""
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv("RESEFA_HOME", str(blocked / "home"))

    def refuse(*_arguments: object) -> None:
        raise AssertionError("a network connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return blocked


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A card whose embedded file is a copy that a test may change."""
    known = card(DEFAULT_MODEL)
    (tmp_path / known.file_name).write_bytes(verified(known).read_bytes())
    monkeypatch.setattr(store, "EMBEDDED", tmp_path)
    return known


def test_the_default_model_is_embedded():
    assert card(DEFAULT_MODEL) in EMBEDDED and not card(DEFAULT_MODEL).restricted


@pytest.mark.parametrize("known", EMBEDDED, ids=lambda known: known.name)
def test_opens_in_place(known, no_store):
    path = verified(known)
    assert path.parent == store.EMBEDDED and path.stat().st_size == known.size
    assert pull(known) == path and state(known) == "embedded"
    assert store.remove(known, pin=True) == 0 and path.is_file()
    assert known.attribution and known.attribution in known.licence
    assert no_store.is_file() and not no_store.stat().st_size


def test_no_file_of_the_package_lacks_a_card():
    files = {path.name for path in store.EMBEDDED.iterdir() if path.is_file()}
    assert files == {known.file_name for known in EMBEDDED}
    fingerprints = {resefa.load(name).fingerprint for name in ("toon-faces", "toon-faces-64")}
    assert {path.name for path in (store.EMBEDDED / "directions").iterdir()} == fingerprints


@pytest.mark.parametrize("name, size, layers", [("toon-faces", 256, 14), ("toon-faces-64", 64, 10)])
def test_the_generators(name, size, layers, no_store):
    generator = resefa.load(name)
    assert generator.resolution == (size, size) and generator.presets == "toon-faces"
    assert generator.spaces["W+"].shape == (layers, 128) and generator.name == name
    assert generator.synthesize(generator.sample(seed=3)).shape == (1, 3, size, size)


def test_the_cut_generator_makes_the_intermediate_image():
    whole, small = resefa.load("toon-faces"), resefa.load("toon-faces-64")
    code = whole.sample([3, 4], "W+")
    view = whole.at_resolution(64)
    shorter = dataclasses.replace(code, values=code.values[:, : 10 * 128])
    assert torch.equal(small.synthesize(shorter), view.synthesize(code))
    assert torch.equal(small.sample(5, "Z").values, whole.sample(5, "Z").values)
    assert torch.equal(small.synthesize(small.sample(5)), view.synthesize(whole.sample(5)))
    assert not any(".b128." in key or ".b256." in key for key in small.network.state_dict())


def test_a_changed_or_missing_file(copied, tmp_path):
    path = tmp_path / copied.file_name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert state(copied) == "damaged"
    for use in (verified, pull):
        with pytest.raises(WeightsError, match="install resefa again"):
            use(copied)
    path.unlink()
    assert state(copied) == "not here"
    with pytest.raises(WeightsError, match=r"lacks the file .*toon_faces\.safetensors.*install resefa again"):
        resefa.load(DEFAULT_MODEL)


@pytest.mark.parametrize("option", ["source_file", "url"])
def test_nothing_replaces_embedded_weights(option):
    with pytest.raises(UsageError, match=f"part of the resefa package.*{option}"):
        pull(card(DEFAULT_MODEL), **{option: "https://example.org/g.pt"})


def test_other_kinds_are_no_generators(monkeypatch):
    for kind, words in (("segmenter", "a segmentation network"), ("attributes", "an attribute reader")):
        other = dataclasses.replace(card(DEFAULT_MODEL), kind=kind)
        monkeypatch.setattr("resefa.generators.load.card", lambda _name, found=other: found)
        with pytest.raises(ModelError, match=f"is {words}, not a generator"):
            resefa.load(DEFAULT_MODEL)


def test_loading_imports_no_compiler():
    """PyTorch's compiler takes seconds to import, and ten times as long as the generator's weights."""
    program = (
        "import sys, torch, resefa\n"
        "before = 'torch._dynamo' in sys.modules\n"
        "generator = resefa.load('toon-faces')\n"
        "generator.synthesize(generator.sample(seed=1))\n"
        "assert ('torch._dynamo' in sys.modules) == before, 'the compiler was imported'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
