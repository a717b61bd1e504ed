"""HTTP requests whose errors distinguish network failures, refusals of the server and disk failures.

An answer must begin within ``ANSWER_TIME``, its body must keep a minimum rate (``Pace``), and numbers in headers have at
most 18 digits.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from time import monotonic
from typing import IO, Any, Self
from urllib.parse import urljoin, urlsplit

from resefa.errors import DownloadError, parameter
from resefa.version import VERSION

ANSWER_TIME = 60.0
"""Seconds for the head of an answer. A socket's timeout restarts with every byte, so it is not a bound."""
_BLOCK = 1 << 16
_NUMBER = r"(\d{1,18})"


def without_secrets(url: str) -> str:
    """Address without user name, password or token, for messages and pins."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class BrokenOff(Exception):
    """The connection ended before the body was complete."""


class _Unread(io.BytesIO):
    """Empty body in place of a redirect's body, which urllib would read to its end, however long."""

    def __init__(self, answer: IO[bytes]) -> None:
        super().__init__()
        self._answer = answer

    def close(self) -> None:
        self._answer.close()
        super().close()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, and never from https to http, where an attacker could answer."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage
    ) -> Any:
        new = headers.get("location") or headers.get("uri")
        if new is not None:
            _refuse_unsafe(req.full_url, urljoin(req.full_url, new))
        return super().http_error_302(req, _Unread(fp), code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _refuse_unsafe(req.full_url, newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _refuse_unsafe(old: str, new: str) -> None:
    scheme = urlsplit(new).scheme
    if scheme != "https" and (scheme != "http" or urlsplit(old).scheme == "https"):
        raise DownloadError(
            f"{without_secrets(old)} redirects to a {scheme}: address, which is unsafe; check the address, or download the "
            f"file yourself and give it with {parameter('source_file', 'FILE')}."
        )


@contextlib.contextmanager
def _answering(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Close the connection if the head of the answer is not complete in time."""

    def cut() -> None:
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(ANSWER_TIME, cut)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


class Answer(http.client.HTTPResponse):
    """Answer with its connection, so that ``Pace`` can close the connection if the body arrives too slowly."""

    connection_socket: socket.socket


class _Answering(http.client.HTTPConnection):
    response_class = Answer

    def getresponse(self) -> http.client.HTTPResponse:
        connection = self.sock  # http.client drops it if the answer is the last of the connection
        with _answering(self):
            answer = super().getresponse()
        assert isinstance(answer, Answer)
        answer.connection_socket = connection
        return answer


class _Plain(_Answering):
    """Connection for ``http``."""


class _Secure(_Answering, http.client.HTTPSConnection):
    """Connection for ``https``."""


class _PlainHandler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Plain, req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Secure, req)  # without a context the connection makes the default one


_OPENER = urllib.request.build_opener(_Redirects, _PlainHandler, _SecureHandler)


def opened(url: str, start: int, validator: str, timeout: float) -> Answer:
    """Answer to a request for the bytes from ``start`` on, or for the whole file if its validator has changed.

    Network failures, including timeouts, become BrokenOff. Refusals of the server stay HTTPError.
    """
    headers = {"User-Agent": f"resefa/{VERSION}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
        if validator:
            headers["If-Range"] = validator
    try:
        answer = _OPENER.open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise BrokenOff(str(getattr(error, "reason", error) or type(error).__name__)) from error
    except ValueError as error:  # an invalid address: a space, a port that is not a number
        raise DownloadError(f"The address {without_secrets(url)} is invalid ({error}); check it.") from error
    if (coding := answer.headers.get("Content-Encoding", "identity")) != "identity":
        answer.close()
        raise DownloadError(
            f"{without_secrets(url)} sends the file compressed ({coding}) although an uncompressed file was requested; download it yourself and give it with {parameter('source_file', 'FILE')}."
        )
    return answer


def read_block(answer: Answer) -> bytes:
    """Next received bytes of the body, at most one block; network failures become BrokenOff."""
    try:
        return answer.read1(_BLOCK)  # not read(): bytes of a slow server are returned as they arrive
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a chunk whose size is not a number
        raise BrokenOff(str(error) or type(error).__name__) from error


def extent(answer: Answer) -> tuple[int, int | None]:
    """Position of the first byte of an answer, and length of the whole file or None."""
    if answer.status == 206:
        found = re.fullmatch(
            rf"bytes {_NUMBER}-{_NUMBER}/({_NUMBER}|\*)", answer.headers.get("Content-Range", ""), re.A
        )
        if not found:
            raise DownloadError(
                "The server sent a part of the file without stating its position; remove the .part file and try again."
            )
        begin = int(found[1])
        rest = None if answer.length is None else begin + answer.length
        return begin, rest if found[3] == "*" else int(found[3])
    return 0, answer.length


def whole_length(content_range: str) -> int | None:
    """Length of the whole file, from an answer that refuses a range (RFC 9110, 15.5.17), or None."""
    found = re.fullmatch(rf"bytes \*/{_NUMBER}", content_range, re.A)
    return int(found[1]) if found else None


def says_where_it_ends(answer: Answer) -> bool:
    """Whether an interruption can be distinguished from the end of the body."""
    return answer.length is not None or bool(answer.chunked)


class Pace:
    """Closes ``connection`` below ``rate`` bytes per second over ``window`` seconds, or after ``longest`` seconds.

    A second thread watches the clock, since a socket's timeout restarts with every byte and http.client waits for whole lines.

    Attributes:
        received: bytes of the body so far, counted by the reader.
        given_up: reason why the connection was closed, or "".
    """

    def __init__(self, connection: socket.socket, rate: float, window: float, longest: float) -> None:
        self.received, self.given_up = 0, ""
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
            now, received = monotonic(), self.received
            if received - before < self._rate * (now - since):
                self.given_up = (
                    f"{(received - before) / (now - since):,.0f} bytes per second, fewer than {self._rate:,.0f}"
                )
            elif now - began > self._longest:
                self.given_up = f"it was incomplete after {self._longest / 3600:,.0f} hours"
            if self.given_up:
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_RDWR)
                return
            since, before = now, received
