"""The plan for Gram matrices without a stored Jacobian: bands of its rows, or JVPs and VJPs, within the memory budget.

For n columns, R parts, and rows of J that weigh in some part, of s bytes in all:

* **Bands.** The rows in p bands, one forward sweep over all columns for each. Of a sweep the band's rows are kept, s / p bytes,
  and multiplied in float64: the sums are those of a kept J. ``p n`` forward products, any number of parts for the same.
* **Products.** ``G_r[:, e] = J^T (w_r * (J e))``: a forward product per column, shared by all parts, and a reverse product per
  column and part. ``(1 + R) n`` products, however large the image; beside the matrices it holds the graph of one forward pass.
  Each reverse product rounds in the generator's precision (docs/measurements/speed.md has by how much).

A reverse product costs about as much as a forward one, so bands where p is at most about 1 + R, products otherwise. Of parts that
make up the whole (inside and outside) the last one might come from the sum over all pixels: that sum costs as many reverse
products as the part, and the difference rounds more, so it is not done. Rows that no part weighs are never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import torch
from torch import Tensor

from resefa.errors import BudgetError, parameter
from resefa.jacobian.gram_matrices import value_weights
from resefa.jacobian.operator import JacobianOperator
from resefa.runtime.memory import graph_bytes, in_words

MOST_BANDS = 16
"""The largest number of sweeps; beyond, a little more memory is the better solution."""
EXACT_WORTH = 1.2
"""The cost of bands relative to JVPs and VJPs up to which bands are preferred, because their sums are exact to float64."""


@dataclass(frozen=True)
class StreamingPlan:
    """A plan for streamed Gram matrices, with its cost and memory.

    Attributes:
        bands: sweeps over all columns, or 0 for forward and reverse products.
        products: in all.
        cost: the same, with the primal pass that each chunk of tangents repeats.
        work: bytes that tangents in flight may take.
        held: bytes beside them: the sums, and the band or the graph.
    """

    bands: int
    products: int
    cost: float
    work: int
    held: int

    @property
    def exact(self) -> bool:
        """Whether the sums equal those of a stored Jacobian up to float64 rounding."""
        return self.bands > 0

    @property
    def way(self) -> str:
        """The method of summing, as text for the status."""
        if self.bands == 0:
            return "by JVPs and VJPs"
        return f"in {self.bands} sweep{'s' * (self.bands > 1)} over bands of its rows"


def counted_rows(weights: Sequence[Tensor], channels: int) -> Tensor:
    """Indices of the rows of J with a non-zero weight in at least one part, ascending, of (channel, row, column) flattened."""
    return torch.stack([value_weights(part, channels) != 0 for part in weights]).any(0).nonzero().squeeze(1)


def plan_for(
    operator: JacobianOperator,
    weights: Sequence[Tensor],
    budget: int,
    *,
    itemsize: int,
    exact: bool = False,
    matrices: int = 0,
) -> StreamingPlan:
    """The cheapest plan that fits into ``budget`` bytes.

    Args:
        weights: (h, w) of each part.
        itemsize: bytes of a value of J where a band is kept.
        exact: bands alone.
        matrices: n x n matrices that the caller holds beside.

    Raises:
        BudgetError: neither fits.
    """
    n, parts = operator.shape[1], len(weights)
    row = n * itemsize
    rows = len(counted_rows(weights, operator.output_shape[0]))
    # Two more while sums are unpacked or made symmetric.
    sums = (parts + 2 + matrices) * n * n * 8

    def plan(bands: int, held: int) -> StreamingPlan | None:
        work = budget - held
        if work < operator.per_tangent:
            return None
        repeated = n / operator.chunk_within(work)
        if bands:
            return StreamingPlan(bands, bands * n, bands * (n + repeated), work, held)
        return StreamingPlan(0, (1 + parts) * n, (1 + parts) * n + repeated, work, held)

    in_bands = [plan(bands, sums + ceil(rows / bands) * row) for bands in range(1, MOST_BANDS + 1)]
    found = min((each for each in in_bands if each), key=lambda each: each.cost, default=None)
    least = sums + ceil(rows / MOST_BANDS) * row
    if not exact:
        graph = graph_bytes(operator.function, operator.point)
        by_products = plan(0, sums + graph)
        least = min(least, sums + graph)
        if by_products and (found is None or found.cost > EXACT_WORTH * by_products.cost):
            found = by_products
    if found is None:
        needed = in_words(least + operator.per_tangent)
        raise BudgetError(
            f"The memory budget of {in_words(budget)} is too small: even without storing the Jacobian, the Gram matrices over {n} dimensions "
            f"and one product at a time need {needed}. Raise {parameter('memory')} to at least this amount."
        )
    return found
