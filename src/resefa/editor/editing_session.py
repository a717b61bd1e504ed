"""One user's work in the editor: an image, a region, the cards that were found, their sliders, and the search in progress.

Methods are called from any thread. What computes runs on the editor's one thread (``work_queue.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

from resefa.directions.directions import Directions
from resefa.editor import pictures
from resefa.editor.analysis import Analysis
from resefa.editor.deck import Deck
from resefa.editor.image import EditedImage
from resefa.editor.interleaving import interleaved
from resefa.editor.opening import drawn_directions, opened
from resefa.editor.search import FIRST, MORE, prepare
from resefa.editor.search_job import Search, SearchJob, in_advance, preview_again
from resefa.editor.searches import Searches
from resefa.editor.session_jobs import SessionJobs
from resefa.editor.session_project import opened_session, session_of
from resefa.editor.work_queue import Job
from resefa.errors import UsageError, printable
from resefa.projects.opened_project import OpenedProject
from resefa.projects.project import Project
from resefa.projects.project_file import project_bytes
from resefa.projects.rendering import change_facts
from resefa.projects.saved_files import Kind, Saved, saved
from resefa.projects.shapes import Shape, marks_something, plain, region_of

if TYPE_CHECKING:
    from resefa.editor.editor import Editor

MOST_CARDS = 32
"""Cards on a page, beyond which no further edits are searched."""
OTHERS = 4
"""Number of other samples that show the same edit."""


class EditingSession:
    """The state of one browser tab, or of one client of the interface for programs.

    Attributes:
        token: the secret by which the session is found.
        deck: the cards.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.token = ""
        self.deck = Deck()
        self._image: EditedImage | None = None
        self._shapes: Sequence[Shape] = ()
        self._feather = 0.0
        self._searches = Searches()
        self._jobs = SessionJobs(editor.queue, self.deck)
        self._others: Sequence[int] = ()

    # ---- the image ------------------------------------------------------------------------------------------------

    @property
    def has_image(self) -> bool:
        """Whether an image was chosen."""
        return self._image is not None

    @property
    def image(self) -> EditedImage:
        """The image that is edited.

        Raises:
            UsageError: none was chosen.
        """
        if self._image is None:
            raise UsageError("Choose a picture first.")
        return self._image

    def choose(
        self, model: str | None = None, seed: int = 0, *, truncation: float = 1.0, label: int | str | None = None
    ) -> None:
        """Make a sample the image. The cards whose range is measured come along; another model starts without cards.

        Raises:
            UsageError: a model that is not in the list, or a condition that it does not have.
        """
        models = self._editor.models

        def made() -> EditedImage:
            return EditedImage.of(models.get(model), seed, truncation=truncation, label=label)

        self.show(self._editor.queue.quick(made))

    def show(self, image: EditedImage) -> None:
        """Make an image the image of the session; see ``choose``."""
        self.cancel()
        with self.deck.lock:
            same = self._image is not None and self._image.model is image.model
            self._image, self._shapes, self._feather = image, (), 0.0
            self._searches.leave()
            self._others = [seed for seed in range(OTHERS + 1) if seed != image.seed][:OTHERS]
            self.deck.keep_measured()
            self.deck.replace(self.deck.shown if same else [])
            along = len(self.deck) > 0
        if along:
            self._begin(lambda job: preview_again(job, self.deck, image))

    def prepare(self) -> None:
        """Compute what depends on the image alone while the user looks at it; gives way to every search."""
        image = self.image
        questions = in_advance(image, self._editor.regions_in_advance(image.model))
        self._jobs.prepare(lambda job: prepare(questions, self._editor.computing, job))

    def picture(self) -> dict[str, Any]:
        """The image, its region and the present edit as plain data for the page."""
        image = self.image
        with self.deck.lock:
            shapes, feather, cards = self._shapes, self._feather, self.deck.in_use
        shown, change = self._editor.queue.quick(lambda: image.edited(cards))
        height, width = image.generator.resolution
        return {
            "token": self.token, "label": image.label, "width": width, "height": height,
            "src": pictures.exact(shown[0]), "original": pictures.exact(image.original[0]),
            "presets": self._editor.preset_shapes(image.model), "shapes": plain(shapes), "feather": feather,
            **change_facts(change),
        }  # fmt: skip

    def samples(self, seeds: Sequence[int]) -> dict[str, Any]:
        """The strip of samples of the present model and conditions."""
        image, models = self.image, self._editor.models
        return self._strip(seeds, lambda seed: models.thumbnail(image.model.name, image.generator, seed))

    def others(self) -> dict[str, Any]:
        """The same edit on other samples."""
        image = self.image
        with self.deck.lock:
            cards, seeds = self.deck.in_use, self._others
        return self._strip(seeds if cards else (), lambda seed: pictures.frame(image.other(seed).edited(cards)[0][0]))

    def _strip(self, seeds: Sequence[int], picture: Callable[[int], str]) -> dict[str, Any]:
        """Samples as plain data for a row of the page; each picture is a piece of short work."""
        chosen, quick = self.image.seed, self._editor.queue.quick
        found = [
            {"id": str(seed), "label": f"Sample {seed}", "chosen": seed == chosen, "src": quick(partial(picture, seed))}
            for seed in seeds
        ]
        return {"token": self.token, "action": "choose", "pictures": found}

    def move(self, positions: Mapping[str, float]) -> dict[str, Any]:
        """Put sliders at positions from -1 to 1, and return the exact image with its measured change."""
        image, cards = self.image, self.deck.move(positions)
        shown, change = self._editor.queue.quick(lambda: image.edited(cards))
        return {"src": pictures.exact(shown[0]), **change_facts(change)}

    # ---- the search -----------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """Whether a search is waiting or running."""
        return self._jobs.at_work

    def search(
        self, shapes: Sequence[Shape], feather: float = 0.0, analysis: Analysis | None = None, count: int = FIRST
    ) -> bool:
        """Begin the search for the edits of a region; a search in progress is cancelled. False if no pixel is marked to edit.

        Cards that are neither kept nor in use go when the first new cards exist.

        Raises:
            RegionError: shapes that make no region of the image.
            BusyError: too many searches wait.
        """
        image = self.image
        marks = marks_something(shapes)
        if marks:
            region_of(shapes, feather, image.generator.presets).weights(*image.generator.resolution)
        self.cancel()
        with self.deck.lock:
            self._shapes, self._feather = shapes, feather
            if not marks:
                self._searches.leave()
                self.deck.keep_needed()
                self.deck.tell("done" if len(self.deck) else "empty")
                return False
            task = self._task(image, Search(shapes, feather, analysis or image.model.analysis))
        self._begin(lambda job: task.find(job, self._editor.computing, count))
        return True

    def more(self) -> bool:
        """Search for further edits of the region marked last; False if there is none, or a search is in progress."""
        image = self.image
        with self.deck.lock:
            search = self._searches.continuation()
            if search is None or not self._more_exist() or self.at_work:
                return False
            skip = self._searches.found()
            task = self._task(image, search)
        self._begin(lambda job: task.find(job, self._editor.computing, skip + MORE, skip))
        return True

    def cancel(self) -> None:
        """Stop the search in progress; the cards whose range is measured stay."""
        self._jobs.cancel()

    def close(self) -> None:
        """Stop all work for the session."""
        self.cancel()

    def updates(self) -> Iterator[dict[str, Any]]:
        """Changes of the deck until the search in progress ends, for the page: the first at once, the last when it has ended."""
        return self._jobs.until_done(self.news)

    def news(self, *, whole: bool = False) -> dict[str, Any]:
        """The cards that changed since the last call, or all, and the state and progress of the search, as plain data for the page."""
        with self.deck.lock:
            found, progress = self.deck.news(whole=whole), self._jobs.progress()
            if progress["before"] and found["state"] == "searching":
                found["state"] = "waiting"
            return {
                "token": self.token, "search": self._searches.last, **found, "progress": progress, "more": self._more_exist(),
            }  # fmt: skip

    def _more_exist(self) -> bool:
        """Whether further directions of the region marked last can be searched."""
        search = self._searches.current
        if search is None or search.directions is None or len(self.deck) + MORE > MOST_CARDS:
            return False
        return self._searches.found() + MORE <= search.directions.dimensions // 2

    def _task(self, image: EditedImage, search: Search) -> SearchJob:
        return SearchJob(self.deck, image, self._searches.add(search), search)

    def _begin(self, work: Callable[[Job[None]], None]) -> None:
        with self.deck.lock:
            self._searches.forget({card.search for card in self.deck.all})
            self._jobs.search(work)

    # ---- files ----------------------------------------------------------------------------------------------------

    def opened_project(self) -> OpenedProject:
        """The work as an opened project: the image, the regions, the directions whose range is measured, and their sliders."""
        image = self.image
        with self.deck.lock:
            return opened_session(
                image, self.deck.all, self._searches.by_number, (self._shapes, self._feather), self._others
            )

    def project_bytes(self) -> bytes:
        """The project file."""
        return project_bytes(self.opened_project().project)

    def save(self, kind: str) -> Saved:
        """A file to save: ``png``, ``gif``, ``mp4``, ``directions`` or ``project``.

        Raises:
            UsageError: another kind, or nothing to save.
            MissingExtraError: ``mp4`` without the extra ``video``.
        """
        if kind not in get_args(Kind):
            raise UsageError(f"Unknown kind {printable(kind, 20)!r}; choose one of {', '.join(get_args(Kind))}.")
        known, project = cast(Kind, kind), self.opened_project()

        def work(job: Job[Saved]) -> Saved:
            return saved(known, replace(project, generator=interleaved(project.generator, job.breathe)), job.report)

        return self._editor.queue.start(work).future.result()

    def open_file(self, name: str, data: bytes) -> None:
        """Open a file: a project replaces everything, directions become cards, a latent code becomes the image.

        Raises:
            UsageError, ProjectError, DirectionsError, LatentError, RegionError: a file of another kind, a damaged file, or contents that do
                not fit the model.
        """
        image = self.image
        found = self._editor.queue.quick(lambda: opened(data, name, image.model.generator))
        if isinstance(found, Project):
            self.open_project(found)
        elif isinstance(found, Directions):
            self._open_directions(found)
        else:
            self.show(self._editor.queue.quick(lambda: image.with_code(found)))

    def open_project(self, project: Project) -> None:
        """Replace everything by a project.

        Raises:
            UsageError: a model that is not in the editor's list.
            ProjectError: other weights.
        """

        def made() -> tuple[EditedImage, OpenedProject]:
            model = self._editor.models.get(project.model.name)
            found = OpenedProject.of(project, model.generator)
            return EditedImage(model, found.generator, found.code, project.image.seed, found.original), found

        image, found = self._editor.queue.quick(made)
        self.cancel()
        with self.deck.lock:
            self._image, self._others = image, project.others
            self._shapes, self._feather = project.shapes, project.feather
            searches, cards = session_of(found, self._searches.last + 1)
            drawn = [number for number, one in searches.items() if one.shapes == project.shapes]
            self._searches.replace(searches, max(drawn, default=None))
            self.deck.replace(cards)
            along = len(self.deck) > 0
        if along:
            self._begin(lambda job: preview_again(job, self.deck, image))

    def _open_directions(self, found: Directions) -> None:
        """Show the directions of a file as cards, measured on the present image."""
        image = self.image
        shapes, feather, fitting = drawn_directions(found, image.generator, image.code.space)
        first = fitting.chosen(range(min(len(fitting), MOST_CARDS // 2)))
        self.cancel()
        with self.deck.lock:
            self._shapes, self._feather = shapes, feather
            task = self._task(image, Search(shapes, feather, Analysis(found.provenance.space, found.provenance.layers)))
        self._begin(lambda job: task.show(job, first, fresh=True))
