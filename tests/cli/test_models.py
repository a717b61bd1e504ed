"""``resefa models``: what is said of a card, the licence before a pull, and no heavy library for any of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading

import pytest
from zoo.server import BODY, Server


@pytest.fixture
def server():
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def models(tmp_path):
    """Run ``resefa models`` with an empty store."""

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "resefa.cli.main", "models", *arguments], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, env=os.environ | {"RESEFA_HOME": str(tmp_path / "home")},
        )  # fmt: skip

    return run


def test_the_list_and_a_card(models):
    listed = models()
    assert listed.returncode == 0 and listed.stderr == ""
    assert re.search(
        r"^stylegan3-t-ffhq +StyleGAN3-T, FFHQ faces, 1024 x 1024 +restricted licence +untried$", listed.stdout, re.M
    )
    assert re.search(r"^faces-dcgan .* permissive licence +not here$", listed.stdout, re.M)
    info = models("info", "stylegan2-cat").stdout
    for words in (
        "non-commercial",
        "size not published",
        "https://",
        "no sha256 published",
        "not here",
        "nobody has tried",
    ):
        assert words in info
    assert "about 201 MB" in models("info", "biggan-deep-128").stdout
    facts = json.loads(models("info", "faces-dcgan", "--json").stdout)
    assert facts["files"][0]["hash"] == "published" and facts["present"] is False and facts["untried"] is False


def test_the_licence_is_shown_before_a_pull_and_the_hash_after_it(models, server):
    digest = hashlib.sha256(BODY).hexdigest()
    done = models("pull", "stylegan2-cat", "--from", server.url)
    assert done.returncode == 0 and f"sha256 pinned ({digest})" in done.stdout, done.stderr
    assert done.stderr.startswith("stylegan2-cat is under Nvidia Source Code License-NC, for non-commercial use only")
    assert f"{digest} (pinned)" in models("info", "stylegan2-cat").stdout
    assert "verified against the pinned sha256" in models("pull", "stylegan2-cat").stdout
    server.body = BODY[::-1]
    refused = models("pull", "stylegan2-cat", "--from", server.url, "--quiet")
    assert refused.returncode == 5 and refused.stderr.count("\n") == 1 and "--repin" in refused.stderr
    done = models("pull", "stylegan2-cat", "--from", server.url, "--repin", "--json")
    facts = json.loads(done.stdout)
    assert facts["sha256"] == hashlib.sha256(server.body).hexdigest() and facts["hash"] == "pinned"
    assert facts["size"] == len(BODY)


def test_quiet_says_nothing(models, server):
    done = models("pull", "stylegan2-cat", "--from", server.url, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_folder_is_pulled(models, server, tmp_path):
    server.files = {"config.json": b"{}", "pytorch_model.bin": BODY}
    done = models("pull", "biggan-deep-128", "--from", server.base, "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert [file["name"] for file in facts["files"]] == ["config.json", "pytorch_model.bin"]
    assert sorted(path.name for path in (tmp_path / "home/models/biggan-deep-128").iterdir()) == sorted(server.files)


@pytest.mark.parametrize(
    "arguments, code",
    [(["pull", "faces-dcgan", "--repin"], 2), (["info", "stylegan2-cats"], 4), (["pull", "nothing"], 4)],
)
def test_mistakes_get_one_sentence(models, arguments, code):
    done = models(*arguments)
    assert done.returncode == code and done.stderr.count("\n") == 1, done.stderr


@pytest.mark.parametrize("arguments", [[], ["--json"], ["info", "stylegan2-ffhq"]])
def test_no_heavy_library_is_loaded(arguments):
    script = """
import sys
from resefa.cli.main import run
sys.argv = ["resefa", "models", *sys.argv[1:]]
try:
    run()
except SystemExit:
    print([name for name in ("torch", "numpy", "PIL") if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
