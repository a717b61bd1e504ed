"""A page with the editor's components and a server of a few lines, for tests in the browser."""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

SIZE = 64
PLACES = [-1.0, 0.0, 1.0]
LEVELS = {"one": (40, 100, 160), "two": (70, 100, 130)}
"""Grey levels of the frames of each card: a picture at position 0 has level 100 everywhere."""
HOSTILE = '<img src=x onerror="document.title=1">'


def picture_of(level: int) -> str:
    """A grey picture as a data URI."""
    return _uri(np.full((SIZE, SIZE, 3), level, np.uint8))


def spotted(level: int) -> str:
    """A picture of level 100 with a square spot of another level at its top left, a fifth of its side wide."""
    pixels = np.full((SIZE, SIZE, 3), 100, np.uint8)
    pixels[: SIZE // 5, : SIZE // 5] = level
    return _uri(pixels)


def _uri(pixels: np.ndarray[Any, Any]) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def card(id: str, **changes: Any) -> dict[str, Any]:
    """A card of the deck; ``id`` is a key of LEVELS."""
    values = {
        "id": id, "name": f"Edit {id}", "minus": "darker", "plus": "lighter", "region": "mouth", "inside": 0.04, "outside": 0.001,
        "heat": picture_of(200), "frames": [picture_of(level) for level in LEVELS[id]], "places": PLACES, "ends": {"minus": "", "plus": "end"},
        "kept": False, "position": 0, "state": "ready", "advanced": "W+",
    }  # fmt: skip
    return {**values, **changes}


def deck(*cards: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A deck that shows these cards."""
    values = {"token": "t", "search": 1, "state": "done", "message": "", "progress": None, "more": False}
    return {**values, "cards": list(cards), "order": [one["id"] for one in cards], **changes}


@dataclass
class FakeServer:
    """What the page asked for, in order, and what it is answered."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    slow: float = 0.0
    flying: int = 0
    most_flying: int = 0

    def of(self, name: str) -> list[dict[str, Any]]:
        """The objects that were sent to one function or event."""
        return [data for called, data in self.calls if called == name]

    def wait(self, name: str, count: int = 1, seconds: float = 120) -> dict[str, Any]:
        """The last object once ``count`` have been sent."""
        end = time.monotonic() + seconds
        while len(self.of(name)) < count:
            assert time.monotonic() < end, f"{name} was sent {len(self.of(name))} times, not {count}: {self.calls}"
            time.sleep(0.02)
        return self.of(name)[-1]

    def reopen(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("reopen", data))
        self.gone.clear()
        picture = {
            "token": f"t{len(self.of('reopen'))}", "src": picture_of(100), "original": picture_of(100), "width": SIZE, "height": SIZE,
            "label": "Grey", "presets": [{"name": "mouth", "shape": {"kind": "box", "box": [0.6, 0.3, 0.2, 0.4]}}], "shapes": [], "feather": 0,
        }  # fmt: skip
        samples = [{"id": str(i), "src": picture_of(100 + i), "label": f"Seed {i}", "chosen": i == 0} for i in range(3)]
        return {
            "token": picture["token"],
            "picture": picture,
            "deck": deck(card("one"), card("two", name=HOSTILE)),
            "strip": {"pictures": samples, "action": "choose"},
        }

    def move(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("move", data))
        if data["token"] in self.gone:
            return {"error": "This session has ended.", "gone": True}
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        time.sleep(self.slow)
        self.flying -= 1
        level = 100 + sum(round(60 * p if one == "one" else 30 * p) for one, p in data["positions"].items())
        return {"src": picture_of(level), "inside": 0.031, "outside": 0.0004, "serial": data["serial"]}

    def others(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("others", data))
        return {"pictures": [{"id": "7", "src": picture_of(90), "label": "Seed 7", "chosen": False}]}

    def project(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("project", data))
        return {"project": '{"work": 1}'}

    def rename(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("rename", data))
        return {}

    def hide(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("hide", data))
        return {"deck": deck(order=["two"])}

    def cancel(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("cancel", data))
        return {}

    def save(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("save", data))
        return {
            "name": "face.png",
            "type": "image/png",
            "data": base64.b64encode(b"bytes of the picture").decode("ascii"),
        }

    def open(self, data: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(("open", data))
        return {"error": f"{data['name']} is not a project."}

    def page(self) -> Any:
        """The page: all components, with cards that arrive one by one after each change of the region."""
        import gradio as gr

        from resefa.web.components import Canvas, Cards, Out, Strip

        def region(value: dict[str, Any]) -> Any:
            self.calls.append(("input", value))
            progress = {"fraction": 0.5, "seconds_left": 3, "before": 0}
            yield Cards(deck=deck(search=2, state="searching", progress=progress, order=["one"]))
            if any(shape["kind"] == "stroke" for shape in value["shapes"]):
                return
            yield Cards(deck=deck(card("one"), search=2, state="measuring", order=["one"]))
            yield Cards(deck=deck(card("two"), search=2, state="measuring", order=["one", "two"]))
            yield Cards(deck=deck(search=2, state="done", order=["two", "one"]))

        with gr.Blocks(title="Test") as page:
            samples = Strip(title="Samples")
            with gr.Row():
                with gr.Column():
                    canvas = Canvas(server_functions=[self.reopen])
                    Out(server_functions=[self.save, self.open])
                with gr.Column():
                    names = [self.move, self.others, self.project, self.rename, self.hide, self.cancel]
                    cards = Cards(server_functions=names)
            Strip(name="others", title="Other samples")
            canvas.input(region, canvas, cards, show_progress="hidden", trigger_mode="multiple", concurrency_limit=None)
            samples.select(lambda value: self.calls.append(("select", value)), samples, None)
        return page
