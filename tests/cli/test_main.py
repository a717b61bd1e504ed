"""What holds for every command: help, version, one sentence for every failure, progress where nothing is a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from reference.listening import listen

from resefa.cli import main, terminal
from resefa.errors import ResefaWarning, UsageError
from resefa.version import VERSION


def resefa(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "resefa", *arguments], capture_output=True, text=True)


def test_version_and_both_names_of_help():
    assert resefa("--version").stdout == f"resefa {VERSION}\n"
    short, long = resefa("edit", "-h"), resefa("edit", "--help")
    assert short.returncode == 0 and short.stdout == long.stdout
    assert "<bool>" not in long.stdout, "a flag takes no value"


@pytest.mark.parametrize("command", ["sample", "discover", "edit"])
def test_seed_and_seeds_are_one_option(command):
    assert "--seeds,--seed" in resefa(command, "--help").stdout


def test_no_command_prints_the_help_and_no_error():
    done = resefa()
    assert done.returncode == 2 and "Commands" in done.stdout and done.stderr == ""


def run_with(monkeypatch, capsys, action, **environment):
    monkeypatch.setattr(main, "app", lambda **_: action())
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        main.run()
    return left.value.code, capsys.readouterr().err


def raising(error):
    def action():
        raise error

    return action


@pytest.fixture(autouse=True)
def same_process_settings(monkeypatch):
    monkeypatch.setattr(main, "_plain_warnings", lambda: None)
    monkeypatch.setattr(main, "_end_on_signals", lambda: None)


def test_every_failure_is_one_line(monkeypatch, capsys):
    code, said = run_with(monkeypatch, capsys, raising(UsageError("k is 0; ask for 1 or more.")))
    assert (code, said) == (2, "resefa: k is 0; ask for 1 or more.\n")
    code, said = run_with(monkeypatch, capsys, raising(ValueError("of\n\x1b[31mtwo lines")))
    assert code == main.BUG and said.count("\n") == 1 and "\x1b" not in said and "RESEFA_TRACEBACK" in said
    code, said = run_with(monkeypatch, capsys, raising(MemoryError()))
    assert code == 14 and "not enough memory" in said
    code, said = run_with(monkeypatch, capsys, raising(KeyboardInterrupt()))
    assert code == 130 and said.count("\n") == 1


def test_a_developer_can_ask_for_the_traceback(monkeypatch):
    monkeypatch.setattr(main, "app", raising(ValueError("here")))
    monkeypatch.setenv("RESEFA_TRACEBACK", "1")
    with pytest.raises(ValueError, match="here"):
        main.run()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_unwinds_as_ctrl_c_does(name, tmp_path):
    program = (
        "import time\nfrom resefa.cli import main\nfrom resefa.files.output_file import written_beside\n"
        "def app(**_):\n"
        f"    with written_beside({str(tmp_path / 'sheet.png')!r}) as path:\n"
        "        path.write_text('half'); print('ready', flush=True); time.sleep(30)\n"
        "main.app = app\nmain.run()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=listen
    )
    assert child.stdout.readline() == "ready\n"
    child.send_signal(getattr(signal, name))
    _, said = child.communicate(timeout=20)
    assert child.returncode == 128 + getattr(signal, name) and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_our_warnings_are_lines_and_others_are_silent():
    program = (
        "import warnings\nfrom resefa.cli import main\nfrom resefa.errors import ResefaWarning\n"
        "def app(**_):\n    warnings.warn('theirs', FutureWarning)\n    warnings.warn('ours', ResefaWarning)\n"
        "main.app = app\nmain.run()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "resefa: ours\n"
    shown = subprocess.run([sys.executable, "-W", "default", "-c", program], capture_output=True, text=True)
    assert "theirs" in shown.stderr
    assert issubclass(ResefaWarning, UserWarning)


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_leaves_early_is_no_failure():
    done = subprocess.run(
        f"{sys.executable} -m resefa models --json | head -c 10", shell=True, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_quiet_has_no_callback():
    with terminal.bar("editing", quiet=True) as tell:
        assert tell is None
