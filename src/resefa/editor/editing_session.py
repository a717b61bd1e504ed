"""One person's work in the editor: an image, a region, the cards that were found, their sliders, and the search in progress.

Methods are called from any thread. What computes runs on the editor's one thread (``work_queue.py``). The lock guards the state alone and is
never held while work is awaited: a job that runs may need it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from resefa.directions.directions import Directions
from resefa.directions.facts import DirectionFacts
from resefa.editing.strength_range import profile_of
from resefa.editor import pictures
from resefa.editor.analysis import Analysis
from resefa.editor.card import LONGEST_NAME, SMOOTH, Card, Preview
from resefa.editor.image import EditedImage
from resefa.editor.interleaving import interleaved
from resefa.editor.opening import opened
from resefa.editor.search import FIRST, MORE, Question, marked_part, prepare
from resefa.editor.work_queue import BusyError, Job
from resefa.errors import CancelledError, DirectionsError, ProjectError, ResefaError, UsageError, printable
from resefa.metrics.change import Change
from resefa.projects.opened_project import OpenedProject
from resefa.projects.project import Project, ProjectCard, ProjectModel, ProjectSearch, SearchOptions
from resefa.projects.project_file import project_bytes
from resefa.projects.saved_files import Kind, Saved, saved
from resefa.projects.shapes import Shape, marks_something, plain, region_of, shapes_of
from resefa.regions.region import Region

if TYPE_CHECKING:
    from resefa.editor.editor import Editor

MOST_CARDS = 32
"""Cards on a page; further searches replace cards that are neither kept nor in use."""
OTHERS = 4
"""Number of other samples that show the same edit."""
_TICK = 0.1
"""Seconds between looks at a job's progress."""


@dataclass
class Search:
    """A search that was made: what was marked, how, and what was found.

    Attributes:
        shapes, feather: the region as drawn.
        analysis: options.
        directions: those that are measured so far; None before the first.
        label: short name of the region.
        first: number of the first search in the same region of the same image; None: this search.
    """

    shapes: Sequence[Shape]
    feather: float
    analysis: Analysis
    directions: Directions | None = None
    label: str = ""
    first: int | None = None

    def measured(self) -> Directions:
        """The directions that are measured.

        Raises:
            UsageError: there are none yet.
        """
        if self.directions is None:
            raise UsageError("The edits are still being measured; try again in a few seconds.")
        return self.directions


