"""The server of the editor: Gradio behind a guard, on loopback unless told otherwise, with nothing sent to other hosts."""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resefa.errors import MissingExtraError, OutputError, UsageError, parameter
from resefa.web import limits
from resefa.web.guard import Guard
from resefa.web.policy import LOOPBACK_NAMES, Policy, is_loopback

if TYPE_CHECKING:
    from gradio import Blocks

FIRST_PORT, PORTS = 7860, 40
"""Ports that are tried if none is given: Gradio's default and those after it."""
_START_SECONDS = 60


def require_gradio() -> None:
    """Check that the extra ``editor`` is installed; modules of this package that import Gradio come after this call.

    Raises:
        MissingExtraError: Gradio is not installed.
    """
    if importlib.util.find_spec("gradio") is None:
        raise MissingExtraError("The editor needs the extra 'editor'; run pip install 'resefa[editor]'.")


@dataclass(frozen=True)
class Address:
    """Address to listen on, and whom the editor answers.

    Attributes:
        host: address to listen on; only loopback's (the default) cannot be reached from other machines.
        port: None takes the first free port from ``FIRST_PORT``; 0 takes any free port.
        hosts: names under which browsers may ask for the page. None: loopback's names if ``host`` is loopback, else every name.
        embedded_in: origins whose pages may show the editor in a frame, such as https://huggingface.co.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    hosts: tuple[str, ...] | None = None
    embedded_in: tuple[str, ...] = ()

    @property
    def policy(self) -> Policy:
        """Rules for requests."""
        names = self.hosts
        if names is None:
            known = frozenset({*LOOPBACK_NAMES, self.host.strip("[]").lower()}) if is_loopback(self.host) else None
        else:
            known = frozenset(name.lower() for name in names)
        return Policy(known, self.embedded_in)


class EditorServer:
    """A page that is served by a thread, from ``start`` to ``stop`` or within ``with``.

    Attributes:
        address: where the server listens.
        url: address of the page for a browser on this machine.
    """

    def __init__(self, page: Blocks, address: Address | None = None) -> None:
        require_gradio()
        self._page, self.address = page, address or Address()
        self._socket = _listening(self.address)
        port = self._socket.getsockname()[1]
        host = self.address.host.strip("[]")
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self.url = f"http://{f'[{name}]' if ':' in name else name}:{port}/"
        self._server = _uvicorn(_application(page, port), self.address.policy)
        self._thread = threading.Thread(target=self._serve, name="resefa editor", daemon=True)

    def start(self) -> EditorServer:
        """Serve, and return once the page answers.

        Raises:
            OutputError: the server does not start.
        """
        self._thread.start()
        waited = 0.0
        while not self._server.started:
            self._thread.join(0.02)
            waited += 0.02
            if not self._thread.is_alive() or waited > _START_SECONDS:
                self.stop()
                raise OutputError(f"The editor's server at {self.url} did not start.")
        return self

    def wait(self) -> None:
        """Return when the server stops, which ``stop`` or an exception such as Ctrl-C causes."""
        while self._thread.is_alive():
            self._thread.join(0.2)

    def stop(self) -> None:
        """End open connections and free the port."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(limits.STOP_SECONDS + 10)
        self._socket.close()
        self._page.close(verbose=False)

    def __enter__(self) -> EditorServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self) -> None:
        # In a thread uvicorn leaves signals alone.
        self._server.run(sockets=[self._socket])


def launch(
    page: Blocks, address: Address | None = None, *, open_browser: bool = False, say: Callable[[str], object] = print
) -> None:
    """Serve the editor until Ctrl-C, and return.

    Args:
        page: the page, from ``resefa.web.page.build``.
        say: receives the lines for the user.

    Raises:
        MissingExtraError: Gradio is not installed.
        UsageError: the port is in use, or the host is not an address of this machine.
    """
    server = EditorServer(page, address)
    try:
        server.start()
        say(f"The editor is at {server.url}")
        if not is_loopback(server.address.host):
            say("Other machines can reach this editor: everyone who can open the address can use this computer's time.")
        say("Press Ctrl-C to stop.")
        sys.stdout.flush()  # for a program that reads the address from a pipe
        if open_browser:
            webbrowser.open(server.url)
        server.wait()
    except KeyboardInterrupt as error:
        if type(error) is not KeyboardInterrupt:  # SIGTERM or SIGHUP, by cli.main
            raise
    finally:
        server.stop()
    say("The editor has stopped.")


def _listening(address: Address) -> socket.socket:
    """A socket that listens at the address."""
    host, port = address.host.strip("[]"), address.port
    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"{parameter('port', port)} is not a port; give a number from 1 to 65535.")
    ports = range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else [port]
    for tried in ports:
        try:
            return _bound(host, tried)
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise UsageError(
                    f"{parameter('host', address.host)} is not an address of this machine; try 127.0.0.1."
                ) from error
            if error.errno in (errno.EACCES, errno.EPERM):
                raise UsageError(f"{parameter('port', tried)} needs more rights; give a port from 1024.") from error
            if error.errno != errno.EADDRINUSE:
                raise
    if port is None:
        raise UsageError(f"Every port from {ports[0]} to {ports[-1]} is in use; give another {parameter('port')}.")
    raise UsageError(
        f"{parameter('port', port)} is in use by another program; give another port, or 0 for any free port."
    )


def _bound(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, where = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows the option would share the port with another program
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
    except BaseException:
        listening.close()
        raise
    return listening


def _application(page: Blocks, port: int) -> Any:
    """Gradio's application for the page: no files, no analytics, no sharing, no monitoring, no other languages' servers."""
    from fastapi import FastAPI
    from gradio import mount_gradio_app

    from resefa.web.components import static
    from resefa.web.theme import theme

    page.state_session_capacity = limits.SESSIONS
    page.analytics_enabled = False
    page.is_running = True
    return mount_gradio_app(
        FastAPI(openapi_url=None),
        page,
        "/",
        server_name="127.0.0.1",
        server_port=port,
        footer_links=[],
        run_history=False,
        root_path="",
        allowed_paths=[],
        show_error=True,
        max_file_size=limits.FILE_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme(),
        css=static("page.css"),
    )


def _uvicorn(application: Any, policy: Policy) -> Any:
    import uvicorn

    config = uvicorn.Config(
        Guard(application, policy),
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.CONNECTIONS,
        timeout_graceful_shutdown=limits.STOP_SECONDS,
    )
    return uvicorn.Server(config)
