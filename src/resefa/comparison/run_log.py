"""On what machine and by which command results were made: one line per run in ``sessions.jsonl``, so that times have a meaning."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
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
class Session:
    """A line of the file."""

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
    try:
        with open(folder / FILE, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise OutputError(write_sentence(folder / FILE, error)) from error


def read_sessions(folder: Path) -> list[dict[str, Any]]:
    """All runs; a damaged line, which a run that was cut leaves, counts for nothing."""
    found = []
    path = folder / FILE
    for line in read_input(path, LARGEST).splitlines() if path.exists() else []:
        try:
            found.append(asdict(decode(line, Session, str(path))))
        except UsageError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
