"""A session as a project, and a project as a session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import msgspec
import torch

from resefa.directions.directions import Direction
from resefa.editing.strength_range import profile_of
from resefa.editor.analysis import Analysis
from resefa.editor.card import Card
from resefa.editor.image import EditedImage
from resefa.editor.search_job import Search
from resefa.projects.opened_project import OpenedProject
from resefa.projects.project import Project, ProjectCard, ProjectModel, ProjectSearch, SearchOptions
from resefa.projects.shapes import Shape


def opened_session(
    image: EditedImage,
    cards: Sequence[Card],
    searches: Mapping[int, Search],
    drawn: tuple[Sequence[Shape], float],
    others: Sequence[int],
) -> OpenedProject:
    """A session as an opened project, with the very directions and the original of the session.

    Args:
        cards: those whose range is measured become part of the project.
        searches: by their number in the session.
        drawn: shapes and soft edge of the region that is drawn at present.
        others: seeds of the other samples.
    """
    ready = [card for card in cards if profile_of(card.direction) is not None]
    numbers = sorted({card.search for card in ready})
    places = {number: place for place, number in enumerate(numbers)}
    chosen = [searches[number] for number in numbers]
    project = Project(
        model=ProjectModel(image.model.name, image.model.generator.fingerprint),
        image=image.described(),
        others=tuple(others),
        shapes=tuple(drawn[0]),
        feather=drawn[1],
        threads=torch.get_num_threads(),
        searches=tuple(_project_search(search, places) for search in chosen),
        cards=tuple(_project_card(card, places[card.search]) for card in ready),
    )
    found = tuple(search.measured() for search in chosen)
    return OpenedProject(project, image.generator, image.code, image.original, found)


def _project_search(search: Search, places: Mapping[int, int]) -> ProjectSearch:
    options = SearchOptions(**asdict(search.analysis))
    first = None if search.first is None else places.get(search.first)
    return ProjectSearch.of(tuple(search.shapes), search.feather, options, search.measured(), search.label, first)


def _project_card(card: Card, place: int) -> ProjectCard:
    return ProjectCard(place, card.direction.index, card.name, card.title, card.kept, card.hidden, card.position)


def session_of(opened: OpenedProject, start: int) -> tuple[dict[int, Search], list[Card]]:
    """The searches and the cards of a project.

    Args:
        start: number of the first search in the session.
    """
    project = opened.project
    searches = {
        start + place: Search(
            one.shapes,
            one.feather,
            Analysis(**msgspec.structs.asdict(one.options)),
            directions,
            one.label,
            None if one.continues is None else start + one.continues,
        )
        for place, (one, directions) in enumerate(zip(project.searches, opened.directions, strict=True))
    }
    cards = [
        Card(
            f"{start + card.search}-{card.direction}",
            start + card.search,
            opened.direction(card),
            project.searches[card.search].label or "region",
            card.name,
            card.kept,
            card.hidden,
            card.position,
            caption=_caption(opened.direction(card)),
        )
        for card in project.cards
    ]
    return searches, cards


def _caption(direction: Direction) -> str:
    """The stored caption, which stands on the card until the pictures of the project's image are read."""
    return "" if direction.facts is None else direction.facts.caption
