"""The editor's server: the page in a browser and for programs, start, stop, and nothing sent to other hosts."""

from __future__ import annotations

import errno
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")

from reference.listening import listen
from web.asking import ask, call, port_of
from web.person import PATIENCE
from web.small_page import Canvas, small_page

from resefa.errors import MissingExtraError, UsageError
from resefa.web import limits
from resefa.web.components import ComponentClass
from resefa.web.server import FIRST_PORT, Address, EditorServer, launch, require_gradio

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def server(served) -> EditorServer:
    return served(small_page())


def test_the_page_and_its_functions_answer(server: EditorServer) -> None:
    page = ask(server, "GET", "/")
    assert page.status == 200
    assert b"gradio_config" in page.body
    assert json.loads(call(server).body) == {"got": 2}
    assert ask(server, "HEAD", "/").status == 200


def test_the_page_names_no_other_host_and_no_folder_of_this_machine(server: EditorServer) -> None:
    page = ask(server, "GET", "/").body.decode()
    loaded = re.findall(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["'](https?:)?//[^>]*>""", page)
    assert loaded == []
    style = ask(server, "GET", "/theme.css").body.decode()
    assert [url for url in re.findall(r"""url\(["']?([^)]{5})""", style) if url != "data:"] == []
    assert "@import" not in style
    folders = [str(Path.home()), str(Path.cwd()), os.path.dirname(sys.executable), str(Path(sys.prefix)), str(HERE)]
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/manifest.json", "/robots.txt"):
        text = ask(server, "GET", path).body.decode()
        assert not [folder for folder in folders if len(folder) > 1 and folder in text], path


def test_gradios_python_client_works(server: EditorServer) -> None:
    from gradio_client import Client

    client = Client(server.url, verbose=False, analytics_enabled=False)
    try:
        assert client.predict(4, api_name="/add") == 5
    finally:
        client.close()


def test_the_page_works_in_a_browser_and_asks_only_its_server(server: EditorServer, context: Any) -> None:
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(server.url)
    page.click(".go")
    page.wait_for_function("document.querySelector('.number').textContent.includes('step 2')")
    assert json.loads(page.get_attribute(".number", "data-answer")) == {"got": 4}
    page.get_by_label("seed").first.fill("7")
    page.wait_for_function("[...document.querySelectorAll('input')].some(one => one.value === '8')")
    assert said == []
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
    assert page.evaluate("performance.getEntriesByType('resource').filter(r => /font/.test(r.name)).length") == 0


def test_the_policy_stops_injected_scripts_and_other_hosts(server: EditorServer, context: Any) -> None:
    """If text of a person ever became markup, it could neither run nor send anything away."""
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(".go")
    page.evaluate("""() => {
        document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.ran = 1">');
        const script = document.createElement('script');
        script.textContent = 'window.ran = 2';
        document.body.append(script);
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    other = "http://localhost:9/"  # another origin than 127.0.0.1
    assert page.evaluate(f"fetch('{other}').then(() => 'sent', error => 'refused')") == "refused"
    blocked = page.evaluate(f"""() => new Promise(found => {{
        document.addEventListener('securitypolicyviolation', event => found(event.blockedURI));
        const picture = new Image();
        picture.src = '{other}x.png';
    }})""")
    assert blocked.startswith(other)


def test_a_page_of_another_site_cannot_use_or_frame_the_editor(server: EditorServer, context: Any) -> None:
    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<h1>evil</h1><iframe src='{server.url}'></iframe>".encode())

        def log_message(self, *_: object) -> None:
            pass

    evil = HTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{evil.server_address[1]}/")
        address = f"{server.url}gradio_api/component_server/"
        sent = "fetch('{}', {{method: 'POST', body: '{{}}', mode: 'no-cors'{}}}).then(r => r.status, () => 'refused')"
        assert page.evaluate(sent.format(address, "")) in (0, "refused")
        read = f"fetch('{server.url}config').then(r => r.text(), () => 'refused')"
        assert page.evaluate(read) == "refused"
        frame = page.frames[-1]
        assert "gradio" not in frame.content()
    finally:
        evil.shutdown()
        evil.server_close()


def test_the_default_is_loopback_and_the_next_free_port() -> None:
    assert Address().host == "127.0.0.1"
    with EditorServer(small_page()) as one, EditorServer(small_page()) as other:
        assert FIRST_PORT <= port_of(one) < port_of(other)
        assert one.url.startswith("http://127.0.0.1:")
        assert ask(other, "GET", "/config").status == 200
    with pytest.raises(ConnectionRefusedError):
        ask(one, "GET", "/config")


def test_a_port_in_use_is_named(server: EditorServer) -> None:
    port = port_of(server)
    with pytest.raises(UsageError, match=str(port)) as raised:
        EditorServer(small_page(), Address(port=port))
    assert "in use" in str(raised.value)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        (Address(port=70000), "70000"),
        (Address(port=-1), "-1"),
        (Address(host="no-such-host.invalid", port=0), "no-such-host.invalid"),
        (Address(host="203.0.113.7", port=0), "203.0.113.7"),
    ],
)
def test_wrong_addresses_are_named(address: Address, named: str) -> None:
    with pytest.raises(UsageError, match=re.escape(named)):
        EditorServer(small_page(), address)


def test_other_errors_of_the_socket_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr("resefa.web.server._bound", fails)
    with pytest.raises(OSError, match="too many"):
        EditorServer(small_page(), Address(port=0))


def test_without_gradio_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"resefa\[editor\]"):
        require_gradio()
    with pytest.raises(MissingExtraError):
        launch(None)  # type: ignore[arg-type]


PROGRAM = """
import sys
sys.path[:0] = {paths!r}
seen = []
def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen", "os.system"):
        seen.append((event, str(details[-1] if event == "socket.connect" else details)))
    elif event == "open" and isinstance(details[1], str) and set(details[1]) & set("wax+"):
        seen.append((event, str(details[0])))
sys.addaudithook(watch)
import resefa.web
from web.small_page import small_page
from resefa.web.server import Address, launch
launch(small_page(), Address(port=0), say=lambda line: print(line, flush=True))
print("SEEN", seen, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_stops_with_a_zero_exit_code_and_nothing_left_the_machine(tmp_path: Path) -> None:
    """The whole life of a server in a process: no connection, no look-up, no program, no file; then Ctrl-C with a page open."""
    program = PROGRAM.format(paths=[str(HERE.parent)])
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(tmp_path / "temporary"), "GRADIO_ANALYTICS_ENABLED": "True"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=listen, env=environment, cwd=tmp_path,
    )  # fmt: skip
    try:
        assert child.stdout is not None and child.stderr is not None
        url = child.stdout.readline().split()[-1]
        port = int(url.rstrip("/").rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", "/")
        assert b"gradio_config" in connection.getresponse().read()
        opened = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        opened.request("GET", "/gradio_api/heartbeat/abc")  # stays open as long as the page
        assert b"ALIVE" in opened.getresponse().readline()
        began = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=PATIENCE)
        assert time.monotonic() - began < limits.STOP_SECONDS + 5
    finally:
        child.kill()
        child.wait()
    assert child.returncode == 0
    assert err == ""
    assert "stopped" in out
    outward = [event for event in eval(out.partition("SEEN ")[2]) if "127.0.0.1" not in event[1]]
    assert outward == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_no_file_is_written_next_to_a_components_module() -> None:
    """Gradio writes type stubs into the folder of every module that defines a component."""
    import resefa.web

    assert isinstance(Canvas, ComponentClass)
    assert list(HERE.glob("*.pyi")) == []
    assert list(Path(resefa.web.__file__).parent.rglob("*.pyi")) == []
