"""The functions that the page's scripts call: each takes one object with the session's token and returns an object.

Whatever goes wrong becomes ``{"error": "One sentence."}``, with ``"gone": True`` if the session has ended: the page shows the sentence.
Nothing that a browser sends is taken for a path; files travel as base64 text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import logging
from collections.abc import Callable
from typing import Any

from resefa.editor.editing_session import EditingSession
from resefa.editor.editor import Editor, GoneError
from resefa.editor.models import SAMPLES
from resefa.errors import ResefaError, UsageError
from resefa.projects.project_file import read_project
from resefa.web import limits

Call = Callable[[dict[str, Any]], dict[str, Any]]
FIRST_SEED = 5
"""Sample with which a new session begins."""
_log = logging.getLogger(__name__)


def failure(error: Exception) -> dict[str, Any]:
    """An error as the answer of a call."""
    if isinstance(error, GoneError):
        return {"error": str(error), "gone": True}
    if isinstance(error, ResefaError):
        return {"error": str(error)}
    _log.error("a call of the page failed", exc_info=error)
    return {"error": "Something went wrong. The details are in the server's log."}


def answered(call: Call) -> Call:
    """A call whose errors become answers."""

    @functools.wraps(call)
    def answering(data: dict[str, Any]) -> dict[str, Any]:
        try:
            if not isinstance(data, dict):
                raise UsageError("The page sent something else than an object; reload the page.")
            return call(data)
        except Exception as error:
            return failure(error)

    return answering


class Calls:
    """The calls of the page, for one editor."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def functions(self) -> list[Call]:
        """All calls, under the names by which the scripts know them."""
        names = ("reopen", "move", "others", "rename", "keep", "hide", "cancel", "project", "save", "open")
        return [answered(_named(getattr(self, f"_{name}"), name)) for name in names]

    def everything(self, session: EditingSession) -> dict[str, Any]:
        """All that a page shows of a session."""
        shown = {"token": session.token, "picture": session.picture(), "deck": session.news(whole=True)}
        shown["strip"] = session.samples(strip_seeds(session.image.seed))
        session.prepare()
        return shown

    def _session(self, data: dict[str, Any]) -> EditingSession:
        return self._editor.session(data.get("token"))

    def _reopen(self, data: dict[str, Any]) -> dict[str, Any]:
        """The tab's session: that of its token, else one from the project that the tab keeps, else a new one."""
        try:
            session = self._session(data)
            if session.has_image:
                return self.everything(session)
        except GoneError:
            pass
        session = self._editor.new_session()
        project = data.get("project")
        if isinstance(project, str) and project:
            try:
                session.open_project(read_project(project.encode()))
                return self.everything(session)
            except ResefaError as error:
                session.choose(seed=FIRST_SEED)
                return {**self.everything(session), "note": f"The work of this tab could not be restored: {error}"}
        session.choose(seed=FIRST_SEED)
        return self.everything(session)

    def _move(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**self._session(data).move(_positions(data)), "serial": data.get("serial")}

    def _others(self, data: dict[str, Any]) -> dict[str, Any]:
        return self._session(data).others()

    def _rename(self, data: dict[str, Any]) -> dict[str, Any]:
        session = self._session(data)
        session.deck.rename(_text(data, "id"), _text(data, "name"))
        return {"deck": session.news()}

    def _keep(self, data: dict[str, Any]) -> dict[str, Any]:
        self._session(data).deck.keep(_text(data, "id"), data.get("kept") is True)
        return {}

    def _hide(self, data: dict[str, Any]) -> dict[str, Any]:
        session = self._session(data)
        session.deck.hide(_text(data, "id"))
        return {"deck": session.news()}

    def _cancel(self, data: dict[str, Any]) -> dict[str, Any]:
        self._session(data).cancel()
        return {}

    def _project(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"project": self._session(data).project_bytes().decode()}

    def _save(self, data: dict[str, Any]) -> dict[str, Any]:
        saved = self._session(data).save(_text(data, "kind"))
        return {"name": saved.name, "type": saved.media_type, "data": base64.b64encode(saved.data).decode()}

    def _open(self, data: dict[str, Any]) -> dict[str, Any]:
        text = _text(data, "data")
        if len(text) > limits.FILE_BYTES * 4 // 3 + 4:
            raise UsageError(f"The file is too large; at most {limits.FILE_BYTES // 2**20} MB can be opened.")
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise UsageError("The file did not arrive in full; try again.") from error
        session = self._session(data)
        session.open_file(_text(data, "name"), content)
        return self.everything(session)


def strip_seeds(seed: int | None) -> list[int]:
    """The samples in the strip: the first, and the chosen sample before them if it is another."""
    first = list(range(SAMPLES))
    return first if seed is None or seed in first else [seed, *first[:-1]]


def _named(method: Call, name: str) -> Call:
    @functools.wraps(method)
    def call(data: dict[str, Any]) -> dict[str, Any]:
        return method(data)

    call.__name__ = name
    return call


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise UsageError(f"The page sent no text for {name!r}; reload the page.")
    return value


def _positions(data: dict[str, Any]) -> dict[str, float]:
    found = data.get("positions")
    if not isinstance(found, dict) or not all(
        isinstance(value, int | float) and not isinstance(value, bool) and -1 <= value <= 1 for value in found.values()
    ):
        raise UsageError("The page sent positions of sliders that are not numbers from -1 to 1; reload the page.")
    return {str(name): float(value) for name, value in found.items()}
