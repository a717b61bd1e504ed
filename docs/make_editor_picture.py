"""The picture that opens README: a real session of the editor in Chromium, frame by frame: python docs/make_editor_picture.py.

Needs the extras ``editor`` and ``test``, and Chromium. Nothing is staged: the frames are screenshots with the times at which they were taken;
waits longer than ``LONGEST`` are shortened to it.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from playwright.sync_api import sync_playwright  # noqa: E402
from reference.browser import chromium  # noqa: E402
from web.conftest import FLAGS  # noqa: E402
from web.person import Person  # noqa: E402

PICTURE = Path(__file__).resolve().parent / "pictures" / "editor.webp"
WINDOW = {"width": 1180, "height": 720}
WIDTH = 760
"""Width of the picture; the window is larger so that both columns fit."""
LONGEST, LAST = 0.9, 2.0
"""Seconds that a frame stays at most, and the last frame."""
MOUTH, EYES = (0.66, 0.35, 0.2, 0.31), (0.4, 0.2, 0.25, 0.6)


class Recording:
    """Screenshots with times, and the position of the mouse, which screenshots do not show."""

    def __init__(self, person: Person) -> None:
        self.person, self.frames, self.times = person, [], []
        self.mouse = (WINDOW["width"] / 2, 40.0)

    def snap(self) -> None:
        """Take a frame."""
        shot = Image.open(io.BytesIO(self.person.tab.screenshot())).convert("RGB")
        x, y = self.mouse
        arrow = [(x, y), (x, y + 19), (x + 4.6, y + 14.8), (x + 7.8, y + 21.5), (x + 10.8, y + 20), (x + 7.6, y + 13.6), (x + 13.4, y + 13.2)]  # fmt: skip
        draw = ImageDraw.Draw(shot)
        draw.polygon(arrow, fill="black", outline="white")
        height = round(shot.height * WIDTH / shot.width)
        self.frames.append(shot.resize((WIDTH, height), Image.Resampling.LANCZOS))
        self.times.append(time.monotonic())

    def go(self, x: float, y: float, steps: int = 5) -> None:
        """Move the mouse, with a frame at each step."""
        from_x, from_y = self.mouse
        for step in range(1, steps + 1):
            self.mouse = from_x + (x - from_x) * step / steps, from_y + (y - from_y) * step / steps
            self.person.tab.mouse.move(*self.mouse)
            self.snap()

    def wait(self, seconds: float) -> None:
        """Watch the page."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.person.tab.wait_for_timeout(120)
            self.snap()

    def box(self, top: float, left: float, height: float, width: float) -> None:
        """Draw a box."""
        self.go(*self.person.at(top, left))
        self.person.tab.mouse.down()
        self.go(*self.person.at(top + height, left + width), steps=7)
        self.person.tab.mouse.up()
        self.snap()

    def until_done(self) -> None:
        """Watch until the search has ended."""
        while not self.person.tab.evaluate("() => document.querySelector('.rs.cards .progress').hidden"):
            self.person.tab.wait_for_timeout(500)
            self.snap()

    def slide(self, card: int, percents: list[int]) -> None:
        """Drag a slider over positions."""
        slider = self.person.cards().nth(card).locator("input[type=range]")
        slider.scroll_into_view_if_needed()
        place = slider.bounding_box()

        def x(value: int) -> float:
            return place["x"] + 9 + (value + 100) / 200 * (place["width"] - 18)

        y = place["y"] + place["height"] / 2
        self.go(x(0), y)
        self.person.tab.mouse.down()
        for percent in percents:
            self.go(x(percent), y, steps=5)
        self.person.tab.mouse.up()
        self.wait(0.5)

    def save(self, path: Path) -> None:
        """Write the animation."""
        shown = [min(later - now, LONGEST) for now, later in zip(self.times, self.times[1:], strict=False)]
        durations = [max(40, round(1000 * seconds)) for seconds in (*shown, LAST)]
        first, *rest = self.frames
        first.save(path, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, quality=70, method=4, minimize_size=True)  # fmt: skip
        print(
            f"{path.name}: {len(self.frames)} frames, {sum(durations) / 1000:.0f} s, {path.stat().st_size / 1e6:.1f} MB"
        )


def session(tab: Recording) -> None:
    """The session: a laugh, closed eyes, and the picture is saved."""
    person = tab.person
    person.tab.evaluate("() => document.querySelector('#resefa-canvas').scrollIntoView()")
    tab.wait(0.6)
    tab.box(*MOUTH)
    tab.until_done()
    tab.slide(0, [60, -85])
    tab.box(*EYES)
    tab.until_done()
    tab.slide(0, [70, -95])
    tab.wait(1.2)


def main() -> None:
    command = [sys.executable, "-m", "resefa", "ui", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout is not None
        address = next(line.split()[-1] for line in server.stdout if "http://" in line)
        with sync_playwright() as playwright:
            browser: Any = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            person = Person(browser.new_context(viewport=WINDOW), address)
            person.tab.wait_for_timeout(8000)  # the image is prepared, as while a person looks at it
            tab = Recording(person)
            session(tab)
            tab.save(PICTURE)
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
