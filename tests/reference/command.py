"""The command line in this process: a new interpreter imports torch for seconds, a call here takes none.

Standard streams, arguments, the working folder, environment, module path and warnings are the command's, and put back
afterwards. What must be seen in a process of its own (signals, the entry point, memory) starts one.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from unittest import mock

from resefa.cli import main


def resefa(*arguments: object, cwd: str | os.PathLike[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Exit code and what was written to both streams."""
    from resefa.runtime.session import SHARED_CACHE

    SHARED_CACHE.clear()  # as in a new process
    command = ["resefa", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(os.getcwd() if cwd is None else cwd),
        mock.patch.object(sys, "argv", command),
        mock.patch.object(sys, "path", list(sys.path)),
        mock.patch.dict(os.environ),
        mock.patch.object(main, "_end_on_signals"),
        mock.patch.object(main, "_end_at_once_on_signals"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main.run()
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())
