"""The job of a search: directions of a region, then a card for each, which gains its range, its words and its smooth preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.directions.facts import DirectionFacts
from resefa.editor.analysis import Analysis
from resefa.editor.card import FEW, SMOOTH, Card, Preview, first_pictures, ranged_pictures
from resefa.editor.deck import Deck
from resefa.editor.end_words import EndWords, end_words
from resefa.editor.image import EditedImage
from resefa.editor.interleaving import interleaved
from resefa.editor.search import Question, marked_part
from resefa.editor.work_queue import Job
from resefa.errors import UsageError
from resefa.generators.base import BaseGenerator
from resefa.projects.shapes import Shape, region_of
from resefa.regions.region import Region
from resefa.runtime.session import Session


@dataclass(eq=False)
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


@dataclass(frozen=True, eq=False)
class SearchJob:
    """A search on an image, whose cards go into a deck.

    Attributes:
        deck: of the session.
        image: that is analysed.
        number: of the search in the session.
        search: receives the directions.
    """

    deck: Deck
    image: EditedImage
    number: int
    search: Search

    def find(self, job: Job[None], session: Session, count: int, skip: int = 0) -> None:
        """Search for directions and show them.

        Args:
            count: number of directions.
            skip: number of the best directions that earlier searches of the region have shown.
        """
        job.part(0.0, 0.5)
        found = self._question(job, count).directions(job.session(session))
        job.part(0.5, 1.0)
        self.show(job, found.chosen(range(skip, count)), fresh=not skip)

    def show(self, job: Job[None], found: Directions, *, fresh: bool) -> None:
        """Show directions as cards: first previews of all, then the range and the words of each, then smooth previews.

        Args:
            fresh: they are of another region than the cards in the deck, which go unless they are kept or in use.
        """
        question, image = self._question(job, len(found)), self.image
        generator, code, original = question.generator, image.code, image.original
        part = marked_part(generator, original, question.region)
        self.search.label = part.replace("-", " ") or "region"
        names = [f"{self.number}-{place}" for place in range(len(found))]
        done, steps = 0, len(names) * 4
        for place, name in enumerate(names):
            pictures = first_pictures(generator, code, found[place])
            preview = Preview.of(original, found[place], pictures)
            with self.deck.lock:
                job.cancellation.check()  # another search may have begun, whose cards this card would disturb
                if place == 0 and fresh:
                    self.deck.keep_needed()
                self.deck.put(self._card(name, found[place], preview))
                self.deck.place(names, first=fresh)
            job.report(done := done + 1, steps)
        self.deck.tell("measuring")
        facts: list[DirectionFacts] = []
        cards: list[Card] = []
        # The first card soon, then the others together: images are made faster in larger batches.
        for group in filter(None, (range(1), range(1, len(found)))):
            ranged = question.ranged(found.chosen(group))
            job.report(done := done + len(group), steps)
            for place, direction in zip(group, ranged, strict=True):
                pictures = ranged_pictures(generator, code, direction, FEW)
                words = _words(generator, original, direction, pictures)
                facts.append(replace(direction.facts or DirectionFacts(), caption=words.caption))
                known = replace(found.chosen(range(place + 1)), facts=tuple(facts))
                preview = Preview.of(original, direction, pictures)
                cards.append(self._card(names[place], known[place], preview, words.caption))
                with self.deck.lock:
                    job.cancellation.check()
                    # A project saves what is measured: a search that is cancelled leaves the cards that are ready.
                    self.search.directions = known
                    self.deck.put(cards[-1])
                job.report(done := done + 1, steps)
        self._smooth(job, generator, cards, (done, steps))

    def _card(self, name: str, direction: Direction, preview: Preview, caption: str = "") -> Card:
        label, found_on = self.search.label, self.image.label
        return Card(name, self.number, direction, label, preview=preview, caption=caption, found_on=found_on)

    def _smooth(
        self, job: Job[None], generator: BaseGenerator, cards: Sequence[Card], progress: tuple[int, int]
    ) -> None:
        """Add frames to the previews of cards that are ready."""
        done, steps = progress
        for card in cards:
            preview = card.preview.smooth(generator, self.image.code, card.direction)
            with self.deck.lock:
                job.cancellation.check()
                self.deck.put(replace(card, preview=preview))
            job.report(done := done + 1, steps)

    def _question(self, job: Job[None], count: int) -> Question:
        generator = interleaved(self.image.generator, job.breathe)
        region = region_of(self.search.shapes, self.search.feather, generator.presets)
        return Question(generator, self.image.code, region, self.search.analysis, count)


def in_advance(image: EditedImage, regions: Sequence[Region]) -> list[Question]:
    """The searches of regions of an image before anybody asks for them."""
    return [Question(image.generator, image.code, region, image.model.analysis) for region in regions]


def preview_again(job: Job[None], deck: Deck, image: EditedImage) -> None:
    """The job after a change of the image: previews and words of all cards on the new image, those in use first."""
    cards = sorted(deck.shown, key=lambda card: not card.position)
    generator = interleaved(image.generator, job.breathe)
    for place, card in enumerate(cards):
        pictures = ranged_pictures(generator, image.code, card.direction, SMOOTH)
        caption = _words(generator, image.original, card.direction, pictures).caption
        with deck.lock:
            job.cancellation.check()
            preview = Preview.of(image.original, card.direction, pictures)
            deck.put(replace(card, preview=preview, caption=caption))
        job.report(place + 1, len(cards))


def _words(
    generator: BaseGenerator, original: Tensor, direction: Direction, pictures: Mapping[float, Tensor]
) -> EndWords:
    """The words of the pictures at both ends of a slider."""
    assert direction.edit is not None  # found with a region
    return end_words(generator, torch.stack([pictures[-1.0], original[0], pictures[1.0]]), direction.edit)
