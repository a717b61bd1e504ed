"""A project with its generator: the images that it describes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from resefa.directions.directions import Direction, Directions
from resefa.errors import ProjectError, printable
from resefa.generators.base import BaseGenerator
from resefa.latents.code import LatentCode
from resefa.metrics.change import Change
from resefa.projects.project import Project, ProjectCard, ProjectSearch
from resefa.projects.rendering import FRAMES, Move, edited, loop
from resefa.projects.shapes import MOST_WORK, Shape, region_of, work
from resefa.regions.weights import RegionWeights


@dataclass(frozen=True, eq=False)
class OpenedProject:
    """A project whose directions fit a generator.

    Attributes:
        project: the document.
        generator: under the conditions of the image.
        code: of the image.
        original: (1, c, h, w), the image.
        directions: of each search, with the weights of its region.
    """

    project: Project
    generator: BaseGenerator
    code: LatentCode
    original: Tensor
    directions: tuple[Directions, ...]

    @classmethod
    def of(cls, project: Project, generator: BaseGenerator) -> OpenedProject:
        """Open a project.

        Args:
            generator: without conditions.

        Raises:
            ProjectError: other weights than those of the project, or directions of other weights.
            LatentError: a code or directions of other sizes.
            UsageError: a condition that the generator does not have.
            RegionError: shapes that make no region.
        """
        if generator.fingerprint != project.model.fingerprint:
            raise ProjectError(
                f"The project was made with other weights of {printable(project.model.name, 60)} than those of {generator.name}; give the model of the project."
            )
        image = project.image
        given = {"truncation": None if image.truncation == 1 else image.truncation, "label": image.label}
        changes = {name: value for name, value in given.items() if value is not None}
        generator = generator.under(**changes) if changes else generator
        if image.code is None:
            assert image.seed is not None  # checked with the project
            code = generator.sample(image.seed)
        else:
            found = image.code.code()
            code = LatentCode(found.values.to(generator.device, generator.dtype), found.space)
            generator.space(code.space).checked(code, generator.name)
        directions = _restored(project, generator, code)
        return cls(project, generator, code, generator.synthesize(code), directions)

    def direction(self, card: ProjectCard) -> Direction:
        """The direction of a card."""
        return self.directions[card.search][card.direction]

    def name_of(self, card: ProjectCard) -> str:
        """The name of a card: the one given, else the one shown, else the region and the number of the direction."""
        label = self.project.searches[card.search].label or "region"
        return card.name or card.title or f"{label} #{card.direction}"

    @property
    def visible(self) -> list[ProjectCard]:
        """The cards that are not hidden, in their order on the page."""
        return [card for card in self.project.cards if not card.hidden]

    @property
    def moves(self) -> list[Move]:
        """The directions in use, with the positions of their sliders."""
        return [(self.direction(card), card.position) for card in self.visible if card.position]

    def edited(self) -> tuple[Tensor, Change | None]:
        """The edited image (1, c, h, w), and its change; None without an edit."""
        return edited(self.generator, self.code, self.moves, self.original)

    def loop(self, frames: int = FRAMES) -> Iterator[Tensor]:
        """Images (1, c, h, w) from the original to the edit."""
        return loop(self.generator, self.code, self.moves, self.original, frames)

    def other(self, seed: int) -> tuple[Tensor, Change | None]:
        """Another sample with the same edit, (1, c, h, w), and its change."""
        code = self.generator.sample(seed)
        return edited(self.generator, code, self.moves, self.generator.synthesize(code))


def _restored(project: Project, generator: BaseGenerator, code: LatentCode) -> tuple[Directions, ...]:
    """The directions of each search, with the weights of its region; a region of several searches is drawn once.

    Raises:
        ProjectError: directions of other weights, or regions that take minutes to draw.
    """
    if sum(map(work, {search.shapes for search in project.searches})) > 2 * MOST_WORK:
        raise ProjectError("The regions of the project have too many long strokes and polygons to draw them all.")
    drawn: dict[tuple[Sequence[Shape], float], RegionWeights] = {}
    found = []
    for search in project.searches:
        region = (search.shapes, search.feather)
        if region not in drawn:
            drawn[region] = region_of(*region, generator.presets).weights(*generator.resolution)
        found.append(restored(search, drawn[region], generator, code))
    return tuple(found)


def restored(search: ProjectSearch, weights: RegionWeights, generator: BaseGenerator, code: LatentCode) -> Directions:
    """The directions of a search, with the weights of its region on the generator's images.

    Raises:
        ProjectError: directions of other weights.
        LatentError: directions of another size or space.
    """
    found = search.found()
    if reason := found.check_fits(generator, code.space):
        raise ProjectError(f"{reason.partition(';')[0]}; save the project again.")
    where = replace(found.provenance, resolution=tuple(generator.resolution), segmenter=None)
    return replace(found, edit=weights.edit, protect=weights.protect, provenance=where)
