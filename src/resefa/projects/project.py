"""The document of a project: work in the editor as frozen data with limits. ``project_file.py`` reads and writes the file.

Directions are stored without the weights of their pixels, which the shapes give again: so a project has kilobytes instead of megabytes.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from math import prod
from typing import Annotated, Literal

import msgspec
import torch
from msgspec import Meta

from resefa.directions.directions import Directions
from resefa.directions.file_format import to_bytes
from resefa.directions.storage import directions_from_bytes
from resefa.errors import ProjectError, printable
from resefa.latents.code import LatentCode
from resefa.latents.seeds import LARGEST_SEED
from resefa.projects.shapes import Feather, Shapes

MARK = "resefa-project"
VERSION = 1
MOST_SEARCHES, MOST_CARDS, MOST_OTHERS, MOST_THREADS = 64, 512, 16, 256
LONGEST_NAME = 200
LARGEST_CODE = 2**20
"""Most numbers of a latent code."""
Text = Annotated[str, Meta(max_length=LONGEST_NAME)]
Seed = Annotated[int, Meta(ge=0, le=LARGEST_SEED)]
Place = Annotated[int, Meta(ge=0, lt=2**16)]
Encoded = Annotated[str, Meta(max_length=2**26)]


class ProjectModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The generator of a project.

    Attributes:
        name: in the editor's list, or of a model card; never a path that is opened.
        fingerprint: digest of the weights.
    """

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
    fingerprint: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class ProjectCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One latent code: its space, its shape (1, n) and its numbers, base64 of float32 with the low byte first."""

    space: Annotated[str, Meta(min_length=1, max_length=20)]
    shape: tuple[Annotated[int, Meta(ge=1, le=1)], Annotated[int, Meta(ge=1, le=LARGEST_CODE)]]
    values: Encoded

    @classmethod
    def of(cls, code: LatentCode) -> ProjectCode:
        """The document's form of one code."""
        values = code.values.detach().to("cpu", torch.float32)
        return cls(code.space, (1, values.shape[1]), base64.b64encode(values.numpy().astype("<f4").tobytes()).decode())

    def code(self) -> LatentCode:
        """The latent code.

        Raises:
            ProjectError: the numbers are not base64, are NaN or infinite, or do not fill the shape.
        """
        data = _decoded(self.values, "The latent code of the project")
        if len(data) != 4 * prod(self.shape):
            raise ProjectError(
                f"The latent code of the project has shape {self.shape} but {len(data):,} bytes; save the project again."
            )
        values = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(self.shape)
        if not bool(torch.isfinite(values).all()):
            raise ProjectError("The latent code of the project contains NaN or infinity; save the project again.")
        return LatentCode(values, self.space)


class ProjectImage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The image that is edited: of a seed or of a code, under conditions."""

    seed: Seed | None = None
    code: ProjectCode | None = None
    truncation: Annotated[float, Meta(ge=0, le=1)] = 1.0
    label: Annotated[int, Meta(ge=0, lt=2**31)] | None = None


class SearchOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of a search for directions, as in ``resefa.discover``; the editor calls them its analysis."""

    space: Annotated[str, Meta(min_length=1, max_length=20)]
    layers: Annotated[str, Meta(max_length=1000)] | None = None
    resolution: Annotated[int, Meta(ge=1, le=2**16)] | None = None
    intermediate: bool = False
    solver: Annotated[str, Meta(min_length=1, max_length=100)] = "auto"
    tau: Annotated[float, Meta(ge=0)] | None = None
    tolerance: Annotated[float, Meta(gt=0)] | None = None


class ProjectSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A search that was made.

    Attributes:
        shapes, feather: the region as drawn.
        options: of the search.
        directions: base64 of a directions file, with the measured range of each direction.
        label: short name of the region, such as ``mouth``.
        continues: index of the search that this one continues in the same region; None: a region's first search.
    """

    shapes: Shapes
    feather: Feather
    options: SearchOptions
    directions: Encoded
    label: Text = ""
    continues: Place | None = None

    @classmethod
    def of(
        cls,
        shapes: Shapes,
        feather: float,
        options: SearchOptions,
        directions: Directions,
        label: str = "",
        continues: int | None = None,
    ) -> ProjectSearch:
        """The document's form of a search; the weights of the region are left out."""
        data = to_bytes(replace(directions, edit=None, protect=None))
        return cls(tuple(shapes), feather, options, base64.b64encode(data).decode(), label, continues)

    def found(self) -> Directions:
        """The directions, without the weights of their region; ``OpenedProject`` adds these.

        Raises:
            ProjectError: not base64.
            DirectionsError: not a directions file of resefa, or a damaged one.
        """
        return directions_from_bytes(_decoded(self.directions, "A search of the project"), "A search of the project")


class ProjectCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A direction with its name and the position of its slider.

    Attributes:
        search: index of the search.
        direction: index in the search's directions.
        name: given by the person; None: none was given.
        title: the name that the card showed: ``name``, or what the direction changes.
        kept, hidden: marked by the person.
        position: of the slider.
    """

    search: Place
    direction: Place
    name: Text | None = None
    title: Text = ""
    kept: bool = False
    hidden: bool = False
    position: Annotated[float, Meta(ge=-1, le=1)] = 0.0


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A project.

    Attributes:
        format, version: mark of the file.
        model, image: what is edited.
        others: seeds of the other samples that show the same edit.
        shapes, feather: the region that is drawn at present.
        searches: all that have a card.
        cards: in their order on the page.
        threads: number of PyTorch's threads that computed the image, on which the last bits of sums depend; None: unknown.
    """

    format: Literal["resefa-project"] = MARK
    version: Literal[1] = VERSION
    model: ProjectModel
    image: ProjectImage
    others: Annotated[tuple[Seed, ...], Meta(max_length=MOST_OTHERS)] = ()
    shapes: Shapes = ()
    feather: Feather = 0.0
    searches: Annotated[tuple[ProjectSearch, ...], Meta(max_length=MOST_SEARCHES)] = ()
    cards: Annotated[tuple[ProjectCard, ...], Meta(max_length=MOST_CARDS)] = ()
    threads: Annotated[int, Meta(ge=1, le=MOST_THREADS)] | None = None

    def checked(self) -> Project:
        """The project itself, if its parts agree.

        Raises:
            ProjectError: an image without a code or with two, a card without its direction, or a name that cannot be shown.
            DirectionsError: damaged directions.
        """
        if (self.image.seed is None) == (self.image.code is None):
            raise ProjectError("The image of the project must have either a seed or a code; save the project again.")
        if self.image.code is not None:
            self.image.code.code()
        if len(set(self.others)) != len(self.others):
            raise ProjectError("The project lists a sample twice; save the project again.")
        found = [search.found() for search in self.searches]
        for place, search in enumerate(self.searches):
            if search.continues is not None and search.continues >= place:
                raise ProjectError(
                    f"Search {place} continues search {search.continues}, which is not earlier; save the project again."
                )
        for text in (
            *(card.name for card in self.cards),
            *(card.title for card in self.cards),
            *(s.label for s in self.searches),
        ):
            if text is not None and printable(text, LONGEST_NAME) != text:
                raise ProjectError(
                    f"The name '{printable(text, 60)}' has characters that cannot be shown; change the name."
                )
        for place, card in enumerate(self.cards):
            if card.search >= len(found) or card.direction >= len(found[card.search]):
                raise ProjectError(
                    f"Card {place} shows direction {card.direction} of search {card.search}, which the project does not have; save the project again."
                )
            facts = found[card.search].facts
            if facts is None or facts[card.direction].strength is None:
                raise ProjectError(f"The direction of card {place} has no range of strengths; save the project again.")
        if len({(card.search, card.direction) for card in self.cards}) != len(self.cards):
            raise ProjectError("The project has two cards for one direction; save the project again.")
        return self


def _decoded(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ProjectError(f"{what} is not base64 ({printable(error, 60)}); save the project again.") from error
    return data
