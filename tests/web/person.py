"""A person at the editor: what hands and eyes do on the page, as steps for tests and benchmarks."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

PATIENCE = 600
"""Seconds until a state that never comes fails a test: many times what a slow machine takes."""
DONE = """() => {
  const root = document.querySelector('.rs.cards');
  return root && root.querySelectorAll('.card').length > 0 && root.querySelector('.progress').hidden
    && root.querySelectorAll('.card.early').length === 0;
}"""


class Person:
    """One browser tab with the editor's page.

    Attributes:
        tab: Playwright's page.
        complaints: errors and warnings of the page's console, uncaught errors, and answers of the server from 400.
        asked: addresses that the page asked for.
    """

    def __init__(self, context: Any, url: str, *, wait: bool = True) -> None:
        self.url, self.tab = url, context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.tab.on(
            "console", lambda message: message.type in ("error", "warning") and self.complaints.append(message.text)
        )
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on(
            "response", lambda answer: answer.status >= 400 and self.complaints.append(f"{answer.status} {answer.url}")
        )
        if wait:
            self.open()

    def open(self) -> None:
        """Open the page, and wait until the first picture is there."""
        self.tab.goto(self.url)
        self.wait_for_picture()

    def wait_for_picture(self) -> None:
        self.tab.wait_for_function(
            "() => window.resefa?.parts?.canvas?.size()"
            " && window.resefa.parts.canvas.size().width === document.querySelector('.rs.canvas .picture').width"
        )

    def wait_until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Return once the condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the page did not reach the expected state"
            self.tab.wait_for_timeout(30)

    def reload(self) -> None:
        self.tab.reload()
        self.wait_for_picture()

    # ---- the picture ----------------------------------------------------------------------------------------------

    def stage(self) -> dict[str, float]:
        """The picture's place in the window, in CSS pixels."""
        place = self.tab.locator(".rs.canvas .stage")
        place.scroll_into_view_if_needed()
        return place.bounding_box()

    def at(self, row: float, column: float) -> tuple[float, float]:
        """Position in the window of a place in the picture, in fractions of its height and width."""
        box = self.stage()
        return box["x"] + column * box["width"], box["y"] + row * box["height"]

    def drag(self, places: Sequence[tuple[float, float]], steps: int = 6) -> None:
        """Press the mouse at the first place (row, column), move over the others, and release at the last."""
        mouse = self.tab.mouse
        positions = [self.at(*place) for place in places]
        mouse.move(*positions[0])
        mouse.down()
        for position in positions[1:]:
            mouse.move(*position, steps=steps)
        mouse.up()

    def box(self, top: float, left: float, height: float, width: float) -> None:
        """Draw a box with the mouse."""
        self.tab.click(".rs.canvas [data-tool=box]")
        self.drag([(top, left), (top + height, left + width)])

    def shapes(self) -> list[dict[str, Any]]:
        """The region as the page holds it."""
        return self.tab.evaluate("() => window.resefa.parts.canvas.region().shapes")

    def pixels(self) -> Image.Image:
        """The picture on the screen, in its own size."""
        data = self.tab.evaluate("() => document.querySelector('.rs.canvas .picture').toDataURL('image/png')")
        return Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))).convert("RGB")

    def numbers(self) -> str:
        """The line below the picture: change inside and outside."""
        return self.tab.inner_text(".rs.canvas .numbers .text")

    def status(self) -> str:
        return self.tab.inner_text(".rs.canvas .status")

    def choose(self, seed: int) -> None:
        """Take a sample from the strip."""
        chosen = self.pictures("Samples to choose from").and_(self.tab.locator(f"[data-id='{seed}']"))
        before = self.pixels().tobytes()
        already = chosen.get_attribute("aria-pressed") == "true"
        chosen.click()
        if not already:
            self.tab.wait_for_selector(f".rs.canvas .stage[aria-label^='Sample {seed}.']")
            self.wait_until(lambda: self.pixels().tobytes() != before)

    # ---- the cards ------------------------------------------------------------------------------------------------

    def cards(self) -> Any:
        """The cards on the page, best first."""
        return self.tab.locator(".rs.cards .card")

    def names(self) -> list[str]:
        return self.tab.locator(".rs.cards .card .name").all_inner_texts()

    def wait_for_cards(self, seconds: float = PATIENCE) -> None:
        """Return once the first card is there; its slider works."""
        self.tab.wait_for_selector(".rs.cards .card", timeout=1000 * seconds)

    def wait_until_done(self, seconds: float = PATIENCE) -> None:
        """Return once the search has ended and every card is complete."""
        self.tab.wait_for_function(DONE, timeout=1000 * seconds)

    def slider(self, card: int) -> int:
        """The percent of a card's slider."""
        return int(self.cards().nth(card).locator("input[type=range]").input_value())

    def rename(self, card: int, name: str) -> None:
        """Give a card a name with the keyboard."""
        self.cards().nth(card).locator(".name").click()
        self.tab.keyboard.press("Control+a")
        self.tab.keyboard.insert_text(name)
        self.tab.keyboard.press("Enter")
        self.wait_until(lambda: self.names()[card] == name)

    def slide(self, card: int, percent: int, steps: int = 8) -> int:
        """Drag a card's slider with the mouse, and return the percent that it shows."""
        slider = self.cards().nth(card).locator("input[type=range]")
        slider.scroll_into_view_if_needed()
        box, thumb = slider.bounding_box(), 16
        now = int(slider.input_value())

        def x(value: int) -> float:
            return box["x"] + thumb / 2 + (value + 100) / 200 * (box["width"] - thumb)

        y = box["y"] + box["height"] / 2
        self.tab.mouse.move(x(now), y)
        self.tab.mouse.down()
        self.tab.mouse.move(x(percent), y, steps=steps)
        self.tab.mouse.up()
        return int(slider.input_value())

    def moves(self) -> int:
        """The number of exact pictures that the sliders have brought so far."""
        return self.tab.evaluate("() => window.resefa.timings.length")

    def settled(self, after: int, seconds: float = PATIENCE) -> None:
        """Return once more exact pictures are there than ``after``, and no further one is on its way."""
        self.tab.wait_for_function(
            "after => window.resefa.timings.length > after && !window.resefa.moves.busy",
            arg=after,
            timeout=1000 * seconds,
        )

    # ---- files ----------------------------------------------------------------------------------------------------

    def save(self, kind: str, folder: Path, seconds: float = PATIENCE) -> Path:
        """Press a button below the picture, and keep the file that the browser downloads."""
        with self.tab.expect_download(timeout=1000 * seconds) as waiting:
            self.tab.click(f".rs.out [data-kind={kind}]")
        path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def load(self, path: Path) -> str:
        """Choose a file to open, and return what the page says when it is done."""
        self.tab.set_input_files(".rs.out input[type=file]", path)
        self.tab.wait_for_function("() => !document.querySelector('.rs.out [aria-busy=true]')")
        return self.tab.inner_text(".rs.out .state")

    # ---- strips ---------------------------------------------------------------------------------------------------

    def pictures(self, label: str) -> Any:
        """The pictures of a row that are buttons."""
        return self.tab.locator(f".rs.strip [aria-label='{label}'] button")
