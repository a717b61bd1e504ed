"""Opening a checkpoint against the floor: reading the bytes of the file and copying the generator's tensors once.

The sides take turns in one process; peak memory is measured in a fresh process.

    python benchmarks/run.py run opening network.pkl
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import resefa
from resefa.checkpoints.open import open_checkpoint


def timed(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def high_water() -> int:
    """Bytes, of this process alone: what getrusage tells begins with the parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def peak(path: Path) -> None:
    """Memory that opening takes beyond the imports, over the file's size."""
    import resefa.generators.load  # noqa: F401

    before = high_water()
    record = open_checkpoint(path)
    used = high_water() - before
    print(f"peak memory of opening: {used / path.stat().st_size:.2f} x the file, for {len(record.tensors)} tensors")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    path: Path = options.file
    if options.peak:
        peak(path)
        return
    tensors = open_checkpoint(path).tensors
    sides = {
        "floor: read and copy": lambda: (path.read_bytes(), {key: value.clone() for key, value in tensors.items()}),
        "open_checkpoint": lambda: open_checkpoint(path),
        "resefa.load": lambda: resefa.load(path),
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(options.rounds + 1):
        for name, side in sides.items():
            found = timed(side)
            if turn:
                times[name].append(found)
    print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, {len(tensors)} tensors taken")
    floor = times["floor: read and copy"]
    for name, found in times.items():
        ratio = statistics.median(a / b for a, b in zip(found, floor, strict=True))
        print(f"{name:22} {statistics.median(found) * 1e3:8.0f} ms   {ratio:5.2f} x the floor")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-m", "benchmarks.speed.opening", str(path), "--peak"], check=True)


if __name__ == "__main__":
    main()
