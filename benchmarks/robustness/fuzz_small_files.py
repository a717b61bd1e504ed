"""Valid files of directions and codes, changed at random and opened in processes of limited memory: outcomes and faults.

A fault is an exception that is not a ResefaError, a crash, memory beyond the limit, more than ten seconds, a message of more than one
line or 480 characters, or content that cannot be written and read again. Each fault is printed with the kind and the seed that
reproduce the file, and the exit code is then 1.

    python benchmarks/run.py run fuzz_small_files --per-kind 1000 --seed 0
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from hostile.mutations import mutated
from hostile.small_files import SMALL

MEGABYTES = 1000
SLOW = 10.0
BATCH = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--per-kind", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=list(SMALL), choices=list(SMALL))
    parser.add_argument("--open", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.open:
        return opened(given.open[0], int(given.open[1]), int(given.open[2]))
    faults, total, start = 0, 0, time.perf_counter()
    for kind in given.kinds:
        counts: Counter[str] = Counter()
        for first in range(given.seed, given.seed + given.per_kind, BATCH):
            last = min(first + BATCH, given.seed + given.per_kind)
            command = [
                sys.executable,
                "-m",
                "benchmarks.robustness.fuzz_small_files",
                "--open",
                kind,
                str(first),
                str(last),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            counts.update(line["outcome"] for line in lines)
            found = [line for line in lines if line["fault"]]
            for line in found:
                print(f"FAULT {kind} seed {line['seed']}: {line['fault']}")
            faults += len(found)
            if done.returncode or len(lines) != last - first:
                faults += 1
                print(f"FAULT {kind} from seed {first + len(lines)}: exit {done.returncode}, {done.stderr[-300:]}")
        total += given.per_kind
        print(f"{kind:24} {given.per_kind:6} files: {dict(counts)}", flush=True)
    print(f"{total} files in {time.perf_counter() - start:.0f} s, {faults} faults")
    return 1 if faults else 0


def opened(kind: str, first: int, last: int) -> int:
    """Open files of some seeds, a line of JSON for each."""
    from reference.small import small_generator

    import resefa

    styled, data = small_generator("stylegan2"), SMALL[kind]()
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEGABYTES * 2**20,) * 2)
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder) / kind, Path(folder) / "again.safetensors"
        openers = {
            "directions": lambda: resefa.Directions.load(path),
            "directions of a model": lambda: resefa.Directions.load(path, generator=styled),
            "paths": lambda: resefa.EditPaths.load(path),
            "codes": lambda: resefa.LatentCode.load(path, styled),
            "codes of W+": lambda: resefa.LatentCode.load(path, styled, space="W+"),
        }
        for seed in range(first, last):
            path.write_bytes(mutated(data, seed))
            start, fault, outcomes = time.perf_counter(), "", set()
            for name, opener in openers.items():
                try:
                    found = opener()
                    found.save(again)
                    type(found).load(again)
                    outcomes.add("read")
                except resefa.ResefaError as error:
                    outcomes.add("refused")
                    if not str(error).isprintable() or len(str(error)) > 480:
                        fault = f"{name}: the message is no line: {str(error)!r}"
                except BaseException as error:
                    fault = f"{name}: {type(error).__name__}: {error}"
            seconds = time.perf_counter() - start
            fault = fault or (f"it took {seconds:.1f} s" if seconds > SLOW else "")
            print(json.dumps({"seed": seed, "outcome": " and ".join(sorted(outcomes)), "fault": fault}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
