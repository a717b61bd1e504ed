"""The steps behind the page's controls: each event of the page calls one, with plain values, and gets updates of the components."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import gradio as gr

from resefa.editor.analysis import Analysis
from resefa.editor.editing_session import EditingSession
from resefa.editor.editor import Editor
from resefa.errors import UsageError
from resefa.projects.shapes import shapes_from
from resefa.web.calls import failure, strip_seeds
from resefa.web.components import Canvas, Cards, Strip

MODEL_DEFAULT = "as the model suggests"
"""The choice of the space that leaves it to the model."""
_SURPRISES = 10**6
Updates = Iterator[Any]


class Steps:
    """The steps of an editor's page."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def search(
        self, canvas: Any, space: str, layers: str, rows: float | None, solver: str, tau: float | None
    ) -> Updates:
        """The region changed: search for its edits, and show them as they are found."""
        try:
            session = self._session(canvas)
            analysis = _analysis(session, space, layers, rows, solver, tau)
            session.search(shapes_from(canvas.get("shapes")), _feather(canvas), analysis)
        except Exception as error:
            yield _failed(canvas, error)
            return
        yield from map(_cards, session.updates())

    def more(self, canvas: Any) -> Updates:
        """Search for further edits of the region."""
        try:
            session = self._session(canvas)
            session.more()
        except Exception as error:
            yield _failed(canvas, error)
            return
        yield from map(_cards, session.updates())

    def follow(self, canvas: Any, request: gr.Request) -> Updates:
        """A tab shows a session, perhaps in the middle of a search: show the rest of the search."""
        try:
            session = self._session(canvas)
            self._editor.sessions.shown_in(session.token, str(request.session_hash))
        except Exception as error:
            yield _failed(canvas, error)
            return
        for deck in session.updates():
            yield [Cards(deck=deck), session.image.seed]

    def leave(self, request: gr.Request) -> None:
        """A tab was closed or loaded again."""
        self._editor.sessions.left_by(str(request.session_hash))

    def choose_picture(self, strip: Any, model: str, truncation: float, label: float | None) -> Updates:
        """A sample of a strip was chosen."""
        yield from self._chosen(strip, model, _seed((strip or {}).get("id")), truncation, label)

    def choose(self, canvas: Any, model: str, seed: float | None, truncation: float, label: float | None) -> Updates:
        """A number, a truncation or a class was entered."""
        yield from self._chosen(canvas, model, _seed(seed), truncation, label)

    def surprise(self, canvas: Any, model: str, truncation: float, label: float | None) -> Updates:
        """Any other sample was asked for."""
        yield from self._chosen(canvas, model, secrets.randbelow(_SURPRISES), truncation, label)

    def choose_model(self, canvas: Any, model: str, seed: float | None) -> Updates:
        """Another model was chosen: its controls appear, and the work begins again."""
        try:
            opened = self._editor.queue.quick(lambda: self._editor.models.get(model))
        except Exception as error:
            yield [gr.skip(), _failed(canvas, error), *[gr.skip()] * 6]
            return
        controls = [
            gr.Slider(value=1, visible=opened.truncates),
            gr.Number(value=None, visible=bool(opened.generator.classes)),
            gr.Dropdown([MODEL_DEFAULT, *opened.generator.spaces], value=MODEL_DEFAULT),
        ]
        for shown in self._chosen(canvas, model, _seed(seed), 1.0, None):
            yield [*shown, *controls]

    def _chosen(self, sender: Any, model: str, seed: int, truncation: float, label: float | None) -> Updates:
        """Show a sample: picture, cards, both strips and the number; then new previews of the cards that stay."""
        try:
            session = self._session(sender)
            session.choose(model, seed, truncation=truncation, label=None if label is None else int(label))
            picture, strip = session.picture(), session.samples(strip_seeds(seed))
        except Exception as error:
            yield [gr.skip(), _failed(sender, error), gr.skip(), gr.skip(), gr.skip()]
            return
        deck = session.news(whole=True)
        yield [Canvas(picture=picture), Cards(deck=deck), Strip(strip=strip), Strip(strip=session.others()), seed]
        for deck in session.updates():
            yield [gr.skip(), Cards(deck=deck), gr.skip(), gr.skip(), gr.skip()]
        session.prepare()

    def _session(self, sender: Any) -> EditingSession:
        if not isinstance(sender, dict):
            raise UsageError("The page is not ready yet; try again in a second.")
        return self._editor.session(sender.get("token"))


def _cards(deck: dict[str, Any]) -> Cards:
    return Cards(deck=deck)


def _failed(sender: Any, error: Exception) -> Cards:
    """The deck that shows an error; cards stay as they are."""
    answer = failure(error)
    token = sender.get("token") if isinstance(sender, dict) else None
    deck = {
        "token": token,
        "state": "error",
        "message": answer["error"],
        "gone": answer.get("gone", False),
        "cards": [],
    }
    return Cards(deck=deck)


def _analysis(
    session: EditingSession, space: str, layers: str, rows: float | None, solver: str, tau: float | None
) -> Analysis:
    """The options of the search, from the controls under Advanced."""
    default = session.image.model.analysis
    given = default.with_options(
        space=None if space == MODEL_DEFAULT else space, layers=layers.strip() or None, solver=solver, tau=tau
    )
    return given if rows is None else given.at_rows(session.image.generator, int(rows))


def _feather(canvas: dict[str, Any]) -> float:
    value = canvas.get("feather")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError("The soft edge is not a number; reload the page.")
    return float(value)


def _seed(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise UsageError("The sample is not a whole number; give 0 or more.") from error
