"""The Jacobian of a generator at one latent code (paper, equation 4) as a linear operator.

``(J)_jk = d G(z)_j / d z_k`` with j over channels, rows and columns of the image and k over latent dimensions. Columns
are products ``J v`` in forward mode: n of them cost about n forward passes, where one backward pass per output value
costs as many as the image has values. Every channel is kept, and a coarser analysis resolution is an area average.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import vjp, vmap

from resefa.errors import BudgetError, GeneratorError, parameter
from resefa.jacobian.estimate import Estimate
from resefa.jacobian.modes import ZERO, jvps, load_derivative_rules, not_differentiable
from resefa.runtime.allocator import large_buffers_kept
from resefa.runtime.jacobian_layout import FORWARD, MODES
from resefa.runtime.memory import chunk_size, in_words, measured_pass, memory_budget
from resefa.runtime.out_of_memory import in_smaller_batches, is_out_of_memory, memory_errors_said
from resefa.runtime.primal_cache import primal_kept
from resefa.runtime.progress import Progress
from resefa.runtime.tf32 import no_tf32


class JacobianOperator:
    """The Jacobian J of ``function`` at ``point``: JVPs ``J v``, VJPs ``J^T u`` and the dense matrix.

    Three ways to ``J v`` are tried in turn, since not every module supports the fastest: forward mode with the primal
    pass shared by all tangents of a chunk (``vmap`` of ``jvp``); forward mode with the primal repeated per tangent
    (plain dual numbers, no ``vmap``); reverse mode applied twice, for modules with backward formulas only.

    Args:
        function: (b, n) -> (b, ...), differentiable, each row of the output depending on its own row of the input.
        point: (n,) or (1, n), the code z.
        memory: budget in bytes for the tangents in flight; default half of what is free.
        chunk: tangents per pass; default chosen from the budget, and fewer where the memory runs out.
        mode: one of MODES; default the first that works here.
        strict: refuse a budget that one tangent does not fit; False: try all the same.

    Attributes:
        before_chunk: called before each chunk of products; may raise, to stop the work.

    Raises:
        GeneratorError: the function cannot be differentiated, or its output is NaN or infinite at the point.
        BudgetError: one tangent does not fit the memory that was named.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        *,
        memory: int | None = None,
        chunk: int | None = None,
        mode: str | None = None,
        strict: bool = True,
    ) -> None:
        if not callable(function) or not isinstance(point, Tensor):
            raise GeneratorError(
                f"function is a {type(function).__name__} and point is a {type(point).__name__}; expected a function of tensors and a tensor. "
                "For a generator and a latent code call resefa.discover."
            )
        load_derivative_rules()
        self.function = function
        self.point = point.detach().reshape(1, -1)
        # The pass that checks the image also measures what one tangent will need.
        with primal_kept(1, 0) as kept, memory_errors_said("a single image", self.point.device):
            primal, self._per_tangent = measured_pass(function, self.point)
        self._primal_bytes = kept.asked
        if not bool(torch.isfinite(primal).all()):
            raise GeneratorError(
                "The generator returns NaN or infinity for this latent code; try a different seed, or load the generator in float32."
            )
        self.output_shape = tuple(primal.shape[1:])
        self._shape = (primal[0].numel(), self.point.shape[1])
        self._budget = memory_budget(memory, self.point.device)
        if strict and memory is not None and self._per_tangent > self._budget:
            raise BudgetError(
                f"The memory budget leaves {in_words(self._budget)} for derivatives, but one derivative needs {in_words(self._per_tangent)}; "
                f"raise {parameter('memory')} by at least {in_words(self._per_tangent - self._budget)}, or use a lower precision."
            )
        self._chunk = chunk
        self._most: int | None = None
        self._mode = mode
        self.before_chunk: Callable[[], None] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (m, n): number of output values, number of latent dimensions."""
        return self._shape

    @property
    def dtype(self) -> torch.dtype:
        return self.point.dtype

    def chunk_for(self, tangents: int) -> int:
        """The number of tangents per pass, chosen once from the memory budget and one measured forward pass."""
        if self._chunk is None:
            self._chunk = self.chunk_within(self._budget)
        return max(1, min(self._chunk, tangents))

    @property
    def per_tangent(self) -> int:
        """Bytes of memory that one tangent needs during a pass."""
        return self._per_tangent

    def chunk_within(self, memory: int) -> int:
        """The number of tangents per pass that fit into ``memory`` bytes."""
        kept = 0 < self._primal_bytes < memory // 4
        found = chunk_size(
            self.shape[1],
            self._per_tangent,
            memory - kept * self._primal_bytes,
            self.point.device,
            primal_kept=kept,
        )
        return found if self._most is None else min(found, self._most)

    def at_most(self, tangents: int | None) -> None:
        """Limit the number of tangents per pass from now on; None: no limit except the memory budget."""
        self._most = tangents
        if self._chunk is not None and tangents is not None:
            self._chunk = min(self._chunk, tangents)

    def within(self, memory: int) -> None:
        """Set the memory budget to ``memory`` bytes from now on."""
        self._budget, self._chunk = memory, None

    def estimate(self, columns: int, *, done: int = 0) -> Estimate:
        """The cost of ``dense``, from the time of one image, which one tangent takes as well (docs/measurements/speed.md)."""
        kept = columns * self.shape[0] * self.point.dtype.itemsize
        left = columns - done
        return Estimate(left, self.chunk_for(columns), self.image_seconds() * left, kept, self.work_for(columns))

    def image_seconds(self) -> float:
        """The time of one forward pass in seconds, measured now."""
        seconds = []
        with torch.no_grad(), large_buffers_kept():
            for _ in range(2):  # the first one warms up
                start = time.perf_counter()
                self.function(self.point)
                if self.point.device.type == "cuda":
                    torch.cuda.synchronize(self.point.device)
                seconds.append(time.perf_counter() - start)
        return min(seconds)

    def work_for(self, tangents: int) -> int:
        """Bytes of memory that JVPs with this number of tangents need, in addition to their result."""
        return self.chunk_for(tangents) * self._per_tangent + min(self._primal_bytes, self._budget)

    def _primal_kept(self, chunk: int) -> contextlib.AbstractContextManager[object]:
        """Context manager that caches the layers' outputs that all chunks of a call share, within the memory budget."""
        # A single tangent has as many rows as the point: its own steps would be kept in vain.
        room = self._budget - chunk * self._per_tangent
        return primal_kept(1, room) if chunk > 1 and room > 0 else contextlib.nullcontext()

    def apply(self, vectors: Tensor) -> Tensor:
        """``J v`` for each row: (k, n) -> (k, m)."""
        vectors = vectors.to(self.point)
        with large_buffers_kept(), self._primal_kept(self.chunk_for(len(vectors))):
            products = self._fitting(self._first_products, vectors)
        return torch.cat(products) if products else vectors.new_zeros(0, self.shape[0])

    def _fitting(self, product: Callable[[Tensor], Tensor], vectors: Tensor) -> list[Tensor]:
        """Products with the rows, chunk by chunk; if the memory runs out, all further chunks are smaller."""
        check = self.before_chunk

        def checked(rows: Tensor) -> Tensor:
            if check is not None:
                check()
            return product(rows)

        return in_smaller_batches(checked, vectors, self.chunk_for(len(vectors)), what="derivative", fitted=self._fits)

    def _fits(self, tangents: int) -> None:
        self._chunk = self._most = tangents

    def adjoint(self, covectors: Tensor) -> Tensor:
        """``J^T u`` for each row: (k, m) -> (k, n), reverse mode."""
        return self.transposed()(covectors)

    def transposed(self) -> Callable[[Tensor], Tensor]:
        """A function like ``adjoint`` that reuses the graph of one forward pass in all calls."""
        lacking = memory_errors_said("the VJPs of one image", self.point.device)
        with large_buffers_kept(), no_tf32(), torch.enable_grad(), lacking:
            pull_back: Callable[..., tuple[Tensor, ...]] = vjp(lambda z: self.function(z)[0], self.point)[1]

        def product(covectors: Tensor) -> Tensor:
            covectors = covectors.to(self.point).reshape(-1, *self.output_shape)
            # Within a sweep nothing of a pull-back belongs to the kept primal.
            with large_buffers_kept(), torch.enable_grad(), primal_kept(0, 0):
                rows = self._fitting(lambda block: self._pulled_back(pull_back, block), covectors)
            return torch.cat(rows).detach() if rows else self.point.new_zeros(0, self.shape[1])

        return product

    @staticmethod
    def _pulled_back(pull_back: Callable[..., tuple[Tensor, ...]], block: Tensor) -> Tensor:
        """``J^T u`` for all rows at once, or row by row if an operation's backward formula has no batching rule."""

        def one(u: Tensor) -> Tensor:
            return pull_back(u, retain_graph=True)[0][0]

        # Nobody differentiates these products again, so that they need keep nothing.
        with torch.no_grad(), no_tf32():
            try:
                return vmap(one)(block)
            except (RuntimeError, NotImplementedError) as error:
                if is_out_of_memory(error):
                    raise
                return torch.stack([one(u) for u in block])

    def dense(
        self,
        progress: Progress | None = None,
        *,
        into: Tensor | None = None,
        done: int = 0,
        noted: Callable[[int], None] | None = None,
    ) -> Tensor:
        """The whole Jacobian, (m, n), in the generator's precision.

        Args:
            progress: ``progress(done, n)`` is called after each chunk.
            into: (n, m), takes the columns as its rows; the result is its transpose. Default a new tensor.
            done: how many columns ``into`` holds already.
            noted: ``noted(done)`` is called after each chunk, before ``progress``: what an interruption leaves behind.

        Raises:
            GeneratorError: a derivative is NaN or infinite.
        """
        m, n = self.shape
        rows = torch.empty(n, m, dtype=self.point.dtype, device=self.point.device) if into is None else into

        def keep(start: int, stop: int, products: Tensor) -> None:
            rows[start:stop] = products
            if rows.dtype != products.dtype:
                check_range(rows[start:stop])
            if noted is not None:
                noted(stop)
            if progress is not None:
                progress(stop, n)

        self.sweep(keep, done=done)
        return rows.T

    def sweep(self, take: Callable[[int, int, Tensor], None], *, done: int = 0) -> None:
        """Call ``take(start, stop, columns)`` for all columns of J from ``done`` on, in chunks with the columns as rows (k, m).

        Raises:
            GeneratorError: a derivative is NaN or infinite.
        """
        n, start = self.shape[1], done
        with large_buffers_kept(), self._primal_kept(self.chunk_for(n)):
            while start < n:
                stop = min(start + self.chunk_for(n), n)
                block = torch.zeros(stop - start, n, dtype=self.point.dtype, device=self.point.device)
                block[torch.arange(stop - start), torch.arange(start, stop)] = 1
                for products in self._fitting(self._first_products, block):
                    _check_derivative(products)
                    take(start, start + len(products), products)
                    start += len(products)

    @property
    def mode(self) -> str:
        """The mode of automatic differentiation in use, one of MODES."""
        if self._mode is None:
            self._first_products(self._probe())
        return self._mode or FORWARD

    def _probe(self) -> Tensor:
        return torch.randn(self.point.shape, generator=torch.Generator().manual_seed(0)).to(self.point)

    def _first_products(self, vectors: Tensor) -> Tensor:
        """JVPs in the first mode that returns a non-zero derivative; later calls use the same mode."""
        if self._mode is not None:
            return jvps(self.function, self.point, vectors, self._mode)
        reasons = []
        for mode in MODES:
            try:
                products = jvps(self.function, self.point, vectors, mode)
                # Dimensions that the network does not use give zeros rightly: only a random direction can tell.
                if bool(products.any()) or bool(jvps(self.function, self.point, self._probe(), mode).any()):
                    self._mode = mode
                    return products
                reasons.append(ZERO)
            except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
                if is_out_of_memory(error):
                    raise
                reasons.append(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
        raise not_differentiable(reasons)


def check_range(rows: Tensor) -> None:
    """Raise GeneratorError if a derivative overflows the precision in which the Jacobian is stored."""
    if not bool(torch.isfinite(rows).all()):
        raise GeneratorError(
            f"A derivative of the generator is too large for {str(rows.dtype)[6:]}; store the Jacobian in float32 ({parameter('stored', 'float32')})."
        )


def _check_derivative(rows: Tensor) -> None:
    if not bool(torch.isfinite(rows).all()):
        raise GeneratorError(
            "A derivative of the generator is NaN or infinite for this latent code; try a different seed."
        )
