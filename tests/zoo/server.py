"""A real HTTP server on this machine that serves one file, or several, and does wrong what a test asks of it."""

from __future__ import annotations

import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from resefa.zoo.store import store_folder

BODY = bytes(range(256)) * 3000


class Server(ThreadingHTTPServer):
    """Serves ``body`` at /file and ``files`` at their names.

    Attributes:
        requests: the Range header of every request; ``conditions`` the If-Range header.
        break_at, breaks: end that many bodies after so many bytes; ``stall``: and say nothing for so many seconds first.
        errors: status codes to answer first. ``headers``: sent with every body.
        ranges, obeys_if_range: whether it knows them. ``length``: "said", "chunked" or "unsaid".
        pause: seconds before each 64 KiB.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.files = BODY, {}
        self.requests, self.conditions, self.errors, self.headers = [], [], [], {}
        self.ranges, self.obeys_if_range, self.length = True, True, "said"
        self.break_at, self.breaks, self.stall, self.pause = None, 0, 0.0, 0.0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"{self.base}/file"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server, wanted, condition = self.server, self.headers.get("Range"), self.headers.get("If-Range")
        server.requests.append(wanted)
        server.conditions.append(condition)
        self.close_connection = True
        if self.path.startswith("/circle"):
            self.send_response(302)
            self.send_header("Location", "/circle2" if self.path == "/circle" else "/circle")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path = self.path.partition("?")[0]
        body = server.body if path == "/file" else server.files.get(path[1:])
        if body is None or server.errors:
            self.send_error(server.errors.pop(0) if server.errors else 404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and server.ranges else 0
        if condition and server.obeys_if_range and condition not in server.headers.values():
            start = 0
        if start and start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        for name, value in server.headers.items():
            self.send_header(name, value)
        if server.length == "said":
            self.send_header("Content-Length", str(len(body) - start))
        elif server.length == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        end = len(body)
        if server.breaks:
            server.breaks -= 1
            end = min(end, start + server.break_at)
        self.send_body(body[start:end], whole=end == len(body))
        if end < len(body):
            self.wfile.flush()
            time.sleep(server.stall)

    def send_body(self, body: bytes, whole: bool) -> None:
        step = 1 << 16
        for place in range(0, len(body), step):
            time.sleep(self.server.pause)
            block = body[place : place + step]
            chunked = self.server.length == "chunked"
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
            except OSError:  # the other side has gone
                return
        if self.server.length == "chunked" and whole:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_) -> None:
        pass


def left(card) -> list[str]:
    """The names in the card's folder."""
    return sorted(path.name for path in (store_folder() / "models" / card.name).iterdir())
