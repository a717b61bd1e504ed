"""Gram matrices of the parts of an image without a stored Jacobian, by the cheaper method of ``streaming_plan``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from resefa.jacobian.gram_matrices import Gram, packed_gram, value_weights
from resefa.jacobian.operator import JacobianOperator, check_range
from resefa.jacobian.streaming_plan import StreamingPlan, counted_rows
from resefa.jacobian.symmetric_product import empty_packed, unpacked
from resefa.runtime.progress import Progress


@dataclass(frozen=True, eq=False)
class StreamedGrams:
    """Streamed Gram matrices: one for each part of the image.

    Attributes:
        asymmetry: the largest ``|G - G^T| / trace G`` (Frobenius) before sums were made symmetric: what reverse products
            rounded. 0 where sums are exact to float64.
    """

    grams: list[Gram]
    asymmetry: float = 0.0


def streamed_grams(
    operator: JacobianOperator,
    weights: Sequence[Tensor],
    plan: StreamingPlan,
    *,
    stored: torch.dtype | None = None,
    progress: Progress | None = None,
) -> StreamedGrams:
    """Gram matrices of the parts of one image, computed without storing its Jacobian.

    Args:
        weights: of each part, in [0, 1]: (h, w), all channels alike, or (c, h, w).
        stored: precision in which a band of J is kept.
        progress: ``progress(done, all)`` in products.

    Raises:
        GeneratorError: a derivative is NaN or infinite, or does not fit ``stored``.
    """
    operator.within(plan.work)
    device = torch.device("cpu") if operator.point.device.type == "mps" else operator.point.device
    channels = operator.output_shape[0]
    flat = [value_weights(part.to("cpu", torch.float64), channels) for part in weights]
    if plan.bands:
        totals, asymmetry = _by_bands(operator, flat, plan, stored or operator.dtype, device, progress), 0.0
    else:
        totals, asymmetry = _by_products(operator, flat, plan, device, progress)
    return StreamedGrams([Gram(total, float(part.sum())) for total, part in zip(totals, flat, strict=True)], asymmetry)


def _by_bands(
    operator: JacobianOperator,
    flat: list[Tensor],
    plan: StreamingPlan,
    stored: torch.dtype,
    device: torch.device,
    progress: Progress | None,
) -> list[Tensor]:
    n = operator.shape[1]
    chosen = counted_rows(flat, 1)
    sums = [empty_packed(n, device) for _ in flat]
    for i, band in enumerate(chosen.tensor_split(plan.bands)):
        columns = torch.empty(n, len(band), dtype=stored, device=operator.point.device)
        here = band.to(operator.point.device)

        def keep(
            start: int, stop: int, products: Tensor, columns: Tensor = columns, here: Tensor = here, i: int = i
        ) -> None:
            columns[start:stop] = products.index_select(1, here)
            if stored != products.dtype:
                check_range(columns[start:stop])
            if progress is not None:
                progress(i * n + stop, plan.products)

        operator.sweep(keep)
        for total, part in zip(sums, flat, strict=True):
            more, _ = packed_gram(columns.T, part[band])
            total.add_(more)
    # One is let go as the next is unpacked.
    return [unpacked(sums.pop(0), n) for _ in flat]


def _by_products(
    operator: JacobianOperator, flat: list[Tensor], plan: StreamingPlan, device: torch.device, progress: Progress | None
) -> tuple[list[Tensor], float]:
    n = operator.shape[1]
    totals = [torch.empty(n, n, dtype=torch.float64, device=device) for _ in flat]
    parts = [part.to(operator.point) for part in flat]
    transposed = operator.transposed()

    def multiply(start: int, stop: int, products: Tensor) -> None:
        for i, (total, part) in enumerate(zip(totals, parts, strict=True)):
            total[start:stop] = transposed(products * part).to(device)
            if progress is not None:
                progress((1 + len(parts)) * start + (2 + i) * (stop - start), plan.products)

    operator.sweep(multiply)
    return totals, max(_made_symmetric(total) for total in totals)


def _made_symmetric(total: Tensor) -> float:
    """Symmetrize the matrix in place, and return its asymmetry before, relative to its trace."""
    trace = float(total.diagonal().sum())
    mirrored = total.T.clone()
    gap = float(torch.dist(total, mirrored))
    total.add_(mirrored).mul_(0.5)
    return gap / trace if trace > 0 else 0.0
