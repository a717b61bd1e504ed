"""Bodies that the editor's server refuses, and what requests may take of it, over real HTTP."""

from __future__ import annotations

import json
import select
import socket
from typing import Any

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")

from web.asking import JSON, ask, call, gradio_application, guard, port_of, until
from web.small_page import small_page

from resefa.web import limits
from resefa.web.server import EditorServer


@pytest.fixture(scope="module")
def server(served) -> EditorServer:
    return served(small_page())


def test_a_body_over_the_limit_is_refused_by_its_stated_length(server: EditorServer) -> None:
    with socket.create_connection(("127.0.0.1", port_of(server)), 10) as connection:
        connection.sendall(
            b"POST /gradio_api/component_server HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(limits.BODY_BYTES + 1).encode() + b"\r\n\r\n"
        )
        assert b" 413 " in connection.recv(1000).splitlines()[0] + b" "


def test_a_chunked_body_over_the_limit_is_refused(server: EditorServer) -> None:
    """Without a length: counted while it arrives, and no more of it is read."""
    with socket.create_connection(("127.0.0.1", port_of(server)), 10) as connection:
        connection.sendall(
            b"POST /gradio_api/component_server HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"100000\r\n" + b"1" * (1 << 20) + b"\r\n"
        sent = 0
        try:
            while sent < 2 * limits.BODY_BYTES:
                connection.sendall(chunk)
                sent += 1 << 20
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 2 * limits.BODY_BYTES
    until(lambda: guard(server).body_bytes == 0)
    assert call(server).status == 200


def test_a_large_file_within_the_limit_arrives(server: EditorServer) -> None:
    data = "A" * (limits.FILE_BYTES * 4 // 3)
    assert json.loads(call(server, data={"n": 5, "data": data}).body) == {"got": 6}
    until(lambda: guard(server).body_bytes == 0)


def test_bodies_of_all_requests_together_are_limited(server: EditorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODIES_BYTES", 3 << 20)
    begin = (
        b"POST /gradio_api/component_server HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 3000000\r\n\r\n" + b" " * 2_000_000
    )
    with (
        socket.create_connection(("127.0.0.1", port_of(server)), 10) as first,
        socket.create_connection(("127.0.0.1", port_of(server)), 10) as second,
    ):
        first.sendall(begin)
        second.sendall(begin)
        second.settimeout(10)
        first.settimeout(10)
        busy = [one for one in (first, second) if _readable(one)]
        assert len(busy) == 1
        assert b" 503 " in busy[0].recv(1000).splitlines()[0]
    until(lambda: guard(server).body_bytes == 0)


def _readable(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 1)[0])


def test_a_body_that_does_not_arrive_is_given_up(server: EditorServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port_of(server)), 10) as connection:
        connection.sendall(
            b"POST /gradio_api/component_server HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 10\r\n\r\n{"
        )
        assert b" 408 " in connection.recv(1000).splitlines()[0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"data": NaN}', 400),
        (b'{"data": Infinity}', 400),
        (b'{"data": "\xff\xfe"}', 400),
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"data": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", 400),
        (b'{"data": [' + b"[]," * 600_000 + b"[]]}", 413),
        (b'{"session_hash": "' + b"x" * 1000 + b'"}', 400),
        (b'{"fn_name": ["move"]}', 400),
        (b'{"component_id": "1; import os"}', 400),
        (b'{"event_id": {"a": 1}}', 400),
    ],
)
def test_malformed_bodies_are_refused_with_a_sentence(server: EditorServer, body: bytes, status: int) -> None:
    for path in (
        "/gradio_api/component_server/",
        "/gradio_api/queue/join",
        "/gradio_api/run/add",
        "/gradio_api/cancel",
    ):
        answer = ask(server, "POST", path, body, JSON)
        assert answer.status == status, path
        assert "body" in answer.detail
    assert call(server).status == 200


def test_a_compressed_body_is_refused(server: EditorServer) -> None:
    assert call(server, {"Content-Encoding": "gzip"}).status == 415


@pytest.mark.parametrize(
    "changes",
    [
        {"component_id": 10**6},
        {"component_id": None},
        {"fn_name": "__init__"},
        {"fn_name": "postprocess"},
        {"fn_name": "__class__"},
        {"fn_name": None},
    ],
)
def test_only_server_functions_can_be_called(server: EditorServer, changes: dict[str, Any], caplog: Any) -> None:
    answer = call(server, **changes)
    assert answer.status in (400, 404, 500)
    assert b"Traceback" not in answer.body and b".py" not in answer.body


def test_a_defect_is_answered_without_its_traceback_and_logged_once_with_its_place(
    server: EditorServer, caplog: Any
) -> None:
    for _ in range(3):
        answer = call(server, data={"n": 666})
        assert answer.status == 500
        assert b"defect" not in answer.body and b"Traceback" not in answer.body
    until(lambda: len(caplog.records) >= 3)  # logged once the answer is sent
    lines = [record.getMessage() for record in caplog.records if record.name == "resefa.web"]
    assert all("RuntimeError: a defect" in line for line in lines)
    assert [line.count("small_page.py") for line in lines] == [1, 0, 0]


def test_many_sessions_take_bounded_memory(server: EditorServer) -> None:
    for number in range(limits.SESSIONS + 50):
        assert call(server, session_hash=f"session{number}").status == 200
    assert len(gradio_application(server).state_holder.session_data) <= limits.SESSIONS + 1
