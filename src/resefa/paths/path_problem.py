"""``PathProblem``: what a path holds, and the limits of its computation."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from resefa.directions.directions import Direction
from resefa.discovery.edited_images import EditedImages
from resefa.discovery.objectives.objective import Objective, Pixels
from resefa.discovery.objectives.vary_hold import VaryHold
from resefa.discovery.term_parts import TermParts
from resefa.errors import UsageError, parameter
from resefa.generators.base import BaseGenerator
from resefa.generators.full_precision import with_derivatives
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.regions.weights import RegionWeights
from resefa.runtime.session import Session

NODES = 8


@dataclass(frozen=True, eq=False)
class PathProblem:
    """The question behind a path: the features that may change and those that are held, and what the answer may cost.

    Attributes:
        objective: the features; pixels by default.
        nodes: number of nodes on each side of a path that reaches its change.
        max_products: the most JVPs and VJPs for a path; None: until both sides end.
        session: memory, caches, progress, cancellation.

    Raises:
        UsageError: fewer than 2 nodes, or a budget below 1.
    """

    objective: Objective | VaryHold = field(default_factory=Pixels)
    nodes: int = NODES
    max_products: int | None = None
    session: Session = field(default_factory=Session)

    def __post_init__(self) -> None:
        if isinstance(self.nodes, bool) or not isinstance(self.nodes, int) or not 2 <= self.nodes <= 1000:
            raise UsageError(f"{parameter('nodes', self.nodes)} is not possible; give a whole number from 2 to 1000.")
        most = self.max_products
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise UsageError(f"{parameter('max_products', most)} is not possible; give a whole number above 0.")

    def images(self, generator: BaseGenerator, base: LatentCode, motion: Motion) -> EditedImages:
        """The image of one code, at the generator's resolution, as a function of the displacement."""
        return EditedImages(with_derivatives(generator), base, motion, generator.resolution, self.objective)

    def parts(self, direction: Direction, images: EditedImages) -> tuple[Tensor, Tensor]:
        """The weights of wanted and of unwanted change on the features of the image."""
        if direction.edit is None or direction.protect is None:
            raise UsageError(f"{direction.name} has no region; give {parameter('region')}.")
        edit, protect = direction.edit.double().cpu(), direction.protect.double().cpu()
        # Weights that a file stores in float32 may exceed 1 together by their rounding.
        weights = RegionWeights(edit, torch.minimum(protect, 1 - edit)).resized(*images.size)
        if not isinstance(self.objective, VaryHold):
            return self.objective.weights(weights)
        (parts,) = TermParts.of(images.generator, self.objective).on(images, iter([weights]), self.session)
        return parts
