"""Gram matrices summed over images: from cached Jacobians, or streamed if a Jacobian exceeds the memory budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from resefa.discovery.edited_images import EditedImages
from resefa.discovery.image_jacobian import image_jacobian, jacobian_bytes
from resefa.discovery.image_scales import scale_of
from resefa.errors import UsageError, parameter
from resefa.jacobian.estimate import ProductsEstimate
from resefa.jacobian.gram_matrices import Gram
from resefa.jacobian.streamed_grams import streamed_grams
from resefa.jacobian.streaming_plan import plan_for
from resefa.runtime.memory import in_words
from resefa.runtime.session import Session


@dataclass(frozen=True)
class Holding:
    """The storage of each Jacobian (memory, file or none) while its Gram matrices are summed.

    Attributes:
        whole: stored as a whole, in memory or in a file; else its rows are streamed and never stored together.
        in_file: in the cache's folder.
        needed: bytes of the whole Jacobian of one image.
        work: bytes of one tangent in flight; 0 where nobody measured it.
        budget: bytes of the memory budget.
    """

    whole: bool
    in_file: bool
    needed: int
    work: int
    budget: int

    @classmethod
    def of(cls, images: EditedImages, session: Session) -> Holding:
        """Decide from the memory budget, for images whose Jacobians are not cached yet."""
        needed, budget = jacobian_bytes(images, session), session.memory_for("all")
        if session.cache.folder is not None:
            return cls(True, True, needed, 0, budget)
        if needed >= budget:
            return cls(False, False, needed, 0, budget)
        if not session.memory_is_named:
            return cls(True, False, needed, 0, budget)
        # A budget that the caller named is kept to: the tangents in flight count too.
        first = next(iter(images))
        _, part = first.motion.parts()[0]
        work = first.moved_by(part).operator(session, budget).per_tangent
        return cls(needed + work <= budget, False, needed, work, budget)

    def sentence(self) -> str:
        """The reason why the Jacobian is not stored; empty if it is stored."""
        if self.whole:
            return ""
        return (
            f"the Jacobian is not stored, because it takes {in_words(self.needed)} and the computation another {in_words(self.work)}, "
            f"but the memory budget is {in_words(self.budget)}"
        )


@dataclass(frozen=True, eq=False)
class GramSums:
    """Gram matrices of one image or summed over several: one matrix for each weighting of the features.

    Attributes:
        mode: how derivatives were taken.
        note: for people, where Jacobians were not stored: how the sums were made, and why.
        exact: whether they were summed in float64 from the columns of J; VJPs round in the generator's precision.
    """

    grams: list[Gram]
    mode: str
    note: str = ""
    exact: bool = True

    def __add__(self, other: GramSums) -> GramSums:
        """Gram matrices summed over the images of both operands."""
        grams = [a + b for a, b in zip(self.grams, other.grams, strict=True)]
        return GramSums(grams, self.mode or other.mode, self.note or other.note, self.exact and other.exact)

    def scaled(self) -> GramSums:
        """The same matrices of one image, each divided by its trace, so that every image of a sum counts the same."""
        return replace(self, grams=[gram.scaled(scale) for gram, scale in zip(self.grams, self.scales(), strict=True)])

    def scales(self) -> tuple[float, ...]:
        """The factor of each matrix of one image in a normalised sum."""
        return tuple(scale_of(float(gram.total.diagonal().sum())) for gram in self.grams)

    def means(self) -> list[Tensor]:
        """The Gram matrices as means over images and values, (n, n) float64 on the CPU."""
        return [gram.mean.cpu() for gram in self.grams]


def gram_sums(
    images: EditedImages,
    parts: Iterable[Sequence[Tensor]],
    session: Session,
    holding: Holding,
    *,
    exact: bool = False,
    each: Callable[[GramSums], GramSums] = lambda sums: sums,
) -> GramSums:
    """Gram matrices summed over all images; each Jacobian is released before the next, so that many codes fit in memory.

    Args:
        parts: for each image the weights of its features' values, (h, w) or (f, h, w) each.
        holding: how the Jacobians of images that are not cached are stored.
        exact: never by VJPs, which round: for a B that is inverted without a ridge.
        each: applied to the matrices of each image before they are added.

    Raises:
        BudgetError: the work of one image does not fit the memory budget.
    """
    if not len(images):
        raise UsageError(f"{parameter('code')} is empty; give at least one latent code.")
    total: GramSums | None = None
    for i, (image, weights) in enumerate(zip(images, parts, strict=True)):
        here = session.part(i, len(images))
        here = _announcing(here, len(images)) if i == 0 else here.announcing(None)
        if holding.whole or here.cache.has(image.key(here.stored or image.generator.dtype)):
            jacobian = image_jacobian(image, here)
            found = GramSums(jacobian.grams(weights), jacobian.mode)
        else:
            held = len(weights) if len(images) > 1 else 0
            found = _streamed(image, weights, here, holding, exact, held)
        total = each(found) if total is None else total + each(found)
    assert total is not None
    return total


def _announcing(session: Session, images: int) -> Session:
    announce = session.announce
    if announce is None or images == 1:
        return session
    return session.announcing(lambda sentence: announce(f"{images} images. For each: {sentence}"))


def _streamed(
    image: EditedImages, weights: Sequence[Tensor], session: Session, holding: Holding, exact: bool, matrices: int
) -> GramSums:
    """Gram matrices of one image whose Jacobian is never stored as a whole.

    Args:
        matrices: n x n matrices that the caller holds beside.

    Raises:
        BudgetError: the budget is too small even for this.
        GeneratorError: the generator cannot be differentiated there.
    """
    operator = image.operator(session, holding.budget)
    stored = session.stored or image.generator.dtype
    plan = plan_for(operator, weights, holding.budget, itemsize=stored.itemsize, exact=exact, matrices=matrices)
    operator.within(plan.work)
    n = image.motion.dimensions
    reason = replace(holding, work=operator.per_tangent).sentence()
    if session.announce is not None:
        estimate = ProductsEstimate(
            plan.products, operator.chunk_for(n), plan.way, operator.image_seconds() * plan.products, plan.held + operator.work_for(n)
        )  # fmt: skip
        session.say(
            f"{estimate.sentence()} {reason[0].upper()}{reason[1:]}. If the Jacobian can be stored in a folder ({parameter('cache')}), {n} products suffice."
        )
    found = streamed_grams(operator, weights, plan, stored=session.stored, progress=session.progress)
    note = f"Gram matrices {plan.way}: {reason}"
    if plan.exact:
        return GramSums(found.grams, operator.mode, note, True)
    note += f"; their asymmetry before symmetrization was {found.asymmetry:.0e} of their traces"
    return GramSums(found.grams, f"{operator.mode}, and reverse mode", note, False)
