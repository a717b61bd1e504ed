"""For children of tests: signals as a shell gives them, even where the tests run in the background and ignore some of them."""

from __future__ import annotations

import signal


def listen() -> None:
    """``preexec_fn`` of a child: Ctrl-C, SIGTERM and SIGHUP have their usual effect."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
