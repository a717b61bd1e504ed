"""A local server, and cards that point to it: of a published hash, of none, and of two files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading

import pytest
from zoo.server import BODY, Server

from resefa.zoo.cards import CardFile, card


@pytest.fixture
def server():
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty store."""
    monkeypatch.setenv("RESEFA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def known(server, home):
    """A card of the server's file whose hash is published."""
    digest = hashlib.sha256(BODY).hexdigest()
    return dataclasses.replace(card("faces-dcgan"), name="some", sha256=digest, size=len(BODY), url=server.url)


@pytest.fixture
def unknown(known):
    """A card of the server's file that gives neither hash nor size."""
    return dataclasses.replace(known, sha256="", size=None)


@pytest.fixture
def two_files(server, home):
    """A card of a folder: a configuration and weights, neither of a known hash."""
    server.files = {"config.json": json.dumps({"z_dim": 8}).encode(), "pytorch_model.bin": BODY}
    files = tuple(CardFile(name, f"{server.base}/{name}") for name in server.files)
    return dataclasses.replace(card("biggan-deep-128"), name="two", files=files)
