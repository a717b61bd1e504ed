"""Addresses, hosts and origins that the editor's server refuses, by hostile requests over real HTTP."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")

from web.asking import JSON, ask, call, gradio_application, port_of
from web.small_page import small_page

from resefa.web.policy import allowed
from resefa.web.server import Address, EditorServer


@pytest.fixture(scope="module")
def server(served) -> EditorServer:
    return served(small_page())


def test_of_gradios_addresses_only_the_listed_ones_answer(server: EditorServer) -> None:
    """Every address that Gradio registers, whatever its version: an address that a release adds stays closed."""
    from starlette.routing import Mount, Route

    def addresses(routes: Any, before: str = "") -> Iterator[tuple[str, str]]:
        for route in routes:
            if isinstance(route, Mount):
                yield from addresses(route.routes, before + route.path)
            elif isinstance(route, Route):
                path = before + re.sub(r"\{[^}]*\}", "x", route.path)
                yield from ((method, path) for method in route.methods or ())
            elif hasattr(route, "original_router"):  # FastAPI's included routers
                yield from addresses(route.original_router.routes, before)

    found = set(addresses(gradio_application(server).routes))
    assert len(found) > 50
    closed = {(method, path) for method, path in found if not allowed(method, path)}
    opened = {path.rstrip("/") for method, path in found - closed}
    assert opened <= {
        "", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt", "/assets/x", "/static/x",
        "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id", "/gradio_api/startup-events",
        "/gradio_api/theme.css", "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/queue/status",
        "/gradio_api/heartbeat/x", "/gradio_api/call/x", "/gradio_api/call/x/x", "/gradio_api/call/v2/x",
        "/gradio_api/call/v2/x/x", "/gradio_api/run/x", "/gradio_api/cancel", "/gradio_api/reset",
        "/gradio_api/component_server",
    }  # fmt: skip
    for method, path in sorted(closed):
        answer = ask(server, method, path, b"{}" if method == "POST" else None, JSON)
        assert answer.status == 404, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=" + quote(__file__),
        "/gradio_api/file/etc/passwd",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api%2Ffile=/etc/passwd",
        "/gradio_api/file%3D/etc/passwd",
        "/gradio_api/../gradio_api/file=/etc/passwd",
        "//gradio_api/file=/etc/passwd",
        "/static/../../../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/%2Fetc%2Fpasswd",
        "/static/..%5C..%5C..%5Cetc%5Cpasswd",
        "/static/img/..%00/x",
        "/assets/../../../routes.py",
        "/assets/..%2f..%2f..%2froutes.py",
        "/svelte/svelte.js",
        "/gradio_api/custom_component/x/client/component/..%2f..%2findex.js",
        "/gradio_api/upload_progress?upload_id=x",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/token",
        "/gradio_api/dev/reload",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
        "/monitoring",
        "/monitoring/summary",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/login",
    ],
)
def test_no_file_and_no_inner_address_is_served(server: EditorServer, path: str) -> None:
    answer = ask(server, "GET", path)
    assert answer.status == 404
    assert b"root:" not in answer.body and b"import" not in answer.body
    assert len(answer.body) < 100


def test_a_symbolic_link_in_gradios_folder_is_not_served(server: EditorServer) -> None:
    """Gradio serves files of its temporary folder; the guard closes the address for every file."""
    from gradio.utils import get_upload_folder

    folder = Path(get_upload_folder()) / f"resefa-test-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        (folder / "link.txt").symlink_to(__file__)
        (folder / "plain.txt").write_text("plain")
        for name in ("link.txt", "plain.txt"):
            assert ask(server, "GET", f"/gradio_api/file={folder / name}").status == 404
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_no_request_makes_the_server_open_another_address(server: EditorServer) -> None:
    """Addresses that fetch (SSRF): proxy=, file=http, and a deep link."""
    reached: list[str] = []

    class Inner(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reached.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    inner = HTTPServer(("127.0.0.1", 0), Inner)
    threading.Thread(target=inner.serve_forever, daemon=True).start()
    try:
        secret = f"http://127.0.0.1:{inner.server_address[1]}/secret"
        for path in (
            f"/gradio_api/proxy={secret}",
            f"/gradio_api/proxy={quote(secret, safe='')}",
            f"/gradio_api/file={secret}",
            f"/gradio_api/file={quote(secret, safe='')}",
            f"/gradio_api/file/{secret}",
        ):
            assert ask(server, "GET", path).status == 404
            assert ask(server, "HEAD", path).status == 404
        file = {"path": secret, "url": secret, "meta": {"_type": "gradio.FileData"}}
        assert call(server, data={"n": 1, "file": file}).status == 200
        ask(server, "POST", "/gradio_api/run/add", json.dumps({"data": [file]}), JSON)
        forwarded = {"X-Forwarded-Host": secret.split("/")[2], "X-Forwarded-Proto": "http"}
        assert ask(server, "GET", "/config", headers=forwarded).status == 200
    finally:
        inner.shutdown()
        inner.server_close()
    assert reached == []


def test_uploads_are_closed(server: EditorServer, tmp_path: Path) -> None:
    boundary = "xxx"
    body = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="../../a.txt"\r\n\r\nhello\r\n--{boundary}--\r\n'
    form = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert ask(server, "POST", "/gradio_api/upload", body, form).status == 404
    assert ask(server, "POST", "/gradio_api/component_server", body, form).status == 415


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "NONSENSE"])
def test_other_methods_are_closed(server: EditorServer, method: str) -> None:
    answer = ask(server, method, "/gradio_api/queue/join", headers={"Origin": "http://evil.example"})
    assert answer.status in (400, 404)
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:{port}", "localhost:8000", "[::1]:99", "LOCALHOST"])
def test_loopback_names_are_answered(server: EditorServer, host: str) -> None:
    assert ask(server, "GET", "/config", headers={"Host": host.format(port=port_of(server))}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "0.0.0.0"],
)
def test_other_names_are_refused(server: EditorServer, host: str) -> None:
    """DNS rebinding: a page of another site whose name was pointed to this machine sends its own name."""
    for path in ("/", "/config", "/gradio_api/queue/data?session_hash=x"):
        assert ask(server, "GET", path, headers={"Host": host.format(port=port_of(server))}).status == 403
    assert call(server, {"Host": host.format(port=port_of(server))}).status == 403


def test_two_hosts_are_refused(server: EditorServer) -> None:
    with socket.create_connection(("127.0.0.1", port_of(server)), 10) as connection:
        connection.sendall(b"GET /config HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(1000).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "file://"}, 403),
        ({"Origin": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_only_the_page_itself_and_programs_may_post(server: EditorServer, headers: dict[str, str], status: int) -> None:
    filled = {name: value.format(port=port_of(server)) for name, value in headers.items()}
    answer = call(server, filled)
    assert answer.status == status
    assert "access-control-allow-origin" not in answer.headers


def test_a_public_server_answers_its_names_and_pages_behind_a_proxy(served) -> None:
    public = served(small_page(), Address("0.0.0.0", 0, embedded_in=("https://huggingface.co", "https://*.hf.space")))
    assert call(public, {"Host": "person-space.hf.space"}).status == 200
    origin = {"Origin": "https://person-space.hf.space"}
    assert call(public, {"Host": "person-space.hf.space", **origin}).status == 200
    assert call(public, {"Host": "10.0.0.1:7860", "X-Forwarded-Host": "person-space.hf.space", **origin}).status == 200
    assert call(public, {"Host": "person-space.hf.space", "Origin": "https://evil.example"}).status == 403
    policy = ask(public, "GET", "/").headers["content-security-policy"]
    assert "frame-ancestors https://huggingface.co https://*.hf.space" in policy
    named = served(small_page(), Address("0.0.0.0", 0, hosts=("editor.example",)))
    assert ask(named, "GET", "/config", headers={"Host": "editor.example:443"}).status == 200
    assert ask(named, "GET", "/config", headers={"Host": "other.example"}).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/config", "/theme.css", "/gradio_api/upload", "/favicon.ico", "/gradio_api/info"]
)
def test_every_answer_has_the_security_headers(server: EditorServer, path: str) -> None:
    headers = ask(server, "GET", path, headers={"Origin": "http://evil.example"}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy and "*" not in policy
    assert "script-src 'self' 'unsafe-eval'" in policy and "unsafe-inline" not in policy.partition("style-src")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers
