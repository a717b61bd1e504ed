"""Gram matrices summed over the images of a task, from Jacobians that are shared and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from resefa.discovery.jacobian_of import Announce, image_jacobian
from resefa.discovery.task import Task, of_one
from resefa.generators.protocol import Generator
from resefa.operators.gram import Gram
from resefa.operators.image_jacobian import ImageJacobian
from resefa.operators.jacobian import Progress
from resefa.operators.jacobian_cache import JacobianCache
from resefa.tensor_types import PixelWeights


def grams_of(
    task: Task,
    parts: Sequence[PixelWeights],
    *,
    memory: int | None,
    cache: JacobianCache | None,
    progress: Progress | None,
    source: Generator | None = None,
    each: Callable[[ImageJacobian], None] | None = None,
    stored: torch.dtype | None = None,
    announce: Announce | None = None,
) -> tuple[list[Gram], str]:
    """One Gram matrix per part, summed over the images, and how derivatives were taken.

    Jacobians are let go of one by one, so that many codes fit.

    Args:
        parts: (h, w) weights at the analysis size.
        source: what makes the images that are analysed, where it is not the task's generator.
        each: called with the Jacobian of each image.
        stored: precision in which Jacobians are kept.
        announce: told in a sentence what the first image will take, said of each of them.
    """
    grams: list[Gram] = []
    mode, images = "", len(task.code)
    for i, one in enumerate(task.code):
        jacobian = image_jacobian(
            source or task.generator, one, task.size, motion=task.motion, memory=memory, cache=cache,
            progress=of_one(progress, i, images), stored=stored, announce=_of_each(announce, images) if i == 0 else None,
        )  # fmt: skip
        mode = mode or jacobian.mode
        found = jacobian.grams(parts)
        grams = [a + b for a, b in zip(grams, found, strict=True)] if grams else found
        if each is not None:
            each(jacobian)
    return grams, mode


def _of_each(announce: Announce | None, images: int) -> Announce | None:
    return announce and (lambda sentence: announce(f"{images} images, each: {sentence}" if images > 1 else sentence))
