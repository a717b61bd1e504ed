"""The steps of the editor for programs: Gradio API endpoints with typed parameters (``gradio_client``, HTTP, or the page's API list)."""

from __future__ import annotations

import base64
import functools
from typing import Any

import gradio as gr
from gradio.events import api as gradio_api

from resefa.editor.editor import Editor
from resefa.errors import ResefaError
from resefa.projects.shapes import shapes_from


class Endpoints:
    """The endpoints of an editor. A session is a token from ``start``; sessions rest for an hour at most."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def models(self) -> list[str]:
        """Names of the models; the first is the default."""
        return self._editor.models.names

    def start(
        self, model: str | None = None, seed: int = 0, truncation: float = 1.0, label: int | None = None
    ) -> dict[str, Any]:
        """Begin a session with a sample: its token, and the picture with its region presets."""
        session = self._editor.new_session()
        session.choose(model, seed, truncation=truncation, label=label)
        return session.picture()

    def find(self, token: str, shapes: list[dict[str, Any]], feather: float = 0.0, count: int = 4) -> dict[str, Any]:
        """Search for the edits of a region, best first, and wait for all of them: the deck of cards.

        Shapes are objects such as {"kind": "box", "mode": "edit", "box": [top, left, height, width]}, in fractions of the image.
        """
        session = self._editor.session(token)
        session.search(shapes_from(shapes), feather, count=max(1, min(int(count), 16)))
        for _ in session.updates():
            pass
        return session.news(whole=True)

    def edit(self, token: str, positions: dict[str, float]) -> dict[str, Any]:
        """Put sliders at positions from -1 to 1, by the id of a card: the exact picture, and the change inside and outside the region."""
        return self._editor.session(token).move(positions)

    def save(self, token: str, kind: str) -> dict[str, str]:
        """The result as a file, base64: kind is png, gif, mp4, directions or project."""
        saved = self._editor.session(token).save(kind)
        return {"name": saved.name, "type": saved.media_type, "data": base64.b64encode(saved.data).decode()}


def add_api(editor: Editor) -> None:
    """Add the endpoints to the page that is being built."""
    endpoints = Endpoints(editor)
    for name in ("models", "start", "find", "edit", "save"):
        gradio_api(_with_gradio_errors(getattr(endpoints, name)), api_name=name, concurrency_limit=None)


def _with_gradio_errors(step: Any) -> Any:
    @functools.wraps(step)
    def answering(*given: Any, **named: Any) -> Any:
        try:
            return step(*given, **named)
        except ResefaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return answering
