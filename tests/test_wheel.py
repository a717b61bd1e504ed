"""The distributions: complete, small, and working in an empty environment without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from resefa.zoo.cards import DEFAULT_MODEL, card

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 12_000_000
OUTSIDE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "demo")
SOURCES = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "resefa").rglob("*") if path.is_file()}
SOURCES = {name for name in SOURCES if "__pycache__" not in name}
BUILD = "from setuptools import build_meta; build_meta.build_sdist('dist'); build_meta.build_wheel('dist')"
REFUSAL = """
import os, socket
def refused(self, address, *_):
    if isinstance(address, tuple):
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(address, file=file)
        raise OSError("this test has no network")
socket.socket.connect = socket.socket.connect_ex = refused
"""
"""``sitecustomize`` of the environment: refuses and notes connections, on systems whose network cannot be detached too."""


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The sdist and the wheel, built from a copy of the repository, so that no file of an earlier build remains."""
    folder = tmp_path_factory.mktemp("built") / "resefa"
    shutil.copytree(ROOT, folder, ignore=OUTSIDE)
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, check=True, capture_output=True)
    [sdist], [wheel] = (folder / "dist").glob("*.tar.gz"), (folder / "dist").glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory):
    """Run a command of the wheel in an environment that holds nothing but the wheel, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env")
    python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    options = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", *options]
    subprocess.run([*pip, distributions[1]], check=True, capture_output=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())
    # The dependencies come from this environment, after the wheel.
    (site / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    (site / "sitecustomize.py").write_text(REFUSAL)
    detach = ["unshare", "-rn"]
    if shutil.which("unshare") is None or subprocess.run([*detach, "true"], capture_output=True).returncode:
        detach = []
    connections = folder / "connections"
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "RESEFA_HOME")}
    environment |= {
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "home"),
        "CONNECTIONS": str(connections),
    }

    def run(*arguments: str) -> str:
        command = [*detach, python, "-m", "resefa", *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not connections.exists(), connections.read_text()
        assert not (folder / "home").exists(), "nothing is written outside the output folder"
        return done.stdout

    run.site, run.folder = site, folder
    return run


def test_the_wheel_holds_every_source_file_and_is_small(distributions):
    _, wheel = distributions
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if name.startswith("resefa/")} == SOURCES
    licences = {name.rpartition("/")[2] for name in names if ".dist-info/licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}
    assert wheel.stat().st_size < LARGEST


def test_the_sdist_holds_the_repository(distributions):
    sdist, _ = distributions
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/{name}" for name in SOURCES} <= names
    for name in (
        "LICENSE",
        "NOTICE",
        "README.md",
        "CHANGELOG.md",
        "Makefile",
        "pyproject.toml",
        "tests/conftest.py",
        "docs/index.md",
    ):
        assert name in names


def test_the_notice_credits_the_design_as_the_card_does():
    notice, credit = (ROOT / "NOTICE").read_text(encoding="utf-8"), card(DEFAULT_MODEL).attribution
    for words in (
        "ToonHead",
        "by Johan Melin",
        "https://www.johanmelin.com",
        "CC BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
    ):
        assert words in notice and words in credit


def test_the_default_model_works_from_the_wheel_alone(installed):
    facts = json.loads(installed("models", "info", DEFAULT_MODEL, "--json"))
    assert Path(facts["path"]).is_relative_to(installed.site) and facts["state"] == "embedded"
    installed("sample", DEFAULT_MODEL, "--seeds", "0-1", "-o", "faces.png")
    assert (installed.folder / "faces.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_demo_works_from_the_wheel_alone(installed):
    installed("demo", "--out", "demo")
    assert (installed.folder / "demo" / "gallery.html").stat().st_size > 100_000
