"""A server that sends exactly what a test says, byte for byte and pause for pause."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator

Script = Iterable[bytes | float]


class RawServer:
    """Answers every connection with the pieces that ``answer`` gives for the request: bytes to send, or seconds to wait."""

    def __init__(self, answer: Callable[[bytes], Script]) -> None:
        self.requests: list[bytes] = []
        self._answer, self._closed = answer, False
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/file"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._closed = True
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            request = connection.recv(65536)
            self.requests.append(request)
            for piece in self._answer(request):
                if self._closed:
                    return
                if isinstance(piece, bytes):
                    connection.sendall(piece)
                else:
                    time.sleep(piece)


def dripping(head: bytes, drop: bytes, pause: float = 0.02) -> Iterator[bytes | float]:
    """``head``, then ``drop`` again and again for ever."""
    yield head
    while True:
        yield drop
        yield pause
