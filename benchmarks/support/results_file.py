"""Results files that a benchmark writes itself, with the machine; notes that somebody added to an earlier file stay."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import machine

RESULTS = Path(__file__).resolve().parents[1] / "results"


def save(name: str, load: str, result: dict[str, Any]) -> None:
    """Write ``results/NAME.json``: the entries of benchmarks/tables.py but for the machine and the command, which are added.

    Args:
        load: what else ran on the machine.
    """
    path = RESULTS / f"{name}.json"
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    words = [word for word in sys.argv[1:] if word not in ("--save", load)]
    script = Path(sys.argv[0]).stem
    whole = {"benchmark": " ".join([script, *words]), "machine": machine() | {"load": load}}
    whole = {**result, **whole, "notes": earlier.get("notes", [])}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path.name}; now: python benchmarks/run.py tables")
