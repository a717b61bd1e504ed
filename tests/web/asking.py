"""Requests to an editor's server, written as an attacker or a client writes them."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

from web.person import PATIENCE

from resefa.web.guard import Guard
from resefa.web.server import EditorServer

JSON = {"Content-Type": "application/json"}


class Answer:
    """Status, headers and body of a response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def detail(self) -> str:
        return json.loads(self.body)["detail"]


def ask(
    server: EditorServer, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request, with the path as it is written."""
    connection = http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def port_of(server: EditorServer) -> int:
    return int(server.url.rstrip("/").rpartition(":")[2])


def call(server: EditorServer, headers: dict[str, str] | None = None, **changes: Any) -> Answer:
    """A server function of the page."""
    content = {"data": {"n": 1}, "component_id": canvas_id(server), "fn_name": "move", "session_hash": "abc", **changes}
    return ask(server, "POST", "/gradio_api/component_server/", json.dumps(content), {**JSON, **(headers or {})})


_canvases: dict[str, int] = {}


def canvas_id(server: EditorServer) -> int:
    if server.url not in _canvases:
        components = json.loads(ask(server, "GET", "/config").body)["components"]
        _canvases[server.url] = next(part["id"] for part in components if part["type"] == "html")
    return _canvases[server.url]


def guard(server: EditorServer) -> Guard:
    """The server's middleware."""
    return server._server.config.app


def gradio_application(server: EditorServer) -> Any:
    """Gradio's own application, behind the guard."""
    from gradio.routes import App

    outer: Any = guard(server).application
    return next(route.app for route in outer.routes if isinstance(getattr(route, "app", None), App))


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return once the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
