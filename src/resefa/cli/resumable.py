"""Runs of minutes or hours whose results are saved block by block: interruptions, full disks, and the log of each run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from resefa.comparison.journal import Journal


class Resumable(Protocol):
    """A measurement that computes the blocks that its journal lacks."""

    @property
    def folder(self) -> Path: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def blocks(self) -> Mapping[str, Any]: ...
    def run(self, progress: Any) -> Any: ...


def run_logged(work: Resumable, name: str, progress: Any) -> None:
    """Measure the missing parts, and log the run even if it does not finish.

    Args:
        name: of the measurement, as in "parts of the comparison".

    Raises:
        InterruptedWorkError, OutputError: the message says what is saved and how to resume.
    """
    import shlex
    from time import perf_counter

    from resefa.comparison.run_log import log_run
    from resefa.errors import InterruptedWorkError, OutputError

    folder, journal = work.folder, work.journal
    before, start = len(journal.blocks), perf_counter()

    def log() -> None:
        if computed := len(journal.blocks) - before:
            log_run(folder, shlex.join(["resefa", *sys.argv[1:]]), perf_counter() - start, computed)

    def saved() -> str:
        return f"{len(journal.blocks)} of {len(work.blocks)} parts of the {name} are saved in {folder}; repeat the same command to resume."

    try:
        work.run(progress)
        log()
    except KeyboardInterrupt:
        with contextlib.suppress(OutputError):  # the log describes the machine; the results are complete without it
            log()
        raise InterruptedWorkError(f"interrupted; {saved()}") from None
    except OutputError as error:
        raise OutputError(f"{error} {saved()}") from error
