"""Progress where nothing is a terminal: lines for long work, silence for short work, no bar."""

from __future__ import annotations

import time

from resefa.runtime import progress
from resefa.runtime.progress import report_stage, shown_progress


def work(shown, parts=5, pause=0.03):
    for done in range(parts):
        time.sleep(pause)
        shown(done, parts)


def test_long_work_writes_lines(monkeypatch, capsys):
    monkeypatch.setattr(progress, "FIRST_LINE", 0.01)
    monkeypatch.setattr(progress, "NEXT_LINES", 0.02)
    with shown_progress(True, "comparing\x1b[2J") as shown:
        work(shown)
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith("comparing\\x1b[2J: ") for line in lines) and len(lines) > 2
    assert "of 5, about" in lines[1] and "4 of 5, done in" in lines[-1]


def test_lines_name_the_stage(monkeypatch, capsys):
    monkeypatch.setattr(progress, "FIRST_LINE", 0.01)
    monkeypatch.setattr(progress, "NEXT_LINES", 0.02)
    with shown_progress(True, "comparing") as shown:
        report_stage(shown, "image 3 of 64")
        work(shown)
    assert "comparing: image 3 of 64, 40%" in capsys.readouterr().err


def test_short_work_writes_nothing(capsys):
    with shown_progress(True, "directions") as shown:
        work(shown, 2, 0)
    done = capsys.readouterr()
    assert done.err == done.out == ""


def test_callbacks_of_the_caller():
    calls = []
    with shown_progress(lambda done, total: calls.append((done, total)), "directions") as shown:
        shown(1, 2)
    assert calls == [(1, 2)]
    for nothing in (False, None):
        with shown_progress(nothing, "directions") as shown:
            assert shown is None
