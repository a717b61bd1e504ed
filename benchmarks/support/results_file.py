"""Results of a benchmark that writes its own file: printed as tables, and saved as JSON on request."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tables import table
from resefa.types import Image

RESULTS = Path(__file__).parents[1] / "results"


def report(result: dict[str, Any], name: str, save: bool) -> None:
    """Print a result's tables and notes; with ``save`` write ``benchmarks/results/NAME.json``."""
    for data in result["tables"]:
        print(table(data), end="\n\n")
    print("\n".join(result["notes"]))
    if save:
        text = json.dumps(result, indent=1, ensure_ascii=False)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def milliseconds(function: Callable[[Image], object], images: Image) -> float:
    """Time of a call on one picture, the median over the pictures."""
    times: list[float] = []
    for image in images.split(1):
        began = time.perf_counter()
        function(image)
        times.append(1000 * (time.perf_counter() - began))
    return round(float(np.median(times)), 1)
