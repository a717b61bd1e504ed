"""The results file: JSON lines in blocks, each appended in one step, so that an interruption loses at most one block.

A block holds the records of one image or one discovery. It is written by one call and flushed to disk. When a file is opened again,
everything after its last closing line, a damaged line included, is dropped and computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from resefa.comparison.records import Record, parse_record
from resefa.errors import OutputError, UsageError
from resefa.files.input_file import read_input
from resefa.files.output_file import write_sentence

FILE = "results.jsonl"
Parse = Callable[[bytes, str], Record]
LARGEST = 2**30
"""The largest results file in bytes; a comparison of all methods on 9,000 images writes about 800 MB."""


class Journal:
    """The results file of a folder, opened for appending blocks.

    Args:
        parse: the function that checks and reads one line, given its bytes and a name for messages.

    Attributes:
        records: all records of closed blocks.
        blocks: names of the closed blocks.
        dropped: bytes cut off the end when the file was opened.
    """

    def __init__(self, folder: Path, parse: Parse = parse_record) -> None:
        self.path = folder / FILE
        content = read_input(self.path, LARGEST) if self.path.exists() else b""
        self.records, self.blocks, whole = _closed(content, self.path, parse)
        self.dropped = len(content) - whole
        if self.dropped:
            try:
                os.truncate(self.path, whole)
            except OSError as error:
                raise OutputError(write_sentence(self.path, error)) from error

    def append(self, block: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Append a block of records with its closing line.

        Raises:
            OutputError: the file cannot be written.
        """
        found = [dict(record) for record in records]
        lines = [json.dumps(record, allow_nan=False) for record in [*found, {"kind": "end", "block": block}]]
        try:
            with open(self.path, "ab") as file:
                file.write(("\n".join(lines) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(write_sentence(self.path, error)) from error
        self.records += found
        self.blocks.add(block)


def read_records(folder: Path, parse: Parse = parse_record, command: str = "compare") -> list[Record]:
    """The records of all complete blocks; the file is only read.

    Args:
        parse: as for ``Journal``.
        command: the sub-command that writes the file, for messages.

    Raises:
        UsageError: the file does not exist, or a line within it is damaged.
    """
    path = folder / FILE
    if not path.exists():
        raise UsageError(f"{folder} does not contain {FILE}; give a folder that `resefa {command}` wrote.")
    return _closed(read_input(path, LARGEST), path, parse)[0]


def _closed(content: bytes, path: Path, parse: Parse) -> tuple[list[Record], set[str], int]:
    """The records and names of the complete blocks, and their total length in bytes."""
    records: list[Record] = []
    block: list[Record] = []
    names: set[str] = set()
    whole = place = 0
    lines = content.splitlines(keepends=True)
    for i, line in enumerate(lines):
        place += len(line)
        try:
            record = parse(line, f"Line {i + 1} of {path}")
        except UsageError:
            if i + 1 < len(lines):
                raise
            break  # a run was interrupted while it wrote this line
        kind = record["kind"]
        if kind == "end" and line.endswith(b"\n"):
            records += block
            names.add(record["block"])
            block, whole = [], place
        elif kind != "end":
            block.append(record)
    return records, names, whole
