"""Runs the worker on a folder of files, and collects what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import resefa

WORKER = Path(__file__).parent / "worker.py"
MEGABYTES = 3000


def watched(
    files: Iterable[tuple[str, bytes]],
    folder: Path,
    good: Iterable[tuple[str, bytes]],
    openers: str = "",
    seconds: int = 600,
) -> list[dict]:
    """One result for each file and opener, under the file's own name; the last one may be of a file that ended the process.

    Raises:
        AssertionError: a file made the canary.
    """
    target, working = folder / "files", folder / "working"
    target.mkdir()
    working.mkdir()
    names = {}
    for i, (_, data) in enumerate(good):
        (target / f"warm-up{i}").write_bytes(data)
    for i, (name, data) in enumerate(files):
        names[f"f{i:06d}.pkl"] = name
        (target / f"f{i:06d}.pkl").write_bytes(data)
    report = folder / "report.jsonl"
    environment = {**os.environ, "PYTHONPATH": str(Path(resefa.__file__).parent.parent), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(WORKER), str(target), str(report), str(MEGABYTES), *([openers] if openers else [])]
    done = subprocess.run(command, cwd=working, env=environment, capture_output=True, text=True, timeout=seconds)
    assert not list(working.iterdir()), "a file made the canary"
    results, begun = [], None
    for line in report.read_text().splitlines():
        found = json.loads(line)
        if "outcome" in found:
            results.append({**found, "file": names[found["file"]]})
            begun = None
        else:
            begun = found
    if done.returncode or begun:
        where = names[begun["file"]] if begun else "after the last file"
        said = f"the process ended with {done.returncode}: {done.stderr[-300:]}"
        results.append(
            {
                "file": where,
                "opener": "",
                "outcome": "crash",
                "message": said,
                "events": [],
                "seconds": 0,
                "unknown": [],
            }
        )
    return results
