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
from zoo.server import Server
from zoo.tiny import stylegan2


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


@pytest.fixture
def network(server, tmp_path):
    """The server has what the card stylegan2-ffhq-256 describes."""
    server.body = stylegan2(tmp_path / "g.pkl")
    return server


def test_the_list_and_a_card(models):
    listed = models()
    assert listed.returncode == 0 and listed.stderr == ""
    assert re.search(
        r"^stylegan3-t-ffhq +StyleGAN3-T, FFHQ faces, 1024 x 1024 +untried +non-commercial$", listed.stdout, re.M
    )
    assert re.search(r"^faces-dcgan .* not here +non-commercial research \(training data\)$", listed.stdout, re.M)
    assert re.search(
        r"\Atoon-faces +StyleGAN2 toon faces, 256 x 256 +embedded +permissive, with attribution", listed.stdout
    )
    permissive = [line.split()[0] for line in listed.stdout.splitlines() if "  permissive" in line]
    assert all(name.startswith("toon-") for name in permissive)
    [credit] = [line for line in listed.stdout.splitlines() if line.startswith("Attribution of ")]
    assert "toon-faces, toon-faces-64" in credit and "ToonHead by Johan Melin" in credit and "CC BY 4.0" in credit
    info = models("info", "stylegan2-ffhq-256").stdout
    for words in (
        "weights", "training data", "code", "non-commercial", "size not published", "https://", "redirect=true", "  or ",
        "not published", "not on this computer", "untried",
    ):  # fmt: skip
        assert words in info
    assert "from a mirror, huggingface.co/" in models("info", "stylegan2-cat").stdout
    assert "about 201 MiB" in models("info", "biggan-deep-128").stdout
    facts = json.loads(models("info", "faces-dcgan", "--json").stdout)
    assert facts["files"][0]["hash"] == "published" and facts["present"] is False and facts["untried"] is False
    assert set(facts["licences"]) == {"code", "weights", "data"} and facts["use"] in facts["licence"]


def test_the_licences_are_shown_before_a_pull_and_the_hash_after_it(models, network):
    digest = hashlib.sha256(network.body).hexdigest()
    done = models("pull", "stylegan2-ffhq-256", "--from", network.url)
    assert done.returncode == 0 and f"sha256 pinned ({digest})" in done.stdout, done.stderr
    assert done.stderr.startswith("stylegan2-ffhq-256: licences\n  use           non-commercial\n")
    assert "FFHQ: CC BY-NC-SA 4.0" in done.stderr
    assert f"{digest} (pinned)" in models("info", "stylegan2-ffhq-256").stdout
    assert "verified against the pinned sha256" in models("pull", "stylegan2-ffhq-256").stdout
    network.body = network.body + b"\0"
    refused = models("pull", "stylegan2-ffhq-256", "--from", network.url, "--quiet")
    assert refused.returncode == 5 and refused.stderr.count("\n") == 1 and "--repin" in refused.stderr
    done = models("pull", "stylegan2-ffhq-256", "--from", network.url, "--repin", "--json")
    facts = json.loads(done.stdout)
    assert facts["sha256"] == hashlib.sha256(network.body).hexdigest() and facts["hash"] == "pinned"
    assert facts["size"] == len(network.body) and facts["use"] == "non-commercial"


def test_a_pull_of_the_default_says_that_its_data_exclude_commercial_use(models):
    done = models("pull", "faces-dcgan", "--from", "nothing.whl")
    assert done.returncode == 5 and "non-commercial research" in done.stderr and "R-UDA" in done.stderr


