"""A stranger's folder is entered and a command typed: no module, program or setting of that folder takes part."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from resefa.errors import WeightsError
from resefa.runtime.external_programs import (
    absolute_programs,
    child_environment,
    leave_the_working_folder_out,
    outside_the_working_folder,
)
from resefa.zoo.cards import card
from resefa.zoo.pull import pull

SOURCE = Path(__file__).parents[2] / "src"
MODULES = (
    "pip", "selectors", "subprocess", "tempfile", "zipfile", "typer", "click", "rich", "torch", "numpy", "json", "msgspec",
    "difflib", "tomllib", "sitecustomize", "usercustomize", "site_packages",
)  # fmt: skip
PROGRAMS = ("lsb_release", "uname", "rustc", "git", "gcc", "cc", "ld", "ldconfig", "ffmpeg", "python", "python3", "pip")


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A folder, entered, whose every file leaves a canary when it is run."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'a').write({name!r})\n")
    for name in PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >> '{tmp_path}/canary'\n")
        (folder / name).chmod(0o755)
    (folder / "x.pth").write_text("import pip\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", "bin/../.", os.environ["PATH"]]))
    return folder


@pytest.fixture
def canary(tmp_path):
    """What was run of the folder."""
    return lambda: (tmp_path / "canary").read_text() if (tmp_path / "canary").exists() else ""


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder of wheels in place of the user's index: the package of the default generator, with other weights."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "gan_face_generate-1.1.1-py3-none-any.whl", "w") as wheel:
        facts = "gan_face_generate-1.1.1.dist-info"
        wheel.writestr(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: gan-face-generate\nVersion: 1.1.1\n")
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{facts}/RECORD", "")
        wheel.writestr("gan_face_generate/weights.tar", b"other")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return wheels


@pytest.mark.parametrize("python_path", [".", ""])
def test_pip_takes_nothing_of_it(home, hostile, index, canary, monkeypatch, python_path):
    monkeypatch.setenv("PYTHONPATH", python_path)
    monkeypatch.setenv("PYTHONSTARTUP", "pip.py")
    monkeypatch.setenv("PYTHONUSERBASE", ".")
    with pytest.raises(WeightsError, match="sha256"):  # pip has brought the wheel
        pull(card("faces-dcgan"))
    assert canary() == ""


def test_pips_settings_may_name_a_folder_from_where_the_user_typed(home, index, monkeypatch):
    monkeypatch.chdir(index.parent)
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels")
    with pytest.raises(WeightsError, match="sha256"):
        pull(card("faces-dcgan"))


def program(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_command_takes_nothing_of_it(home, hostile, canary):
    script = "import sys; sys.path[:0] = sys.argv[1:2]; sys.argv = ['resefa', 'models']; from resefa.cli.main import run; run()"
    done = program("-P", "-c", script, str(SOURCE))
    assert done.returncode == 0 and "faces-dcgan" in done.stdout and canary() == "", done.stderr


def test_python_m_resefa_is_the_command(home, hostile, canary):
    for name in MODULES:  # Python itself looks here before resefa begins: those it needs for -m are out of our hands
        if name in ("sitecustomize", "usercustomize", "tempfile", "subprocess", "zipfile", "selectors", "json"):
            (hostile / f"{name}.py").unlink()
    done = program("-m", "resefa", "models", "info", "faces-dcgan")
    assert done.returncode == 0 and "faces-dcgan" in done.stdout and canary() == "", done.stderr


def test_the_module_path_and_path_lose_the_working_folder_and_nothing_else(hostile, monkeypatch):
    before = [entry for entry in sys.path if Path(entry).resolve() != hostile.resolve() and entry]
    monkeypatch.setattr(sys, "path", ["", ".", str(hostile), *before])
    leave_the_working_folder_out()
    assert sys.path == before
    assert all(os.path.isabs(entry) for entry in os.environ["PATH"].split(os.pathsep))
    monkeypatch.chdir(SOURCE)
    monkeypatch.setattr(sys, "path", [str(SOURCE), *before])
    leave_the_working_folder_out()
    assert str(SOURCE) in sys.path, "resefa is run from its sources"


def test_a_working_folder_that_is_gone(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with outside_the_working_folder():
        pass
    leave_the_working_folder_out()
    monkeypatch.chdir(tmp_path)


def test_a_child_gets_no_variable_of_python_and_only_absolute_programs(hostile, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "x")
    found = child_environment(TMPDIR="/t")
    assert found["TMPDIR"] == "/t" and not any(name.startswith("PYTHON") for name in found)
    assert "." not in found["PATH"].split(os.pathsep)
    before = os.environ["PATH"]
    with absolute_programs():
        assert os.environ["PATH"] == found["PATH"]
    assert os.environ["PATH"] == before


def test_settings_of_matplotlib_there_have_no_effect(hostile, canary):
    pytest.importorskip("matplotlib")
    (hostile / "matplotlibrc").write_text("backend: module://typer\nsavefig.dpi: 7\ntext.usetex: True\nnonsense: 1\n")
    script = """
import sys; sys.path.insert(0, sys.argv[1])
from resefa.comparison.report.figures import need_matplotlib
need_matplotlib()
import matplotlib, os
print(matplotlib.matplotlib_fname() != "matplotlibrc", matplotlib.rcParams["savefig.dpi"] != 7, os.getcwd() == sys.argv[2])
"""
    done = program("-P", "-c", script, str(SOURCE), os.getcwd())
    assert done.stdout.strip() == "False True True" and done.stderr == "" and canary() == "", done.stderr


def test_a_film_is_not_made_by_a_program_there(hostile, canary, tmp_path, monkeypatch):
    library = pytest.importorskip("imageio_ffmpeg")
    from PIL import Image

    from resefa.errors import MissingExtraError
    from resefa.presentation.animation import save_animation

    library._utils._get_ffmpeg_exe.cache_clear()
    monkeypatch.setattr(library._utils, "_get_bin_dir", lambda: str(tmp_path))  # no program comes with the library
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(MissingExtraError, match="ffmpeg"):
        save_animation(tmp_path / "x.mp4", [Image.new("RGB", (16, 16))])
    library._utils._get_ffmpeg_exe.cache_clear()
    assert canary() == ""


def test_a_pip_that_brings_nothing_is_given_up(home, tmp_path, monkeypatch):
    from resefa.errors import DownloadError
    from resefa.zoo import package

    monkeypatch.setattr(package, "PATIENCE", 0.3)
    monkeypatch.setattr(package, "ISOLATED", ("-P", "-E", "-c", "import time; time.sleep(60)"))
    with pytest.raises(DownloadError, match="pip downloaded 0 bytes .* stopped; .*--from FILE"):
        pull(card("faces-dcgan"))
    assert not (home / "arriving" / "faces-dcgan").exists()


def test_the_store_may_be_named_from_the_home_folder(tmp_path, monkeypatch):
    from resefa.zoo.store import store_folder

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RESEFA_HOME", "~/weights")
    assert store_folder() == tmp_path / "weights"
    monkeypatch.setenv("RESEFA_HOME", "here")
    assert store_folder() == Path.cwd() / "here"
    monkeypatch.delenv("RESEFA_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(sys, "platform", "linux")
    assert store_folder() == tmp_path / ".cache" / "resefa"
