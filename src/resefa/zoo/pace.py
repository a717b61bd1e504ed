"""A least rate for the body of an answer, kept by a second thread.

A socket's timeout begins anew with every byte, and http.client itself waits for whole lines, so the reading thread cannot
watch the clock: this one ends the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from time import monotonic
from typing import Self


class Pace:
    """Ends ``connection`` where fewer than ``rate`` bytes a second came over ``window`` seconds, or after ``longest`` seconds.

    Attributes:
        come: bytes of the body so far, counted by the reader.
        given_up: why the connection was ended, or "".
    """

    def __init__(self, connection: socket.socket, rate: float, window: float, longest: float) -> None:
        self.come, self.given_up = 0, ""
        self._connection, self._rate, self._window, self._longest = connection, rate, window, longest
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _watch(self) -> None:
        began = since = monotonic()
        before = 0
        while not self._ended.wait(self._window):
            now, come = monotonic(), self.come
            if come - before < self._rate * (now - since):
                self.given_up = (
                    f"{(come - before) / (now - since):,.0f} bytes a second came, fewer than {self._rate:,.0f}"
                )
            elif now - began > self._longest:
                self.given_up = f"it was not whole after {self._longest / 3600:,.0f} hours"
            if self.given_up:
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
                return
            since, before = now, come
