"""Text of a file that would clear the screen, turn lines round or forge rows: shown by every command, and obeyed by none."""

from __future__ import annotations

import json

import numpy as np
import pytest

import resefa
from resefa.cli.main import app
from resefa.cli.terminal import say
from resefa.directions.provenance import Provenance

EVIL = "\x1b[2J\x1b]0;owned\x07\u202egnp\n  space    S\r\x9b31m\u200bz"
NAME = "\x1b[2J\u202ed\n.safetensors"


@pytest.fixture
def folder(tmp_path, monkeypatch, toons):
    monkeypatch.chdir(tmp_path)
    facts = dict.fromkeys(("method", "model", "notes", "jacobian", "solver", "version", "protect", "ignore"), EVIL)
    found = resefa.Directions(
        np.eye(2, 128),
        codes=toons.sample([7]).values,
        provenance=Provenance(**facts, region=EVIL, fingerprint="x" + EVIL),
    )
    found.with_region(resefa.Region.parse("toon-faces:mouth"), toons.resolution)
    found.save(NAME)
    found.renamed([EVIL, EVIL]).save("named.safetensors")
    return tmp_path


@pytest.mark.parametrize("file", [NAME, "named.safetensors"])
@pytest.mark.parametrize(
    "command",
    [
        ["show", "{}"],
        ["import", "{}", "-o", "new\x1b[2J.safetensors"],
        ["import", "{}", "--name", "a\x1bb", "-o", "new.safetensors"],
        ["export", "{}", "-o", "new\x1b[2J.npy"],
        ["edit", "toon-faces-64", "{}", "--strengths=-1,1", "-o", "new\x1b[2J.png"],
        ["edit", "toon-faces-64", "{}", "--strengths=-1,1", "-o", "new\x1b[2J.html"],
        ["sample", "toon-faces-64", "--code", "{}", "-o", "new\x1b[2J.png"],
        [
            "discover",
            "toon-faces-64",
            "--code",
            "{}",
            "--region",
            "box:20,40,20,14",
            "-k",
            "1",
            "-o",
            "new\x1b[2J.safetensors",
        ],
    ],
)
def test_every_command_shows_it(folder, capsys, command, file):
    app([part.format(file) for part in command], standalone_mode=False)
    said = capsys.readouterr()
    for line in (said.out + said.err).splitlines():
        assert line.isprintable(), line
        assert not line.startswith("  space    S")
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not {"\x1b", "\u202e", "\x9b", "\u200b"} & set(text)


def test_json_is_escaped_by_json(folder, capsys):
    app(["show", NAME, "--json"], standalone_mode=False)
    text = capsys.readouterr().out
    assert text.isascii() and json.loads(text)["provenance"]["model"] == EVIL


def test_a_terminal_that_lacks_a_letter_shows_its_number(monkeypatch, tmp_path):
    with open(tmp_path / "out", "w", encoding="ascii") as out:
        monkeypatch.setattr("sys.stdout", out)
        say("é 漢 \u202e\nnext\x1b")
    assert (tmp_path / "out").read_text() == "\\xe9 \\u6f22 \\u202e\nnext\\x1b\n"
