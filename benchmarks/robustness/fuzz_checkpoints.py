"""Valid checkpoints of every format, changed at random and opened in watched processes: outcomes and faults.

A fault is an exception that is not a ResefaError, a crash, code that runs, an import, a written file, memory beyond the limit, more
than ten seconds, or a message of more than one line or 500 characters. Each fault is printed with the format and the seed that
reproduce the file, and the exit code is then 1.

    python benchmarks/run.py run fuzz_checkpoints --per-format 2000 --seed 0
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from hostile.good import GOOD
from hostile.mutations import mutated
from hostile.watched import watched
from hostile.worker import violation

BATCH = 250


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-format", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", nargs="*", default=list(GOOD), choices=list(GOOD))
    given = parser.parse_args()
    good = [(name, GOOD[name]()) for name in given.formats]
    faults, total, start = 0, 0, time.perf_counter()
    for name, data in good:
        counts: Counter[str] = Counter()
        last = given.seed + given.per_format
        for first in range(given.seed, last, BATCH):
            seeds = range(first, min(first + BATCH, last))
            files = ((f"{name} seed {seed}", mutated(data, seed)) for seed in seeds)
            with tempfile.TemporaryDirectory() as folder:
                results = watched(files, Path(folder), good, "turns")
            counts.update(found["outcome"] for found in results)
            for found in results:
                if said := violation(found):
                    faults += 1
                    print(f"FAULT {found['file']} by {found['opener']}: {said}")
        total += given.per_format
        print(f"{name:16} {given.per_format:6} files: {dict(counts)}", flush=True)
    print(f"{total} files in {time.perf_counter() - start:.0f} s, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
