"""Writes docs/command_line.md from the command line itself: python docs/make_command_line.py."""

from __future__ import annotations

import html
import subprocess
import sys
from pathlib import Path

HEAD = """# The command line

Written by `python docs/make_command_line.py`; a test fails where an option is missing here. An error is one sentence on
standard error and an exit code: 2 usage, 3 region, 4 model, 5 weights, 6 download, 7 latent code, 8 generator,
9 directions, 10 output, 11 a missing extra, 12 solver, 13 metric, 14 out of memory, 70 a bug of resefa, 130 interrupted.

"""


def main() -> None:
    command = [sys.executable, "-m", "typer", "resefa.cli.main", "utils", "docs", "--name", "resefa"]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    text = html.unescape(made).removeprefix("# `resefa`\n").strip()
    Path(__file__).with_name("command_line.md").write_text(f"{HEAD}{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
