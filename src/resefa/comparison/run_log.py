"""The log ``sessions.jsonl`` of the runs that measured a folder's results: command, duration and machine, one line per run."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy
import torch
from msgspec import Meta

from resefa.errors import OutputError, UsageError
from resefa.files.input_file import read_input
from resefa.files.output_file import write_sentence
from resefa.files.schema import decode
from resefa.version import VERSION

FILE = "sessions.jsonl"
LARGEST = 2**26


@dataclass(frozen=True)
class RunRecord:
    """One run, a line of the log; ``blocks`` is the number of blocks that the run computed."""

    command: str = ""
    seconds: Annotated[float, Meta(ge=0, le=1e12)] = 0.0
    blocks: int = 0
    resefa: str = ""
    python: str = ""
    torch: str = ""
    numpy: str = ""
    system: str = ""
    processor: str = ""
    threads: int = 0


def environment() -> dict[str, Any]:
    """The versions, processor and number of threads, without anything that identifies the user or the host."""
    return {
        "resefa": VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "threads": torch.get_num_threads(),
    }


def log_run(folder: Path, command: str, seconds: float, blocks: int) -> None:
    """Append a run to the log: the command as typed, its duration, and the number of computed blocks.

    Raises:
        OutputError: the file cannot be written.
    """
    line = json.dumps({"command": command, "seconds": round(seconds, 1), "blocks": blocks, **environment()})
    try:
        with open(folder / FILE, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise OutputError(write_sentence(folder / FILE, error)) from error


def read_runs(folder: Path) -> list[RunRecord]:
    """All runs in the log, without damaged lines, which an interrupted run can leave."""
    found = []
    path = folder / FILE
    for line in read_input(path, LARGEST).splitlines() if path.exists() else []:
        try:
            found.append(decode(line, RunRecord, str(path)))
        except UsageError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
