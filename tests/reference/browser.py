"""Drives a headless Chromium through the pipe of its DevTools protocol: no driver program and no package is needed."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
# Chromium reads commands from descriptor 3 and answers on 4; the shell turns our two pipes into these.
SHELL = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One page. ``events`` holds everything that the browser reported, oldest first."""

    def __init__(self, program: str, profile: Path, *, javascript: bool = True, still: bool = True) -> None:
        self.events: list[dict[str, Any]] = []
        self._buffer, self._number, self._session = b"", 0, None
        self._process = subprocess.Popen(
            ["sh", "-c", SHELL, "sh", program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        motion = {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}
        self.call("Emulation.setEmulatedMedia", features=[motion])
        self.call("Emulation.setScriptExecutionDisabled", value=not javascript)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while True:
            answer = self._next_message()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path: Path) -> None:
        """Load a file and wait until it and its pictures are there."""
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.wait(lambda: self.run("document.readyState") == "complete" and self.run("location.protocol") == "file:")

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key as a person does, on what has the focus."""
        codes = {"ArrowRight": 39, "ArrowLeft": 37, "Home": 36, "End": 35, " ": 32, "Tab": 9}
        for kind in ("keyDown", "keyUp"):
            text = {"text": " "} if key == " " and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code="Space" if key == " " else key,
                windowsVirtualKeyCode=codes[key], **text,
            )  # fmt: skip

    def mouse(self, kind: str, selector: str) -> None:
        """``mousePressed`` or ``mouseReleased`` on the middle of an element."""
        middle = f"(r => [r.x + r.width / 2, r.y + r.height / 2])({selector}.getBoundingClientRect())"
        self.run(f"{selector}.scrollIntoView({{block: 'center'}})")
        left, top = self.run(middle)
        self.call("Input.dispatchMouseEvent", type=kind, x=left, y=top, button="left", clickCount=1)

    def resize(self, width: int, height: int) -> None:
        """Give the page this size in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def wait(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        """Return once the condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("the page did not come to the expected state")
            time.sleep(0.03)

    def complaints(self) -> list[str]:
        """Uncaught errors, console errors and warnings, and log entries of these levels."""
        found = []
        for event in self.events:
            method, detail = event.get("method"), event.get("params", {})
            if (
                method == "Runtime.exceptionThrown"
                or (method == "Runtime.consoleAPICalled" and detail["type"] in ("error", "warning", "assert"))
                or (method == "Log.entryAdded" and detail["entry"]["level"] in ("error", "warning"))
            ):
                found.append(json.dumps(detail))
        return found

    def requests(self) -> list[str]:
        """Addresses that the page asked for, data URIs left out."""
        urls = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def close(self) -> None:
        """End this browser, and only this one."""
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _next_message(self, seconds: float = 30) -> dict[str, Any]:
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        while b"\0" not in self._buffer:
            if not select.select([handle], [], [], seconds)[0]:
                raise TimeoutError("Chromium does not answer")
            chunk = os.read(handle, 1 << 20)
            if not chunk:
                raise EOFError("Chromium closed its pipe")
            self._buffer += chunk
        raw, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(raw)


@pytest.fixture
def open_page(tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """A function that opens an HTML file in a browser of its own; all are ended when the test is over."""
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: install it (Debian: apt-get install chromium) to test the page")
    opened: list[Browser] = []

    def open_in_browser(path: Path, **options: bool) -> Browser:
        opened.append(Browser(program, tmp_path / f"profile{len(opened)}", **options))
        opened[-1].open(path)
        return opened[-1]

    try:
        yield open_in_browser
    finally:
        for browser in opened:
            browser.close()