class EditingSession:
    """The state of one browser tab, or of one client of the interface for programs.

    Attributes:
        token: the secret by which the session is found.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self.token = ""
        self._lock = threading.RLock()
        self._image: EditedImage | None = None
        self._shapes: Sequence[Shape] = ()
        self._feather = 0.0
        self._searches: dict[int, Search] = {}
        self._last = 0
        self._cards: dict[str, Card] = {}
        self._order: list[str] = []
        self._changed: set[str] = set()
        self._job: Job[None] | None = None
        self._preparation: Job[None] | None = None
        self._state, self._message = "empty", ""
        self._others: tuple[int, ...] = ()

    @property
    def has_image(self) -> bool:
        """Whether an image was chosen."""
        return self._image is not None

    # ---- the image ------------------------------------------------------------------------------------------------

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
        """Make a sample the image. Cards that are kept or in use come along, others go; another model starts anew.

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
        with self._lock:
            before, self._image = self._image, image
            self._shapes, self._feather, self._last = (), 0.0, self._last + 1
            others = [seed for seed in range(OTHERS + 1) if seed != image.seed]
            self._others = tuple(others[:OTHERS])
            same = before is not None and before.model is image.model
            kept = [card for card in self._cards.values() if same and not card.hidden and (card.kept or card.position)]
            self._cards = {card.id: card for card in kept}
            self._order = [name for name in self._order if name in self._cards]
            self._changed = set(self._cards)
            self._state, self._message = ("done" if kept else "empty"), ""
        if kept:
            self._begin(self._preview_again)
        else:
            self._prepare()

    def picture(self) -> dict[str, Any]:
        """The image, its region and the present edit as plain data for the page."""
        image = self.image
        with self._lock:
            shapes, feather, cards = self._shapes, self._feather, self._in_use()
        shown, change = self._editor.queue.quick(lambda: image.edited(cards))
        height, width = image.generator.resolution
        return {
            "token": self.token, "label": image.label, "width": width, "height": height,
            "src": pictures.exact(shown[0]), "original": pictures.exact(image.original[0]),
            "presets": self._editor.preset_shapes(image.model), "shapes": plain(shapes), "feather": feather,
            **_numbers(change),
        }  # fmt: skip

    def samples(self, seeds: Sequence[int]) -> dict[str, Any]:
        """The strip of samples of the present model and conditions."""
        image = self.image
        found = [
            {
                "id": str(seed), "label": f"Sample {seed}", "chosen": seed == image.seed,
                "src": self._editor.queue.quick(lambda seed=seed: self._editor.models.thumbnail(image.model.name, image.generator, seed)),
            }
            for seed in seeds
        ]  # fmt: skip
        return {"token": self.token, "action": "choose", "pictures": found}

    # ---- the search -----------------------------------------------------------------------------------------------

    @property
    def at_work(self) -> bool:
        """Whether a search is waiting or running."""
        job = self._job
        return job is not None and not job.done

    def search(
        self, shapes: Sequence[Shape], feather: float = 0.0, analysis: Analysis | None = None, count: int = FIRST
    ) -> bool:
        """Begin the search for the edits of a region; a search in progress is cancelled. False if no pixel is marked.

        Cards that are neither kept nor in use go when the first new cards exist.

        Raises:
            RegionError: shapes that make no region.
            BusyError: too many searches wait.
        """
        image = self.image
        marks = marks_something(shapes)
        region = region_of(shapes, feather, image.generator.presets) if marks else None
        if region is not None:
            region.weights(*image.generator.resolution)  # a region that is empty or too large is refused at once
        self.cancel()
        with self._lock:
            self._shapes, self._feather = shapes, feather
            if region is None:
                self._drop_unused()
                self._last += 1
                self._state, self._message = ("done" if self._order else "empty"), ""
                return False
            number = self._last = self._last + 1
            self._searches[number] = Search(shapes, feather, analysis or image.model.analysis)
        question = Question(image.generator, image.code, region, self._searches[number].analysis, count)
        self._begin(lambda job: self._find(job, number, image, question))
        return True

    def more(self) -> bool:
        """Search for further edits of the region marked last; False if there is none."""
        image = self.image
        with self._lock:
            search = self._searches.get(self._last)
            if search is None or not self._more_exist() or self.at_work:
                return False
            skip = self._found()
            number = self._last = self._last + 1
            self._searches[number] = Search(search.shapes, search.feather, search.analysis, first=search.first)
        region = region_of(search.shapes, search.feather, image.generator.presets)
        question = Question(image.generator, image.code, region, search.analysis, skip + MORE)
        self._begin(lambda job: self._find(job, number, image, question, skip))
        return True

    def cancel(self) -> None:
        """Stop the search in progress; what was found so far stays."""
        with self._lock:
            for job in (self._job, self._preparation):
                if job is not None:
                    job.cancel()
            if self.at_work:
                self._state, self._message = "cancelled", ""

    def close(self) -> None:
        """Stop all work for the session."""
        self.cancel()

    def updates(self) -> Iterator[dict[str, Any]]:
        """What changes in the deck of cards until the search in progress ends, for the page: the first at once, the last when it has ended."""
        job = self._job
        while job is not None and job is self._job and not job.done:
            yield self.deck(job)
            job.wait(_TICK)
        yield self.deck()

    def deck(self, job: Job[None] | None = None, *, whole: bool = False) -> dict[str, Any]:
        """The cards that changed since the last call, the order of all cards and the state of the search, as plain data for the page.

        Args:
            job: whose progress is told.
            whole: all cards, changed or not.
        """
        with self._lock:
            job = job or (self._job if self.at_work else None)
            shown = [name for name in self._order if whole or name in self._changed]
            self._changed.clear()
            before = 0 if job is None else job.before
            state = "waiting" if before and self._state == "searching" else self._state
            visible = job is not None and not job.done
            return {
                "token": self.token, "search": self._last, "state": state, "message": self._message,
                "progress": {
                    "fraction": job.fraction if visible and job is not None else None,
                    "seconds_left": job.seconds_left if visible and job is not None else None, "before": before,
                },
                "cards": [self._cards[name].shown() for name in shown], "order": list(self._order),
                "more": self._more_exist(),
            }  # fmt: skip

    # ---- the cards ------------------------------------------------------------------------------------------------

    def move(self, positions: Mapping[str, float]) -> dict[str, Any]:
        """Put sliders at positions, and return the exact image with its measured change.

        Raises:
            UsageError: a position that is not a number from -1 to 1.
        """
        image = self.image
        with self._lock:
            for name, position in positions.items():
                if name in self._cards:
                    self._cards[name] = self._cards[name].moved(position)
            cards = self._in_use()
        shown, change = self._editor.queue.quick(lambda: image.edited(cards))
        return {"src": pictures.exact(shown[0]), **_numbers(change)}

    def others(self) -> dict[str, Any]:
        """The same edit on other samples."""
        image = self.image
        with self._lock:
            cards, seeds = self._in_use(), self._others

        def picture(seed: int) -> str:
            other = EditedImage.of(
                image.model,
                seed,
                truncation=image.generator.conditions.truncation,
                label=image.generator.conditions.label,
            )
            return pictures.frame(other.edited(cards)[0][0])

        found = [
            {"id": str(seed), "label": f"Sample {seed}", "chosen": False, "src": self._editor.queue.quick(lambda seed=seed: picture(seed))}
            for seed in (seeds if cards else ())
        ]  # fmt: skip
        return {"token": self.token, "action": "choose", "pictures": found}

    def rename(self, name: str, title: str) -> None:
        """Give a card a name; empty text restores the caption."""
        words = printable(" ".join(str(title).split()), LONGEST_NAME)
        with self._lock:
            self._cards[name] = replace(self._card(name), name=words or None)
            self._changed.add(name)

    def keep(self, name: str, kept: bool) -> None:
        """Keep a card when another region is marked, or no longer."""
        with self._lock:
            self._cards[name] = replace(self._card(name), kept=bool(kept))
            self._changed.add(name)

    def hide(self, name: str) -> dict[str, Any]:
        """Put a card away; its edit is no longer applied. Returns the deck."""
        with self._lock:
            self._cards[name] = replace(self._card(name), hidden=True, position=0.0)
            self._order = [other for other in self._order if other != name]
        return self.deck()

    # ---- files ----------------------------------------------------------------------------------------------------

    def project(self) -> Project:
        """The work as a document: the image, the regions, the directions whose range is measured, and their sliders."""
        return self._opened().project

    def project_bytes(self) -> bytes:
        """The project file."""
        return project_bytes(self.project())

    def save(self, kind: str) -> Saved:
        """A file to save: ``png``, ``gif``, ``mp4``, ``directions`` or ``project``.

        Raises:
            UsageError: another kind, or nothing to save.
            MissingExtraError: ``mp4`` without the extra ``video``.
        """
        if kind not in get_args(Kind):
            raise UsageError(f"Unknown kind {printable(kind, 20)!r}; choose one of {', '.join(get_args(Kind))}.")
        known = cast(Kind, kind)
        opened = self._opened()

        def work(job: Job[Saved]) -> Saved:
            return saved(known, replace(opened, generator=interleaved(opened.generator, job.breathe)), job.report)

        return self._editor.queue.start(work).future.result()

    def open_file(self, name: str, data: bytes) -> None:
        """Open a file: a project replaces everything, directions become cards, a latent code becomes the image.

        Raises:
            UsageError, ProjectError, DirectionsError, LatentError, RegionError: a file of another kind, a damaged file, or contents that do not
                fit the model.
        """
        image = self.image
        found = self._editor.queue.quick(lambda: opened(data, name, image.model.generator))
        if isinstance(found, Project):
            self.open_project(found)
        elif isinstance(found, Directions):
            self._open_directions(found)
        else:
            conditions = image.generator.conditions

            def made() -> EditedImage:
                return EditedImage.of(
                    image.model, None, code=found, truncation=conditions.truncation, label=conditions.label
                )

            self.show(self._editor.queue.quick(made))

    def open_project(self, project: Project) -> None:
        """Replace everything by a project.

        Raises:
            ProjectError: a model that is not in the editor's list, or other weights.
        """
        models = self._editor.models
        if project.model.name not in models.names:
            raise ProjectError(
                f"The project was made with the model {printable(project.model.name, 60)}, which this editor does not offer; its models: {', '.join(models.names)}."
            )

        def made() -> tuple[EditedImage, OpenedProject]:
            model = models.get(project.model.name)
            found = OpenedProject.of(project, model.generator)
            return EditedImage(model, found.generator, found.code, project.image.seed, found.original), found

        image, found = self._editor.queue.quick(made)
        self.cancel()
        with self._lock:
            self._image, self._others = image, project.others or self._others
            self._shapes, self._feather = project.shapes, project.feather
            offset = self._last + 1
            self._searches = {
                offset + place: Search(
                    one.shapes, one.feather, Analysis(**msgspec.structs.asdict(one.options)), directions, one.label,
                    None if one.continues is None else offset + one.continues,
                )
                for place, (one, directions) in enumerate(zip(project.searches, found.directions, strict=True))
            }  # fmt: skip
            current = [number for number, one in self._searches.items() if one.shapes == project.shapes]
            self._last = max(current, default=offset + len(project.searches))
            cards = [
                Card(
                    f"{offset + card.search}-{card.direction}", offset + card.search, found.direction(card),
                    project.searches[card.search].label or "region", card.name, card.kept, card.hidden, card.position,
                )
                for card in project.cards
            ]  # fmt: skip
            self._cards = {card.id: card for card in cards}
            self._order = [card.id for card in cards if not card.hidden]
            self._changed = set(self._cards)
            self._state, self._message = ("done" if self._order else "empty"), ""
        if self._order:
            self._begin(self._preview_again)

    def _open_directions(self, found: Directions) -> None:
        """Show the directions of a file as cards, measured on the present image."""
        image = self.image
        height, width = image.generator.resolution
        if reason := found.check_fits(image.generator, image.code.space):
            raise DirectionsError(reason)
        region = Region.parse(found.provenance.region, image.generator.presets, files=False)
        shapes, feather = shapes_of(region, height, width)
        region_of(shapes, feather, image.generator.presets).weights(height, width)
        self.cancel()
        with self._lock:
            number = self._last = self._last + 1
            self._shapes, self._feather = shapes, feather
            analysis = Analysis(found.provenance.space, found.provenance.layers)
            self._searches[number] = Search(shapes, feather, analysis)
        self._begin(lambda job: self._measure(job, number, image, found.chosen(range(min(len(found), MOST_CARDS)))))

    def _opened(self) -> OpenedProject:
        """The project of the present state, opened: with the very directions and the original of this session."""
        image = self.image
        with self._lock:
            cards = [self._cards[name] for name in [*self._order, *(set(self._cards) - set(self._order))]]
            ready = [card for card in cards if profile_of(card.direction) is not None]
            numbers = sorted({card.search for card in ready})
            places = {number: place for place, number in enumerate(numbers)}
            searches = [self._searches[number] for number in numbers]
            project = Project(
                model=ProjectModel(image.model.name, image.model.generator.fingerprint),
                image=image.described(),
                others=self._others,
                shapes=tuple(self._shapes),
                feather=self._feather,
                searches=tuple(
                    ProjectSearch.of(
                        tuple(one.shapes), one.feather, SearchOptions(**asdict(one.analysis)), one.measured(), one.label,
                        None if one.first is None else places.get(one.first),
                    )
                    for one in searches
                ),
                cards=tuple(
                    ProjectCard(
                        places[card.search], card.direction.index, card.name, card.title, card.kept, card.hidden, card.position
                    )
                    for card in ready
                ),
            )  # fmt: skip
        return OpenedProject(
            project, image.generator, image.code, image.original, tuple(one.measured() for one in searches)
        )

    # ---- within -----------------------------------------------------------------------------------------------------

    def _card(self, name: object) -> Card:
        card = self._cards.get(name) if isinstance(name, str) else None
        if card is None:
            raise UsageError("This edit no longer exists; reload the page.")
        return card

    def _in_use(self) -> list[Card]:
        return [self._cards[name] for name in self._order if self._cards[name].position]

    def _drop_unused(self) -> None:
        for name, card in list(self._cards.items()):
            if not card.kept and not card.position:
                del self._cards[name]
        self._order = [name for name in self._order if name in self._cards]

    def _found(self) -> int:
        """The number of directions that searches of the present region have found."""
        first = self._first_of(self._last)
        found = [one.directions for number, one in self._searches.items() if self._first_of(number) == first]
        return sum(len(directions) for directions in found if directions is not None)

    def _first_of(self, number: int) -> int | None:
        """The first search in the region of a search; None for a number without a search."""
        search = self._searches.get(number)
        return None if search is None else search.first or number

    def _more_exist(self) -> bool:
        """Whether further directions of the region marked last can be searched."""
        search = self._searches.get(self._last)
        if search is None or search.directions is None or len(self._order) >= MOST_CARDS:
            return False
        return self._found() + MORE <= search.directions.dimensions // 2

    def _begin(self, work: Callable[[Job[None]], None]) -> None:
        with self._lock:
            self._state, self._message = "searching", ""
            self._job = self._editor.queue.start(lambda job: self._guarded(job, work))

    def _guarded(self, job: Job[None], work: Callable[[Job[None]], None]) -> None:
        """Run a job; its error becomes the message of the deck."""
        try:
            work(job)
        except CancelledError:
            self._end(job, "cancelled", "")
        except ResefaError as error:
            self._end(job, "error", str(error))
        except Exception:
            self._end(job, "error", "Something went wrong in the search. The details are in the server's log.")
            raise
        else:
            self._end(job, "done", "")

    def _end(self, job: Job[None], state: str, message: str) -> None:
        with self._lock:
            if self._job is job:
                self._state, self._message = state, message

    def _tell(self, job: Job[None], state: str) -> None:
        with self._lock:
            if self._job is job and not job.cancellation.cancelled:
                self._state = state

    def _put(self, job: Job[None], card: Card) -> None:
        """Show a card, new or changed; its name, its place and its slider are the person's."""
        with self._lock:
            job.cancellation.check()
            known = self._cards.get(card.id)
            if known is not None:
                if known.hidden:
                    return
                card = replace(card, name=known.name, kept=known.kept, position=known.position)
            self._cards[card.id] = card
            self._changed.add(card.id)

    def _find(self, job: Job[None], number: int, image: EditedImage, question: Question, skip: int = 0) -> None:
        """The job of a search.

        Args:
            skip: number of directions that earlier searches of the region have shown.
        """
        question = replace(question, generator=interleaved(image.generator, job.breathe))
        job.part(0.0, 0.5)
        found = question.directions(job.session(self._editor.computing)).chosen(range(skip, question.count))
        job.part(0.5, 1.0)
        self._measure(job, number, image, found, question, keep_others=skip > 0)

    def _measure(
        self,
        job: Job[None],
        number: int,
        image: EditedImage,
        found: Directions,
        question: Question | None = None,
        keep_others: bool = True,
    ) -> None:
        """The part of a job that shows directions as cards: first previews of all, then range, name and smooth preview of each.

        Args:
            question: of the search; None: the directions come from a file.
            keep_others: whether the cards of earlier searches stay; else those that are neither kept nor in use go.
        """
        generator, code, original = interleaved(image.generator, job.breathe), image.code, image.original
        search = self._searches[number]
        region = region_of(search.shapes, search.feather, generator.presets)
        question = question or Question(generator, code, region, search.analysis)
        part = marked_part(generator, original, region)
        search.label = part.replace("-", " ") or "region"
        names = [f"{number}-{place}" for place in range(len(found))]
        steps = len(names) * 4
        for place, name in enumerate(names):
            preview = Preview.first(generator, code, original, found[place])
            with self._lock:
                job.cancellation.check()
                if place == 0 and not keep_others:
                    self._drop_unused()
                rest = [other for other in self._order if other not in names]
                added = names[: place + 1]
                self._order = [*rest, *added] if keep_others else [*added, *rest]
                self._put(job, Card(name, number, found[place], search.label, preview=preview))
            job.report(place + 1, steps)
        self._tell(job, "measuring")
        facts: list[DirectionFacts] = []
        for place, name in enumerate(names):
            one = question.ranged(found.chosen([place]))
            job.report(len(names) + 3 * place + 1, steps)
            one = question.described(one, part)
            job.report(len(names) + 3 * place + 2, steps)
            facts += one.facts or ()
            known = replace(found.chosen(range(place + 1)), facts=tuple(facts))
            preview = Preview.of(generator, code, original, known[place], SMOOTH)
            # A project saves what is measured: a search that is cancelled leaves the cards that are ready.
            search.directions = known
            self._put(job, Card(name, number, known[place], search.label, preview=preview))
            job.report(len(names) + 3 * place + 3, steps)

    def _preview_again(self, job: Job[None]) -> None:
        """The job after a change of the image: previews of all cards on the new image."""
        image = self.image
        with self._lock:
            cards = [self._cards[name] for name in self._order]
        generator = interleaved(image.generator, job.breathe)
        for place, card in enumerate(cards):
            preview = Preview.of(generator, image.code, image.original, card.direction, SMOOTH)
            self._put(job, replace(card, preview=preview))
            job.report(place + 1, len(cards))

    def _prepare(self) -> None:
        """Compute what depends on the image alone while the person looks at it; gives way to every search."""
        image = self.image
        region = self._editor.first_region(image.model)
        question = Question(image.generator, image.code, region, image.model.analysis, FIRST)
        with contextlib.suppress(BusyError):
            self._preparation = self._editor.queue.start(
                lambda job: prepare(question, self._editor.computing, job), background=True
            )


def _numbers(change: Change | None) -> dict[str, float | None]:
    return {"inside": None, "outside": None} if change is None else {"inside": change.inside, "outside": change.outside}
