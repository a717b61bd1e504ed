"""The editor in a real browser: first cards, slider to picture, and several people at once.

The server is a separate process; Chromium is driven as a person drives it, and takes its share of the same processor cores.

    python benchmarks/run.py run editor                          # about 6 minutes, on a machine with nothing else to do
    python benchmarks/run.py run editor --images 1 --moves 20 --browsers 2 --seconds 10     # a short form
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image
from reference.browser import chromium
from web.conftest import FLAGS
from web.person import Person

from benchmarks.support.results_file import loaded_machine, report

MOUTH, EYES, HAIR = (0.62, 0.34, 0.16, 0.32), (0.38, 0.25, 0.18, 0.5), (0.05, 0.2, 0.25, 0.6)
REGIONS = (MOUTH, EYES, HAIR)
REST = 20.0
"""Seconds after the last browser has closed until memory is read."""
LISTEN = """() => {
  const shown = [], timings = window.resefa.timings, push = timings.push.bind(timings);
  window.measured = { released: 0, shown };
  timings.push = (value) => { shown.push(performance.now()); return push(value); };
  document.addEventListener('change', () => { window.measured.released = performance.now(); }, true);
}"""
WAITED = """async () => {
  const m = window.measured;
  while (window.resefa.moves.busy) await new Promise((next) => setTimeout(next, 2));
  return Math.max(0, m.shown.at(-1) - m.released);  // 0: the hand had rested, and the exact picture was there before it let go
}"""
FRAMES = """() => { window.frames_seen = []; const look = (t) => { window.frames_seen.push(t); if (window.frames_seen.length < 5000) requestAnimationFrame(look); }; requestAnimationFrame(look); }"""


@contextlib.contextmanager
def served(model: str) -> Iterator[tuple[str, int]]:
    """The editor in a process; its address and process number."""
    command = [sys.executable, "-m", "resefa", "ui", model, "--port", "0", "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "http://" in line:
                yield line.split()[-1], process.pid
                break
        else:
            raise RuntimeError("the editor did not start")
    finally:
        process.terminate()
        process.wait(20)


def memory(process: int) -> float:
    """Resident memory of a process in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def cards(person: Person) -> set[str]:
    return set(person.tab.evaluate("() => Object.keys(window.resefa.parts.cards.positions())"))


def seconds_until(condition: Callable[[], bool], most: float = 120) -> float:
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > most:
            raise TimeoutError("the page did not reach the expected state")
        time.sleep(0.01)
    return time.monotonic() - began


def searches(person: Person, seeds: range, look: float) -> list[dict[str, float]]:
    """Times from the end of a drag to the first card and to the last complete card: a first and a second region on each image."""
    rows = []
    for seed in seeds:
        person.choose(seed)
        time.sleep(look)
        row: dict[str, float] = {}
        for name, region in (("first", MOUTH), ("second", EYES)):
            before = cards(person)
            person.box(*region)
            row[f"{name} region, first card"] = seconds_until(lambda before=before: bool(cards(person) - before))
            began = time.monotonic()
            person.wait_until_done(120)
            row[f"{name} region, all cards"] = row[f"{name} region, first card"] + time.monotonic() - began
        rows.append(row)
    return rows


def slides(person: Person, moves: int) -> dict[str, list[float]]:
    """Milliseconds from the release of a slider to the exact picture, and of the request alone; intervals of frames while the hand moves."""
    person.tab.evaluate(LISTEN)
    person.tab.evaluate(FRAMES)
    chance, released = Random(7), []
    most = min(person.cards().count(), 3)
    before = person.moves()
    for number in range(moves):
        person.slide(number % most, chance.randrange(-100, 101), steps=10)
        released.append(person.tab.evaluate(WAITED))
    asked = person.tab.evaluate("before => window.resefa.timings.slice(before)", before)
    times = person.tab.evaluate("() => window.frames_seen")
    return {"released": released, "asked": asked, "frames": list(np.diff(times))}


@dataclass
class Load:
    """One of several people at once, and what they must find unchanged at the end."""

    person: Person
    number: int
    original: bytes = b""
    name: str = ""
    searches: int = 0
    moves: int = 0
    errors: list[str] = field(default_factory=list)


def crowd(browser: Any, url: str, people: int, seconds: float) -> list[Load]:
    """Several people, each with a different sample and region, who draw, search, slide and rename in turn, without waiting for each other."""
    chance = Random(3)
    loads = []
    for number in range(people):
        person = Person(browser.new_context(viewport={"width": 1280, "height": 900}), url)
        person.tab.set_default_timeout(60_000)
        person.choose(1 + number)
        loads.append(Load(person, number, person.pixels().tobytes(), f"person {number}"))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for load in loads:
            person = load.person
            searching = person.tab.evaluate("() => !document.querySelector('.rs.cards .progress').hidden")
            if person.cards().count() == 0 or (not searching and chance.random() < 0.15):
                if not searching:
                    person.box(*REGIONS[(load.number + load.searches) % len(REGIONS)])
                    load.searches += 1
            elif person.cards().count():
                person.slide(0, chance.randrange(-100, 101), steps=4)
                load.moves += 1
    return loads


