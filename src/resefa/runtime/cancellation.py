"""A token with which another thread stops work in progress: an editor whose user drew a new region, a server that shuts down."""

from __future__ import annotations

import threading

from resefa.errors import CancelledError


class Cancellation:
    """Cancellation token: ``cancel`` sets it, and running work checks it between chunks of JVPs or VJPs.

    Example:
        >>> cancellation = Cancellation()
        >>> session = Session(cancellation=cancellation)     # give the session to the worker thread
        >>> cancellation.cancel()                            # the worker raises CancelledError after its current chunk
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; may be called from any thread, any number of times."""
        self._event.set()

    def check(self) -> None:
        """Raise CancelledError if ``cancel`` was called."""
        if self.cancelled:
            raise CancelledError(
                "The work was cancelled; the next run reuses the Jacobian columns that were cached in a folder."
            )
