"""The one runner of the benchmark suite.

    python benchmarks/run.py list                          # every benchmark, and what it measures
    python benchmarks/run.py run jacobian                  # options after the name go to the benchmark
    python benchmarks/run.py tables                        # write the docs' tables anew from benchmarks/results/*.json
    python benchmarks/run.py tables --check                # exit non-zero if a table in the docs differs from the data

``run`` prints the machine as a line of JSON before it starts: copy the line into the results file together with the figures.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACES = [str(ROOT), str(ROOT / "tests")]
"""Modules of the benchmarks, and ``reference.problems``, whose short forms the tests use too."""
FOLDERS = ("speed", "accuracy", "robustness")


def benchmarks() -> dict[str, Path]:
    """Name of each benchmark and its script, in the order of the folders."""
    scripts = (path for folder in FOLDERS for path in sorted((ROOT / "benchmarks" / folder).glob("*.py")))
    return {path.stem: path for path in scripts if path.stem != "__init__"}


def summary(script: Path) -> str:
    """First line of the script's docstring."""
    return (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").splitlines()[0]


def run(name: str, arguments: list[str]) -> None:
    """Run a benchmark as the main program, with ``arguments`` as its command line."""
    from benchmarks.machine import machine

    script = benchmarks()[name]
    # Some benchmarks start themselves again in a fresh process to measure peak memory.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*PLACES, os.environ.get("PYTHONPATH")]))
    print(json.dumps({"benchmark": " ".join([name, *arguments]), "machine": machine()}), flush=True)
    sys.argv = [str(script), *arguments]
    runpy.run_module(f"benchmarks.{script.parent.name}.{name}", run_name="__main__", alter_sys=False)


def main() -> int:
    sys.path[:0] = PLACES
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every benchmark, and what it measures")
    one = commands.add_parser("run", help="run one benchmark", add_help=False)
    one.add_argument("name", choices=benchmarks())
    tables = commands.add_parser("tables", help="write the docs' tables from benchmarks/results/*.json")
    tables.add_argument("--check", action="store_true", help="write nothing; exit non-zero if a table differs")
    options, rest = parser.parse_known_args()
    if options.command == "list":
        for name, script in benchmarks().items():
            print(f"{script.parent.name:11} {name:20} {summary(script)}")
        return 0
    if options.command == "run":
        run(options.name, rest)
        return 0
    from benchmarks.tables import update

    changed = update(ROOT, write=not options.check)
    for path in changed:
        print(f"{'differs' if options.check else 'written'}: {path.relative_to(ROOT)}")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
