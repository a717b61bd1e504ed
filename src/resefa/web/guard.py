"""ASGI middleware in front of Gradio: refuses what the editor's page does not need, and bounds what requests take."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Annotated, Any

import msgspec

from resefa.errors import printable
from resefa.web import limits
from resefa.web.policy import Policy, allowed, without_foreign_parts

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

log = logging.getLogger("resefa.web")

_Name = Annotated[str, msgspec.Meta(max_length=limits.NAME_CHARACTERS)]
_FORWARDED = b"x-forwarded-"
_PLACES, _FRAMES = 100, 8
"""Places of unexpected errors that are remembered, and frames of each that are logged."""


class _Body(msgspec.Struct):
    """Parts of a request that Gradio stores or looks up; the rest of the body is only parsed."""

    session_hash: _Name | None = None
    event_id: _Name | None = None
    fn_name: _Name | None = None
    component_id: int | None = None
    fn_index: int | None = None
    trigger_id: int | None = None


_DECODER = msgspec.json.Decoder(_Body)


class Refused(Exception):
    """A request that is not passed to Gradio.

    Attributes:
        status: of the answer.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Guard:
    """The application behind the guard answers only requests that the policy and the limits allow.

    Attributes:
        application: Gradio's.
        policy: rules for requests.
        body_bytes: bytes of all bodies in progress.
    """

    def __init__(self, application: Application, policy: Policy) -> None:
        self.application, self.policy = application, policy
        self.body_bytes = 0
        self._shown: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _Exchange(self, scope, receive, send).run()

    def failed(self, scope: Scope, error: Exception) -> None:
        """Log an unexpected error in one line, and the first from each place with the frames next to it."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}"
        sentence = (
            f"{scope['method']} {printable(scope['path'])} failed: {type(error).__name__}: {printable(str(error), 200)}"
        )
        if place not in self._shown and len(self._shown) < _PLACES:
            self._shown.add(place)
            sentence += "\n" + "".join(traceback.format_list(frames[-_FRAMES:]))
        log.error(sentence)


class _Exchange:
    """One request and its answer."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self._guard, self._policy = guard, guard.policy
        self._scope, self._receive, self._send = scope, receive, send
        self._headers: Headers = [(name.lower(), value) for name, value in scope["headers"]]
        self._body, self._unread = b"", False
        self._counted = 0
        self._started = False
        self._page: tuple[Event, bytes] | None = None

    async def run(self) -> None:
        try:
            self._check()
            if self._scope["method"] == "POST":
                self._body, self._unread = await self._read(), True
                _check_json(self._body)
            self._scope["headers"] = list(self._passed_on())
            await self._guard.application(self._scope, self._next, self._answer)
        except Refused as error:
            await self._refuse(error)
        except asyncio.CancelledError:
            # The server stops, and nobody waits for this answer.
            return
        except Exception as error:
            self._guard.failed(self._scope, error)
            if not self._started:
                await self._refuse(Refused(500, "The server failed to answer this request."))
        finally:
            self._guard.body_bytes -= self._counted

    def _header(self, name: bytes) -> str | None:
        values = [value for key, value in self._headers if key == name]
        return values[-1].decode("latin-1") if values else None

    def _check(self) -> None:
        """Refuse by address, host, origin and kind of body."""
        hosts = [value for key, value in self._headers if key == b"host"]
        host = hosts[0].decode("latin-1").lower() if len(hosts) == 1 else ""
        if not host or not self._policy.accepts_host(host):
            raise Refused(403, f"This server does not answer to the name {printable(host, 60)!r}.")
        if not allowed(self._scope["method"], self._scope["path"]):
            raise Refused(404, "Not found.")
        if self._scope["method"] != "POST":
            return
        names = {host}
        forwarded = self._header(b"x-forwarded-host")
        if self._policy.hosts is None and forwarded:
            names.add(forwarded.split(",")[0].strip().lower())
        if not self._policy.accepts_origin(self._header(b"origin"), self._header(b"sec-fetch-site"), names):
            raise Refused(403, "Pages of other sites cannot use this server.")
        if (self._header(b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "The body must have the type application/json.")
        if self._header(b"content-encoding") not in (None, "identity"):
            raise Refused(415, "The body must not be compressed.")
        length = self._header(b"content-length")
        if length is not None and (not length.isdecimal() or int(length[:20]) > limits.BODY_BYTES):
            raise _too_large()

    async def _read(self) -> bytes:
        """The whole body, within the limits of size and time."""
        parts: list[bytes] = []
        end = time.monotonic() + limits.BODY_SECONDS
        while True:
            try:
                event = await asyncio.wait_for(self._receive(), max(end - time.monotonic(), 0))
            except TimeoutError:
                raise Refused(408, "The body of the request did not arrive in time.") from None
            if event["type"] == "http.disconnect":
                raise Refused(400, "The connection ended within the body.")
            part = event.get("body", b"")
            self._counted += len(part)
            self._guard.body_bytes += len(part)
            if self._counted > limits.BODY_BYTES:
                raise _too_large()
            if self._guard.body_bytes > limits.BODIES_BYTES:
                raise Refused(503, "The server is busy with other files; try again in a moment.")
            parts.append(part)
            if not event.get("more_body", False):
                return b"".join(parts)

    def _passed_on(self) -> Iterator[tuple[bytes, bytes]]:
        """Headers for Gradio: the page uncompressed, so that its scripts can be hashed; proxies' headers only behind one."""
        for name, value in self._headers:
            if name == b"accept-encoding" and self._scope["path"] == "/":
                continue
            if name.startswith(_FORWARDED) and self._policy.hosts is not None:
                continue
            yield name, value

    async def _next(self) -> Event:
        if self._unread:
            body, self._body, self._unread = self._body, b"", False
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()

    async def _answer(self, event: Event) -> None:
        """Send Gradio's answer with the security headers; a page only as a whole, with the hashes of its scripts."""
        if event["type"] == "http.response.start":
            kind = dict(event["headers"]).get(b"content-type", b"")
            if self._scope["method"] == "GET" and kind.startswith(b"text/html"):
                self._page = (event, b"")
                return
            await self._start(event, self._policy.headers())
        elif event["type"] == "http.response.body" and self._page is not None:
            start, body = self._page
            body += event.get("body", b"")
            self._page = (start, body)
            if not event.get("more_body", False):
                body, scripts = without_foreign_parts(body)
                kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
                start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
                await self._start(start, self._policy.headers(scripts))
                await self._send({"type": "http.response.body", "body": body})
        else:
            await self._send(event)

    async def _start(self, event: Event, security: Headers) -> None:
        kept = [(n, v) for n, v in event["headers"] if not n.lower().startswith((b"access-control-", b"server"))]
        self._started = True
        await self._send({**event, "headers": [*kept, *security]})

    async def _refuse(self, error: Refused) -> None:
        body = json.dumps({"detail": str(error)}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *self._policy.headers(),
        ]
        await self._send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._scope["method"] == "HEAD" else body})


def _too_large() -> Refused:
    return Refused(413, f"The body of the request is larger than {limits.BODY_BYTES >> 20} MiB.")


def _check_json(body: bytes) -> None:
    """Refuse a body that is not one JSON object, that has too many parts, or whose names are too long to store."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") > limits.BODY_VALUES:
        raise Refused(413, f"The body of the request has more than {limits.BODY_VALUES:,} values.")
    try:
        _DECODER.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Refused(400, f"The body of the request is not valid: {printable(str(error))}.") from None
