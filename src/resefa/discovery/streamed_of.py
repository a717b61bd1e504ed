"""From a generator and one code to Gram matrices, where its Jacobian does not fit the memory and no folder takes it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from resefa.discovery.gram_sums import GramSums
from resefa.discovery.jacobian_of import Announce, jacobian_operator
from resefa.generators.protocol import Generator
from resefa.jacobian.estimate import ProductsEstimate
from resefa.jacobian.streamed_grams import streamed_grams
from resefa.jacobian.streaming_plan import plan_for
from resefa.latents.code import LatentCode
from resefa.latents.motion import Motion
from resefa.runtime.memory import in_words
from resefa.runtime.progress import Progress
from resefa.types import PixelWeights


def streamed_of(
    generator: Generator,
    code: LatentCode,
    parts: Sequence[PixelWeights],
    size: tuple[int, int],
    motion: Motion,
    *,
    budget: int,
    exact: bool = False,
    matrices: int = 0,
    progress: Progress | None = None,
    stored: torch.dtype | None = None,
    announce: Announce | None = None,
) -> GramSums:
    """The sums over one image within ``budget`` bytes; arguments as those of ``plan_for`` and ``streamed_grams``.

    Raises:
        BudgetError: it is too small even for this.
        GeneratorError: the generator cannot be differentiated there.
    """
    # The plan has its own sentence for a budget that one tangent does not fit.
    operator = jacobian_operator(generator, code, size, motion=motion)
    kept_as = stored or generator.dtype
    plan = plan_for(operator, parts, budget, itemsize=kept_as.itemsize, exact=exact, matrices=matrices)
    operator.within(plan.work)
    n = motion.dimensions
    whole = math.prod(operator.output_shape) * n * kept_as.itemsize
    reason = (
        f"the Jacobian is not kept, since it takes {in_words(whole)} and the work {in_words(operator.per_tangent)} more, and the "
        f"memory budget is {in_words(budget)}"
    )
    if announce is not None:
        estimate = ProductsEstimate(
            plan.products, operator.chunk_for(n), plan.way, operator.image_seconds() * plan.products, plan.held + operator.work_for(n)
        )  # fmt: skip
        announce(
            f"{estimate.sentence()} {reason[0].upper()}{reason[1:]}. With a folder for it (--keep) {n} products do."
        )
    found = streamed_grams(operator, parts, plan, stored=stored, progress=progress)
    why = f"Gram matrices {plan.way}: {reason}"
    if plan.exact:
        return GramSums(found.grams, operator.mode, why, True)
    why += f"; before they were made symmetric they were so to {found.asymmetry:.0e} of their traces"
    return GramSums(found.grams, f"{operator.mode}, and reverse mode", why, False)
