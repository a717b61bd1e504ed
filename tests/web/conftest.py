"""A browser for the tests of a process, and served pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from reference.browser import chromium
from web.person import PATIENCE

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium, driven by Playwright; one for each process of the test run, started when first used."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install 'resefa[test]'"
    )
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine: install it (Debian: apt-get install chromium) to test the editor")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=FLAGS, timeout=1000 * PATIENCE)
        yield started
        started.close()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """Cookies, storage and windows of one person, 1280 x 900 pixels, without a clipboard or any host but loopback."""
    yield from _context(browser)


@pytest.fixture
def other_context(browser: Any) -> Iterator[Any]:
    """The same of another person."""
    yield from _context(browser)


def _context(browser: Any) -> Iterator[Any]:
    one = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    one.set_default_timeout(1000 * PATIENCE)
    yield one
    one.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Callable[..., Any]]:
    """A function that serves a page of Gradio on a free port in a thread, with the editor's safe settings.

    ``served(page)`` returns the ``EditorServer``; all are stopped after the module's last test.
    """
    pytest.importorskip("gradio", reason="gradio is not installed: pip install 'resefa[editor]'")
    from resefa.web.server import Address, EditorServer

    started: list[EditorServer] = []

    def serve(page: Any, address: Address | None = None) -> EditorServer:
        started.append(EditorServer(page, address or Address(port=0)).start())
        return started[-1]

    yield serve
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def small_url(served: Callable[..., Any]) -> Iterator[str]:
    """Address of an editor with the 64 pixel generator, for tests of searches in which the picture does not matter."""
    yield from _address(served, "toon-faces-64", "toon-faces-64")


@pytest.fixture(scope="module")
def quick_url(served: Callable[..., Any]) -> Iterator[str]:
    """Address of an editor whose searches take a fraction of a second, for tests in which the model does not matter."""
    from web.spots import spots

    yield from _address(served, "spots", spots())


def _address(served: Callable[..., Any], name: str, model: Any) -> Iterator[str]:
    from resefa.editor.editor import Editor
    from resefa.editor.models import EditorModels
    from resefa.web.page import build

    editor = Editor(EditorModels({name: model}))
    yield served(build(editor)).url
    editor.close()