def test_quiet_says_nothing(models, network):
    done = models("pull", "stylegan2-ffhq-256", "--from", network.url, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_here_means_verified(models, network, tmp_path):
    assert models("pull", "stylegan2-ffhq-256", "--from", network.url, "--quiet").returncode == 0
    assert re.search(r"^stylegan2-ffhq-256 .* here +non-commercial$", models().stdout, re.M)
    (tmp_path / "home/models/stylegan2-ffhq-256/stylegan2-ffhq-256x256.pkl").write_bytes(b"changed")
    assert re.search(r"^stylegan2-ffhq-256 .* damaged +non-commercial$", models().stdout, re.M)
    assert json.loads(models("info", "stylegan2-ffhq-256", "--json").stdout)["state"] == "damaged"


def test_remove_and_forget(models, network, tmp_path):
    models("pull", "stylegan2-ffhq-256", "--from", network.url, "--quiet")
    done = models("remove", "stylegan2-ffhq-256")
    assert done.returncode == 0 and "MB removed; the pinned sha256 stays" in done.stdout
    assert not (tmp_path / "home/models/stylegan2-ffhq-256").exists()
    assert "no weights on this computer" in models("remove", "stylegan2-ffhq-256").stdout
    assert json.loads(models("remove", "stylegan2-ffhq-256", "--pin", "--json").stdout)["pinned"] is False
    assert not (tmp_path / "home/pins/stylegan2-ffhq-256.json").exists()
    assert models("remove", "stylegan2-fhq").returncode == 4


def test_from_a_home_folder_that_no_shell_expanded(models, network, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    done = models("pull", "stylegan2-ffhq-256", "--from", "~/g.pkl", "-q")
    assert done.returncode == 0, done.stderr


def test_other_addresses_than_http_are_named(models):
    for source in ("ftp://a.example/x", "file:///etc/passwd", "s3://b/x"):
        done = models("pull", "stylegan2-ffhq-256", "--from", source, "-q")
        assert done.returncode == 6 and "begins with http://" in done.stderr and source in done.stderr


def test_a_store_that_may_not_be_written(models, tmp_path):
    (tmp_path / "home").write_text("a file, not a folder")
    done = models("pull", "stylegan2-ffhq-256", "--from", str(tmp_path / "home"), "-q")
    assert done.returncode == 10 and "RESEFA_HOME" in done.stderr and " -o" not in done.stderr


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["pull", "faces-dcgan", "--repin"], 2),
        (["pull", "faces-dcgan", "--from", ""], 2),
        (["info", "stylegan2-cats"], 4),
        (["pull", "nothing"], 4),
    ],
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


@pytest.mark.parametrize(
    "command",
    [
        ["inspect", "faces-dcgan"],
        ["convert", "faces-dcgan", "-o", "x.safetensors"],
        ["show", "faces-dcgan"],
        ["import", "faces-dcgan", "-o", "x.safetensors"],
    ],
)
def test_a_card_in_place_of_a_file_is_named_as_a_card(command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "resefa", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode != 0 and done.stderr.count("\n") == 1
    assert "faces-dcgan is a model card, not a file; `resefa models info faces-dcgan`" in done.stderr


def test_embedded_weights_are_verified_and_never_removed(models, tmp_path):
    info = models("info", "toon-faces-64").stdout
    for words in (
        "attribution   based on ToonHead by Johan Melin",
        "contained in resefa",
        "part of resefa, verified",
        "64 rows",
    ):
        assert words in info
    facts = json.loads(models("info", "toon-faces", "--json").stdout)
    assert facts["present"] and facts["embedded"] and facts["state"] == "embedded" and not facts["restricted"]
    assert "no download is needed" in models("pull", "toon-faces").stdout
    pulled = json.loads(models("pull", "toon-faces", "--json", "--quiet").stdout)
    assert pulled["size"] == 3337140 and pulled["sha256"] == facts["files"][0]["sha256"]
    refused = models("pull", "toon-faces", "--from", "other.pt", "--quiet")
    assert refused.returncode == 2 and "omit --from other.pt" in refused.stderr
    assert "nothing removed" in models("remove", "toon-faces").stdout
    assert json.loads(models("remove", "toon-faces", "--json").stdout)["freed"] == 0
    assert os.path.getsize(facts["path"]) == 3337140 and not (tmp_path / "home").exists()
