"""Results of a benchmark that writes its own file: printed as tables, and saved as JSON on request."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.tables import table
from resefa.types import Image

RESULTS = Path(__file__).parents[1] / "results"


def loaded_machine() -> dict[str, str | int]:
    """The machine's facts with its load, as a results file states them."""
    return {**machine(), "load": f"load average {os.getloadavg()[0]:.0f}"}


def report(result: dict[str, Any], name: str, save: bool) -> None:
    """Print a result's tables and notes; with ``save`` write ``benchmarks/results/NAME.json``."""
    for data in result["tables"]:
        print(table(data), end="\n\n")
    print("\n".join(result["notes"]))
    if save:
        text = json.dumps(result, indent=1, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def milliseconds(function: Callable[[Image], object], images: Image) -> float:
    """Processor time of a call on one picture, the median over the pictures; other processes hardly change this time."""
    times: list[float] = []
    for image in images.split(1):
        began = time.process_time()
        function(image)
        times.append(1000 * (time.process_time() - began))
    return round(float(np.median(times)), 1)
