"""The editor: the models, the thread that computes, the cache of Jacobians, and the sessions of all people."""

from __future__ import annotations

from typing import Any

from resefa.editor.editing_session import EditingSession
from resefa.editor.image import EditedImage
from resefa.editor.models import SAMPLES, EditorModel, EditorModels
from resefa.editor.preset_shapes import preset_shapes
from resefa.editor.search import prepare
from resefa.editor.search_job import in_advance
from resefa.editor.sessions import Sessions
from resefa.editor.work_queue import Job, WorkQueue
from resefa.errors import UsageError
from resefa.regions.region import Region
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.session import Session

CACHE = 2**29
"""Bytes of memory for Jacobians and searched subspaces of all images of all people."""
CENTRE, WHOLE = (0.3, 0.3, 0.4, 0.4), (0.05, 0.05, 0.9, 0.9)
"""Top, left, height and width of regions that are searched in advance: the first where a model has no presets, then the second."""


class GoneError(UsageError):
    """The session of a token no longer exists."""


class Editor:
    """The parts that all users of an editor share.

    Args:
        models: fixed for the life of the editor.
        sessions: the store of sessions, one for each browser tab; default: at most 64.
    """

    def __init__(self, models: EditorModels, *, sessions: Sessions[EditingSession] | None = None) -> None:
        self.models = models
        self.queue = WorkQueue()
        self.computing = Session(cache=JacobianCache(CACHE))
        self.sessions: Sessions[EditingSession] = Sessions() if sessions is None else sessions

    def new_session(self) -> EditingSession:
        """A new session, without an image."""
        session = EditingSession(self)
        session.token = self.sessions.add(session)
        return session

    def session(self, token: object) -> EditingSession:
        """The session of a token.

        Raises:
            GoneError: there is none; the browser then opens its project again.
        """
        found = self.sessions.get(token)
        if found is None:
            raise GoneError("This session has ended; reload the page.")
        return found

    def warm_up(self, seed: int) -> None:
        """Compute in advance what the first visitor needs: the samples of the strip and what depends on the first image alone."""

        def work(job: Job[None]) -> None:
            image = EditedImage.of(self.models.get(), seed)
            for number in range(SAMPLES):
                self.models.thumbnail(image.model.name, image.generator, number)
                job.report(number + 1, SAMPLES)
            prepare(in_advance(image, self.regions_in_advance(image.model)), self.computing, job)

        self.queue.start(work, background=True)

    def preset_shapes(self, model: EditorModel) -> list[dict[str, Any]]:
        """The region presets of a model, for the page."""
        return preset_shapes(model.generator.presets)

    def regions_in_advance(self, model: EditorModel) -> list[Region]:
        """The regions that are searched in advance: what a search of any region then finds in the cache depends on the image alone."""
        presets, names = model.generator.presets, model.presets
        first = Region.preset(names[0], presets) if names else Region.box(*CENTRE, unit="fraction")
        return [first, Region.box(*WHOLE, unit="fraction")]

    def close(self) -> None:
        """End all sessions and the thread that computes."""
        self.sessions.close()
        self.queue.close()
