"""On what machine and by which command results were made: one line per run in ``sessions.jsonl``, so that times have a meaning."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import numpy
import torch

from resefa.version import VERSION

FILE = "sessions.jsonl"


def environment() -> dict[str, Any]:
    """Versions, processor and threads; nothing that names the person or the host."""
    return {
        "resefa": VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": torch.get_num_threads(),
    }


def note_session(folder: Path, command: str, seconds: float, blocks: int) -> None:
    """Add a run: what was typed, how long it took, how many blocks it made."""
    line = json.dumps({"command": command, "seconds": round(seconds, 1), "blocks": blocks, **environment()})
    with open(folder / FILE, "a", encoding="utf-8") as file:
        file.write(line + "\n")


def read_sessions(folder: Path) -> list[dict[str, Any]]:
    """All runs; a damaged line counts for nothing."""
    found = []
    path = folder / FILE
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