def check(load: Load, folder: Path) -> None:
    """At the end: the project's replay is the picture, and the picture without edits is that of the person's sample."""
    from resefa.cli import main

    person = load.person
    person.wait_until_done(240)
    for sheet in (person.save("png", folder), person.save("project", folder)):
        sheet.rename(folder / f"{load.number}{sheet.suffix}")
    with contextlib.redirect_stdout(io.StringIO()):
        main.app(
            ["replay", str(folder / f"{load.number}.json"), "-o", str(folder / f"replay{load.number}")],
            standalone_mode=False,
        )
    saved = np.asarray(Image.open(folder / f"{load.number}.png").convert("RGB"))
    replayed = [np.asarray(Image.open(path).convert("RGB")) for path in (folder / f"replay{load.number}").glob("*.png")]
    if not any(picture.shape == saved.shape and (picture == saved).all() for picture in replayed):
        load.errors.append("the replay of the project differs from the picture")
    if not person.tab.is_disabled(".rs.cards [data-do=reset]"):
        before = person.moves()
        person.tab.click(".rs.cards [data-do=reset]")
        person.settled(before, 120)
    if person.pixels().tobytes() != load.original:
        load.errors.append("without edits the picture is not that of the sample")
    load.errors += person.complaints


def spread(values: list[float], form: str = "{:.2f}") -> str:
    """Median, and the range in brackets."""
    return f"{form.format(statistics.median(values))} ({form.format(min(values))} to {form.format(max(values))})"


def quantile(values: list[float], part: float) -> float:
    return round(float(np.quantile(values, part)), 1)


def result_of(options: argparse.Namespace) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with served(options.model) as (url, process), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        person = Person(browser.new_context(viewport={"width": 1280, "height": 900}), url)
        # Other images each time: what was searched on an image stays in the server's cache.
        at_once = searches(person, range(1, options.images + 1), 0.0)
        looked = searches(person, range(options.images + 1, 2 * options.images + 1), options.look)
        times = slides(person, options.moves)
        person.tab.context.close()
        time.sleep(REST if options.seconds > 60 else 2)
        before = memory(process)
        loads = crowd(browser, url, options.browsers, options.seconds)
        highest = memory(process)
        with tempfile.TemporaryDirectory() as folder:
            for load in loads:
                check(load, Path(folder))
        for load in loads:
            load.person.tab.context.close()
        time.sleep(REST if options.seconds > 60 else 2)
        after = memory(process)
        browser.close()
    errors = [f"person {load.number}: {error}" for load in loads for error in load.errors]
    return {
        "title": "The editor in a browser",
        "kind": "speed",
        "order": 40,
        "benchmark": f"editor --model {options.model}",
        "about": f"`resefa ui` with `{options.model}` and headless Chromium on the same cores, driven with the mouse.",
        "machine": loaded_machine(),
        "tables": [
            {
                "id": "editor-search",
                "caption": "Seconds from the end of the drag; median and range over images.",
                "columns": [{"name": ""}, {"name": "drawn at once", "unit": "s"}, {"name": f"after {options.look:g} s of looking", "unit": "s"}],
                "rows": [[name, spread([row[name] for row in at_once]), spread([row[name] for row in looked])] for name in at_once[0]],
            },
            {
                "id": "editor-slider",
                "caption": f"Milliseconds over {options.moves} moves of a slider.",
                "columns": [{"name": ""}, {"name": "median", "format": ".1f"}, {"name": "95th percentile", "format": ".1f"}, {"name": "largest", "format": ".1f"}],
                "rows": [
                    [name, quantile(times[key], 0.5), quantile(times[key], 0.95), quantile(times[key], 1.0)]
                    for name, key in (
                        ("release of the slider to the exact picture", "released"),
                        ("request to the exact picture", "asked"),
                        ("between two frames on the screen", "frames"),
                    )
                ],
            },
            {
                "id": "editor-crowd",
                "caption": f"{options.browsers} browsers at once for {options.seconds:g} s, each with another sample.",
                "columns": [{"name": ""}, {"name": "value"}],
                "rows": [
                    ["searches", sum(load.searches for load in loads)],
                    ["slider moves", sum(load.moves for load in loads)],
                    ["errors and mixed states", len(errors)],
                    ["server's memory before, at the end of the load, after", f"{before:.0f}, {highest:.0f}, {after:.0f} MB"],
                ],
            },
        ],
        "notes": errors[:10],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="toon-faces")
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument(
        "--look", type=float, default=4.0, help="seconds between the choice of an image and the first region"
    )
    parser.add_argument("--moves", type=int, default=200)
    parser.add_argument("--browsers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--save", action="store_true", help="write benchmarks/results/editor.json")
    options = parser.parse_args()
    report(result_of(options), "editor", options.save)


if __name__ == "__main__":
    main()
