"""``RegionProblem``: a generator, one or more latent codes, a region, and the latent space in which an edit moves."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial, reduce
from math import fsum
from operator import add
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from resefa.area_average import analysis_size
from resefa.discovery.arguments import analysis_resolution as checked_resolution
from resefa.discovery.arguments import checked_code, checked_generator, whole_number
from resefa.discovery.edited_images import EditedImages
from resefa.discovery.gram_sums import GramSums, Holding, gram_sums
from resefa.discovery.image_forms import ImageForm
from resefa.discovery.image_jacobian import image_jacobian
from resefa.discovery.image_scales import ImageTraces
from resefa.discovery.objectives.objective import Objective
from resefa.discovery.objectives.vary_hold import VaryHold, objective_of
from resefa.discovery.subspaces import cached_subspace, image_traces, prepared_images, searched_by
from resefa.discovery.term_parts import TermParts
from resefa.discovery.weighted_search import weighted_search
from resefa.errors import ResefaWarning, UsageError, parameter, shown_value
from resefa.generators.base import BaseGenerator
from resefa.generators.full_precision import with_derivatives
from resefa.generators.image_regions import check_region, regions_on
from resefa.generators.protocol import Generator
from resefa.jacobian.dense import ImageJacobian
from resefa.jacobian.gram_matrices import total_weight, value_weights
from resefa.jacobian.modes import load_derivative_rules
from resefa.jacobian.stacked import StackedOperator
from resefa.latents.code import LatentCode
from resefa.latents.layers import as_layer_text
from resefa.latents.motion import Motion
from resefa.regions.as_region import RegionLike, as_region, as_regions
from resefa.regions.mean import mean_region
from resefa.regions.region import Region
from resefa.regions.weights import RegionWeights, mean_weights
from resefa.runtime.session import Session
from resefa.solvers.prepared import PreparedSubspace
from resefa.solvers.protocol import SearchSolver
from resefa.solvers.solution import Solution
from resefa.solvers.subspace import Subspace

Weighting: TypeAlias = Literal["normalised", "plain"]
WEIGHTINGS: tuple[Weighting, ...] = ("normalised", "plain")


@dataclass(frozen=True)
class EditSpace:
    """The space and layers of an edit, and the resolution at which its images are analysed.

    Attributes:
        space: latent space of the directions, such as ``"W+"``; None: the codes' own.
        layers: the layers that move, such as ``"4-7"``; None: all.
        analysis_resolution: longer side of the analysed image in pixels, or (rows, columns); None: the image's own.
        intermediate: analyse the generator's own image at that resolution, which costs less than the area average of its last one.
        objective: what the edit is to change and to hold: from ``vary_hold``, or an Objective; default the pixels inside and outside.
        weighting: the weight of each image among several: ``"normalised"``, each Gram matrix divided by its trace, so that every image
            counts the same; or ``"plain"``, so that images with larger derivatives count more.
    """

    space: str | None = None
    layers: str | None = None
    analysis_resolution: int | tuple[int, int] | None = None
    intermediate: bool = False
    objective: Objective | VaryHold | str = "pixels"
    weighting: Weighting = "normalised"

    def __post_init__(self) -> None:
        if self.weighting not in WEIGHTINGS:
            raise UsageError(
                f"{parameter('weighting')} is {shown_value(self.weighting)}; choose one of {', '.join(WEIGHTINGS)}."
            )


class RegionProblem:
    """The problem of finding directions for a region on the images of one or more latent codes.

    It gives all that the mathematics needs: ``operator``, ``jacobian``, ``gram_matrices``, ``factors``, ``weights``. Expensive parts are
    computed at the first call and cached by the session.

    Args:
        generator: from ``resefa.load`` or ``resefa.wrap``.
        code: of one image, or of several whose directions are to suit all.
        region: a Region, its text, a mask's path, a picture, or an array (height, width); or a list with a region for each code, where
            the part moves between images. The result then has the mean of the regions.
        edit: space and layers of the edit, and how it is analysed.
        session: memory, caches, progress; default a new session with the caches of the process.

    Attributes:
        generator: what is differentiated: of a generator in half precision, the same in float32.
        size: (rows, columns) at which images are analysed.
        objective: what is to change and what to hold.
        motion: how a direction moves a code.
        images: the images as functions of the edit.
        note: for the result's status; empty where nothing is to be said.

    Raises:
        UsageError: no code, or layers or an analysis resolution that the generator does not have.
        LatentError, RegionError: a space or a region that does not fit.
    """

    def __init__(
        self,
        generator: Generator,
        code: LatentCode | Tensor,
        region: RegionLike | Sequence[RegionLike],
        edit: EditSpace | None = None,
        session: Session | None = None,
    ) -> None:
        load_derivative_rules()
        given = checked_generator(generator)
        self.edit = edit = edit or EditSpace()
        code = checked_code(code, given)
        if not len(code):
            raise UsageError(
                f"{parameter('code')} is empty; give at least one latent code, for example generator.sample(0)."
            )
        self.motion: Motion = given.motion(edit.space or code.space, as_layer_text(edit.layers), code.space)
        self._given = as_regions(region, len(code), given.presets, given.resolution)
        self.region: Region = (
            mean_region(self._given) if self._given else as_region(region, given.presets, given.resolution)
        )
        for each in self._given or [self.region]:
            check_region(given, each)
        wanted = None if edit.analysis_resolution is None else checked_resolution(edit.analysis_resolution)
        self.size: tuple[int, int] = analysis_size(given.resolution, wanted)
        self.objective: Objective | VaryHold = objective_of(edit.objective)
        self.generator: BaseGenerator = with_derivatives(given)
        self.note = ""
        if self.generator is not given:
            code = replace(code, values=code.values.float())
            self.note = f"derivatives in float32, although the generator computes in {str(given.dtype)[6:]}"
        self.code: LatentCode = code
        self.session: Session = (session or Session()).on(self.generator.device)
        self.objective.shape((self.generator.channels, *self.size))
        self._terms = TermParts.of(self.generator, self.objective) if isinstance(self.objective, VaryHold) else None
        # The region, the result and its edits stay the whole generator's: only derivatives are the view's.
        self.images = EditedImages(self._analysed_generator(), code, self.motion, self.size, self.objective)

    def _analysed_generator(self) -> BaseGenerator:
        generator = self.generator
        if not self.edit.intermediate:
            return generator
        if self.size == generator.resolution:
            raise UsageError(
                f"{parameter('intermediate', True)} needs an {parameter('analysis_resolution')} below the image's {self.size[0]} x {self.size[1]}; "
                f"lower the resolution, or omit {parameter('intermediate')}."
            )
        return generator.at_resolution(self.size[0])

    def __repr__(self) -> str:
        images = f"{len(self.code)} image{'s' * (len(self.code) > 1)}"
        return f"RegionProblem({self.region.label}, {images} of {self.generator.name}, {self.dimensions} dimensions in {self.motion.space})"

    def in_space(self, space: str) -> RegionProblem:
        """The same problem for directions in a different latent space."""
        return self.with_edit(replace(self.edit, space=space))

    def with_edit(self, edit: EditSpace) -> RegionProblem:
        """The same problem with a different edit."""
        same = replace(edit, objective=objective_of(edit.objective)) == replace(self.edit, objective=self.objective)
        return self if same else self._changed(edit=edit)

    def with_codes(self, code: LatentCode) -> RegionProblem:
        """The same problem on the images of different latent codes."""
        return self._changed(code=code)

    def with_session(self, session: Session) -> RegionProblem:
        """The same problem with a different session."""
        return self._changed(session=session)

    def _changed(
        self, *, code: LatentCode | None = None, edit: EditSpace | None = None, session: Session | None = None
    ) -> RegionProblem:
        # Not ``code or``: a set of no codes is false, and must be refused.
        other = RegionProblem(
            self.generator,
            self.code if code is None else code,
            self._given or self.region,
            edit or self.edit,
            session or self.session,
        )
        other.note = self.note
        return other

    @property
    def dimensions(self) -> int:
        """The number n of values in a direction."""
        return self.motion.dimensions

    def checked_k(self, k: object) -> int:
        """The requested number of directions, checked; warns if the space has fewer dimensions.

        Raises:
            UsageError: no whole number, 1 or more.
        """
        count, n = whole_number("k", k), self.dimensions
        if count > n:
            sentence = f"{parameter('k', count)}: only {n} directions exist, because {self.generator.name} has {n} dimensions in {self.motion.space}."
            warnings.warn(ResefaWarning(sentence), stacklevel=4)
        return count

    @cached_property
    def regions(self) -> Sequence[Region]:
        """The region on each image: the same for all images, unless the region follows the image.

        Raises:
            RegionError: an image lacks the parts to edit.
        """
        if self._given is None:
            return regions_on(self.generator, self.code, self.region)
        pairs = zip(self.code, self._given, strict=True)
        return [found for code, region in pairs for found in regions_on(self.generator, code, region)]

    @cached_property
    def region_weights(self) -> RegionWeights:
        """The region's weights at the image's resolution; of a region that follows the image the mean over the images."""
        if self._given is None and not self.region.follows_image:
            return self.region.weights(*self.generator.resolution)
        return mean_weights(region.weights(*self.generator.resolution) for region in self.regions)

    def parts(self) -> Iterator[tuple[Tensor, Tensor]]:
        """For each image the weights of wanted and of unwanted change on its features: (h, w), or (f, h, w)."""
        # A fixed region, the same for all images, is rasterised once.
        rasterised = lru_cache(1)(self._resized_weights)
        if not isinstance(self.objective, VaryHold):
            return map(lru_cache(1)(self.objective.weights), map(rasterised, self.regions))
        assert self._terms is not None
        return self._terms.on(self.images, map(rasterised, self.regions), self.session)

    def _resized_weights(self, region: Region) -> RegionWeights:
        return region.weights(*self.generator.resolution).resized(*self.size)

    def weights(self) -> tuple[Tensor, Tensor]:
        """The weights of ``parts`` for the rows of ``operator()``, (m,) each, not normalised."""
        every = [
            tuple(scale * part for scale, part in zip(scales, pair, strict=True))
            for scales, pair in zip(self.image_scales, self.row_weights(), strict=True)
        ]
        wanted, unwanted = (torch.cat(weights) for weights in zip(*every, strict=True))
        return wanted, unwanted

    def row_weights(self) -> list[tuple[Tensor, Tensor]]:
        """For each image the weights of ``parts`` for the rows of its Jacobian, (m_i,) each, without the weight of the image."""
        channels = self.images.shape[0]
        return [
            (value_weights(wanted, channels), value_weights(unwanted, channels)) for wanted, unwanted in self.parts()
        ]

    @property
    def weighting(self) -> Weighting | None:
        """The weights of several images in sums over images; None for a single image."""
        return self.edit.weighting if len(self.code) > 1 else None

    @property
    def normalised(self) -> bool:
        """Whether the Gram matrices of each image are divided by their traces before they are added."""
        return self.weighting == "normalised"

    @property
    def image_scales(self) -> list[tuple[float, ...]]:
        """For each image the factors of its weights inside and outside: 1, or 1 / trace if every image counts the same.

        Traces are those of the Gram matrices where these were summed, else the latest estimates of ``weigh_images``.
        """
        if not self.normalised:
            return [(1.0, 1.0)] * len(self.code)
        if self._scales is None:
            self.weigh_images()
        assert self._scales is not None
        return self._scales

    _scales: list[tuple[float, ...]] | None = None

    @property
    def estimates_scales(self) -> bool:
        """Whether a search by products estimates the weights of the images: several images, and no Gram matrices that were summed."""
        return self.normalised and self._sums is None

    def weigh_images(self, more: int = 0) -> ImageTraces:
        """Estimate the traces of all images for their weights in a normalised sum, from the searched subspace and a few JVPs of each image.

        Args:
            more: how many further JVPs of each image to take.
        """
        traces = image_traces(self.images, self.session, self.row_weights(), more)
        self._scales = traces.scales
        return traces

    def operator(self) -> StackedOperator:
        """The Jacobians of all images, stacked below each other (paper, equation 4), as an operator with JVPs and VJPs."""
        return self.images.stacked(self.session)

    def jacobian(self, image: int = 0) -> ImageJacobian:
        """The whole Jacobian of one image, (f * h * w, n).

        Raises:
            BudgetError: it does not fit the memory budget.
        """
        return image_jacobian(list(self.images)[image], self.session)

    @cached_property
    def holding(self) -> Holding:
        """How the Jacobian of each image is stored if the whole problem is solved, decided once from the memory budget."""
        return Holding.of(self.images, self.session)

    def gram_sums(self, exact: bool = False) -> GramSums:
        """Both Gram matrices as sums that can be added to others, with a note on how they were computed.

        Args:
            exact: never by VJPs, which round.
        """
        if self._sums is None or (exact and not self._sums.exact):
            scales: list[tuple[float, ...]] = []
            forms: list[ImageForm] = []
            each = partial(self._weighted, scales, forms)
            self._sums = gram_sums(self.images, self.parts(), self.session, self.holding, exact=exact, each=each)
            self._scales, self.forms = scales, forms
        self.mode = self._sums.mode
        return self._sums

    def _weighted(self, scales: list[tuple[float, ...]], forms: list[ImageForm], sums: GramSums) -> GramSums:
        """The matrices of one image with the image's weights in the sums; weights and compressed matrices are added to the lists."""
        if len(self.code) > 1:
            forms.append(ImageForm.of(sums))
        scales.append(sums.scales() if self.normalised else (1.0, 1.0))
        return sums.scaled() if self.normalised else sums

    _sums: GramSums | None = None
    forms: Sequence[ImageForm] = ()
    """The Gram matrices of each of several images, once they were summed; none of sums that were made elsewhere."""

    @property
    def note_on_sums(self) -> str:
        """A note on how the Gram matrices were computed; empty if the whole Jacobians were stored."""
        return "" if self._sums is None else self._sums.note

    def with_sums(self, sums: GramSums) -> RegionProblem:
        """The same problem with Gram matrices that were summed before."""
        other = copy.copy(self)
        other._sums = sums
        other._scales, other.forms = None, ()
        other.mode = sums.mode
        return other

    def gram_matrices(self, exact: bool = False) -> tuple[Tensor, Tensor]:
        """A and B of equation 7, means over values and images: (n, n) float64, symmetric, on the CPU."""
        a, b = self.gram_sums(exact).means()
        return a, b

    @cached_property
    def _factors(self) -> tuple[Tensor, Tensor]:
        rows: tuple[list[Tensor], list[Tensor]] = ([], [])
        counts: tuple[list[float], list[float]] = ([], [])
        sums = []
        scales: list[tuple[float, ...]] = []
        forms: list[ImageForm] = []
        for i, (image, parts) in enumerate(zip(self.images, self.parts(), strict=True)):
            jacobian = image_jacobian(image, self.session.part(i, len(self.code)))
            sums.append(self._weighted(scales, forms, GramSums(jacobian.grams(parts), jacobian.mode)))
            for found, count, part, scale in zip(rows, counts, parts, scales[-1], strict=True):
                found.append(jacobian.rows(part).mul_(scale**0.5))
                count.append(scale * total_weight(part, self.images.shape[0]))
        # Both come from the same Jacobians, so that nobody sums them again.
        total = reduce(add, sums)
        self._sums, self._scales, self.forms, self.mode = total, scales, forms, total.mode
        a, b = (torch.cat(found).div_(fsum(count) ** 0.5) for found, count in zip(rows, counts, strict=True))
        return a, b

    def factors(self) -> tuple[Tensor, Tensor]:
        """F_a (f, n) and F_b (r, n), float64, with ``A = F_a^T F_a`` and ``B = F_b^T F_b``.

        Raises:
            BudgetError: the whole Jacobian does not fit the memory budget.
        """
        return self._factors

    @contextmanager
    def subspace(self) -> Iterator[Subspace]:
        """Context manager: the subspace searched on these images so far, which the block may extend; cached however the block ends."""
        with cached_subspace(self.images, self.session) as subspace:
            if self.before_search is not None:
                self.before_search(subspace)
            yield subspace
            self.mode, self.searched_subspace = searched_by(subspace), subspace.snapshot()

    def prepared(self, share: float) -> PreparedSubspace:
        """A subspace outside of which lies no more than ``share`` of the images' energy; cached for every region."""
        prepared = prepared_images(self.images, self.session, share, self.subspace)
        self.mode = prepared.mode
        return prepared.subspace

    def searched(self, solver: SearchSolver, k: int) -> Solution:
        """The solution by ``solver.search``: of several images of equal weight, with the weights from the searched subspace."""
        return weighted_search(self, solver, k) if self.estimates_scales else solver.search(self, k)

    mode: str = ""
    """The mode of differentiation of the latest computation."""
    searched_subspace: Subspace | None = None
    """The subspace of the images' features after the latest search by products."""
    before_search: Callable[[Subspace], None] | None = None
    """A function called with the subspace before a search begins, to announce the cost of the search."""
