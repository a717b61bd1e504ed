"""Gram matrices summed over the images of a task: from Jacobians that are shared and kept, or, where one does not fit, without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from resefa.discovery.gram_sums import GramSums
from resefa.discovery.jacobian_of import SHARED_CACHE, Announce, image_jacobian
from resefa.discovery.problem import Task, of_one
from resefa.discovery.streamed_of import streamed_of
from resefa.errors import BudgetError, UsageError
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import ImageJacobian
from resefa.runtime.jacobian_cache import JacobianCache
from resefa.runtime.memory import memory_budget
from resefa.runtime.progress import Progress
from resefa.types import PixelWeights


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
    exact: bool = False,
) -> GramSums:
    """The sums over all images of the task; Jacobians are let go of one by one, so that many codes fit.

    Args:
        parts: (h, w) weights at the analysis size.
        source: what makes the images that are analysed, where it is not the task's generator.
        each: called with the Jacobian of each image, which then has to fit.
        stored: precision in which Jacobians are kept.
        announce: told in a sentence what the first image will take, said of each of them.
        exact: never by reverse products, which round: for a background that is inverted without a ridge.

    Raises:
        BudgetError: an image's work does not fit the memory.
    """
    generator, images = source or task.generator, len(task.code)
    # One budget for all images, since what is free changes.
    budget = memory_budget(memory, generator.device)
    folder = (SHARED_CACHE if cache is None else cache).folder
    total: GramSums | None = None
    for i, one in enumerate(task.code):
        shown, say = of_one(progress, i, images), _of_each(announce, images) if i == 0 else None
        try:
            jacobian = image_jacobian(
                generator, one, task.size, motion=task.motion, memory=memory, cache=cache, progress=shown, stored=stored, announce=say,
            )  # fmt: skip
        except BudgetError:
            # With a folder J takes no memory: what does not fit then is a single tangent.
            if each is not None or folder is not None:
                raise
            found = streamed_of(
                generator, one, parts, task.size, task.motion, budget=budget, exact=exact,
                matrices=len(parts) if images > 1 else 0, progress=shown, stored=stored, announce=say,
            )  # fmt: skip
        else:
            found = GramSums(jacobian.grams(parts), jacobian.mode)
            if each is not None:
                each(jacobian)
        total = found if total is None else total + found
    if total is None:
        raise UsageError("There is no code to analyse; give at least one.")
    return total


def _of_each(announce: Announce | None, images: int) -> Announce | None:
    return announce and (
        lambda sentence: announce(f"{images} images. For each: {sentence}" if images > 1 else sentence)
    )
