"""Images as functions of the edit's step, which the Jacobian differentiates, and the key that identifies their Jacobians."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import torch
from torch import Tensor

from resefa.area_average import area_average
from resefa.discovery.objectives.objective import PIXELS, FeatureMap, Pixels
from resefa.generators.base import BaseGenerator
from resefa.jacobian.operator import JacobianOperator
from resefa.jacobian.stacked import StackedOperator
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.runtime.image_probe import ImageFunction, check_repeats, joined, probe_of
from resefa.runtime.jacobian_cache import ImageKey, image_facts
from resefa.runtime.session import Session
from resefa.types import Latent


@dataclass(frozen=True, eq=False)
class EditedImages:
    """The features of some codes' images as a function of the step d: ``features(G(code + lift(d)))`` at the analysis size.

    Attributes:
        generator: what is differentiated.
        code: of one image or of several.
        motion: how a step moves a code.
        size: (rows, columns) at which images are analysed; images are area-averaged to it.
        objective: the feature map.
    """

    generator: BaseGenerator
    code: LatentCode
    motion: Motion
    size: tuple[int, int]
    objective: FeatureMap = field(default_factory=Pixels)

    def __len__(self) -> int:
        return len(self.code)

    def __iter__(self) -> Iterator[EditedImages]:
        """Iterate over the images, each as EditedImages of a single code."""
        return (replace(self, code=one) for one in self.code)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(f, h, w) of the features of one image."""
        return self.objective.shape((self.generator.channels, *self.size))

    def moved_by(self, motion: Motion) -> EditedImages:
        """The same images under a different motion, for example a part of this one."""
        return replace(self, motion=motion)

    def function(self) -> tuple[ImageFunction, Latent]:
        """(b, n) -> (b, f, h, w) of a single image, and the point (1, n) that stands for no edit."""
        generator, motion = self.generator, self.motion
        base = generator.convert(self.code, motion.target.name).values.to(generator.device, generator.dtype)
        if len(base) != 1:
            raise ValueError(f"function() needs a single image, but there are {len(base)}; iterate over the images")
        start = base if motion.source is None else base.new_zeros(1, motion.dimensions)

        def features(d: Latent) -> Tensor:
            if motion.source is None:
                images = generator.render(d, motion.target.name)
            else:
                images = generator.render_moved(base, motion, d)
            return self.objective.features(area_average(images, self.size))

        return features, start

    def operator(
        self, session: Session, memory: int, *, strict: bool = False, chunk: int | None = None, mode: str | None = None
    ) -> JacobianOperator:
        """The operator J of a single image (paper, equation 4).

        Args:
            memory: bytes for tangents in flight.
            strict, chunk, mode: as in JacobianOperator.
        """
        function, start = self.function()
        operator = JacobianOperator(function, start, memory=memory, chunk=chunk, mode=mode, strict=strict)
        operator.at_most(self.generator.batch)
        operator.before_chunk = session.check_cancelled
        return operator

    def stacked(self, session: Session) -> StackedOperator:
        """The Jacobians of all images, stacked below each other as one operator."""
        memory = session.memory_for("tangents")
        return StackedOperator([each.operator(session, memory, strict=True) for each in self])

    def key(self, stored: torch.dtype | None = None) -> ImageKey:
        """The key that identifies these images' Jacobians: generator, conditions, codes, edit, analysis size, features, precision.

        It takes a pass through the generator for each image: attributes of a network are too many to list, and any of them may
        have been changed since the last Jacobian.
        """
        motion = self.motion
        where: list[object] = [
            self.code.space, motion.space, motion.layers, motion.target.name, asdict(self.generator.conditions)
        ]  # fmt: skip
        # Pixels are left out, so that Jacobians that version 0.1 cached in a folder are found.
        if self.objective.feature_map != PIXELS:
            where.append(self.objective.feature_map)
        facts = image_facts(
            self.generator.fingerprint, json.dumps(where), self.code.values, self.size, stored or self.generator.dtype
        )
        return ImageKey(facts, joined([probe_of(*each.function()) for each in self]))

    def check_repeat(self, key: ImageKey) -> None:
        """Raise an error if the image of the first code changes between calls of the generator, or depends on its batch.

        Raises:
            GeneratorError: it does.
        """
        first = next(iter(self))
        if self.objective.feature_map == PIXELS:
            probe = replace(key.probe, image=key.probe.image[: math.prod(self.shape)])
        else:
            # The images alone: a network that looks at images rounds otherwise in a batch.
            first = replace(first, objective=Pixels())
            probe = probe_of(*first.function())
        function, point = first.function()
        check_repeats(function, point, probe, self.generator.name, self.generator.batch)
