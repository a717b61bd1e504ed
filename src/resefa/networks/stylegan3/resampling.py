"""StyleGAN3's filtered nonlinearity (upsample, leaky ReLU, downsample) by convolutions that never touch an inserted zero.

Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021, sections 2 and 3, appendix C.3.

Upsampling by ``up`` and filtering makes ``up`` interleaved signals per axis, each a short correlation of the input with
every up-th tap. Downsampling by ``down`` reads ``down`` interleaved signals per axis, each with every down-th tap, and adds
them. The nonlinearity acts on each value separately, so the fine image is never interleaved: it stays ``down`` streams per
axis. All steps are depthwise convolutions, fastest on a few channels at a time, channels last, in the processor cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

_CHUNK = 1 << 20
"""Values of one stream that a CPU processes at a time."""


@dataclass(frozen=True)
class Resampling:
    """Sizes and factors of one layer, the same along both axes.

    Attributes:
        size: rows and columns that come in; ``outputs``: that go out.
        up, down: factors to and from the rate of the nonlinearity; ``down`` divides ``up``.
        up_taps, down_taps: lengths of the filters.
        before: zeros before the first sample of the raised signal (negative: samples dropped).
    """

    size: int
    outputs: int
    up: int
    down: int
    up_taps: int
    down_taps: int
    before: int

    @property
    def stream(self) -> int:
        """Length of the longest stream: ``(outputs - 1) * down + down_taps`` upsampled samples are split into ``down`` streams."""
        return self.outputs - 1 + -(-self.down_taps // self.down)

    def phases(self, stream: int) -> Iterator[tuple[slice, int]]:
        """Taps of the flipped upsampling filter and first input sample, for each signal that a stream interleaves."""
        for part in range(self.up // self.down):
            at = part * self.down + stream - self.before
            first = -at % self.up
            yield slice(first, None, self.up), (at + first) // self.up


def filtered_leaky_relu(
    x: Tensor, scale: Tensor, bias: Tensor, filters: tuple[Tensor, Tensor], activation: Activation
) -> Tensor:
    """``down(clamp(gain * leaky_relu(up(x * scale + bias))))``: (b, c, size, size) -> (b, c, outputs, outputs).

    Args:
        scale: (b, c).
        bias: (c,), a constant.
        filters: constants: the up filter (up_taps,), and the down filter, (down_taps,) if separable or else
            (down_taps, down_taps).
    """
    plan, (up_filter, down_filter) = activation.plan, filters
    images, channels = x.shape[:2]
    # A positive gain commutes with filters and leaky ReLU, so it is applied to the few taps.
    columns = up_filter.detach().to(x.dtype).flip(0) * plan.up
    down = down_filter.detach().to(x.dtype).flip(tuple(range(down_filter.ndim)))
    # All images share the filters, so their channels become channels of one image.
    x = x.reshape(1, images * channels, *x.shape[2:])
    scale = scale.reshape(1, -1, 1, 1)
    bias = bias.detach().expand(images, channels).reshape(1, -1, 1, 1)
    chunk = images * channels
    if x.device.type == "cpu":
        chunk = min(chunk, max(8, _CHUNK // plan.stream**2 // 8 * 8))
    parts = []
    for start in range(0, images * channels, chunk):
        here = slice(start, start + chunk)
        parts.append(
            FilteredLeakyReLU.apply(
                x[:, here], scale[:, here], bias[:, here], columns * activation.gain, columns, down, activation
            )
        )
    x = torch.cat(parts, 1) if len(parts) > 1 else parts[0]
    return x.reshape(images, channels, plan.outputs, plan.outputs)


@dataclass(frozen=True)
class Activation:
    """Leaky ReLU, gain and clamp between two resamplings."""

    plan: Resampling
    slope: float
    gain: float
    clamp: float | None

    def value(self, fine: Tensor) -> Tensor:
        fine = F.leaky_relu(fine, self.slope)
        return fine if self.clamp is None else fine.clamp(-self.clamp, self.clamp)

    def derivative(self, fine: Tensor) -> Tensor:
        steps = torch.where(fine > 0, fine.new_ones(()), self.slope)
        return steps if self.clamp is None else torch.where((fine * steps).abs() <= self.clamp, steps, 0.0)


class FilteredLeakyReLU(torch.autograd.Function):
    """One chunk, (1, c, size, size) -> (1, c, outputs, outputs), with custom derivative rules.

    The fine image is recomputed for a derivative instead of stored, once for any number of tangents. Each tangent then takes
    one multiplication where PyTorch's rules for leaky ReLU, clamp and convolution take five passes.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(
        x: Tensor, scale: Tensor, bias: Tensor, rows: Tensor, columns: Tensor, down: Tensor, activation: Activation
    ) -> Tensor:
        return _through(x * scale + bias, None, rows, columns, down, activation)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        *tensors, ctx.activation = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)
        ctx.set_materialize_grads(False)

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor | None) -> Tensor:
        dx, dscale = tangents[:2]
        x, scale, bias, rows, columns, down = ctx.saved_tensors
        change = None if dx is None else dx * scale
        if dscale is not None:
            change = x * dscale if change is None else change + x * dscale
        return _through(x * scale + bias, change, rows, columns, down, ctx.activation)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        (grad,) = cotangents
        if grad is None:
            return (None,) * 7
        x, scale, bias, rows, columns, down = ctx.saved_tensors

        def output(x: Tensor, scale: Tensor) -> Tensor:
            return _through(x * scale + bias, None, rows, columns, down, ctx.activation)

        pull = torch.func.vjp(output, x, scale)[1]
        return *pull(grad), None, None, None, None, None


def _through(
    x: Tensor, change: Tensor | None, rows: Tensor, columns: Tensor, down: Tensor, activation: Activation
) -> Tensor:
    """Output for ``x``, or the tangent of the output if ``change``, a tangent of ``x``, is given."""
    plan = activation.plan
    x, change = _channels_last(x), None if change is None else _channels_last(change)
    total = []
    for i in range(plan.down):
        wide = _raise(x, columns, plan, i, axis=3)
        wide_change = None if change is None else _raise(change, columns, plan, i, axis=3)
        partial = []
        for j in range(plan.down):
            fine = _raise(wide, rows, plan, j, axis=2)
            if wide_change is None:
                fine = activation.value(fine)
            else:
                fine = _raise(wide_change, rows, plan, j, axis=2) * activation.derivative(fine)
            taps = down[j :: plan.down, None] if down.ndim == 1 else down[j :: plan.down, i :: plan.down]
            # Streams with fewer taps are one sample longer.
            partial.append(_correlate(fine, taps)[:, :, : plan.outputs])
        low = reduce(torch.add, partial)
        low = low if down.ndim == 2 else _correlate(low, down[None, i :: plan.down])
        total.append(low[..., : plan.outputs])
    # Tangents need the memory layout of their values, or each is copied once more.
    return reduce(torch.add, total).contiguous()


def _channels_last(x: Tensor) -> Tensor:
    """The same values with channels last in memory; works under ``vmap``."""
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)


def _raise(x: Tensor, taps: Tensor, plan: Resampling, stream: int, axis: int) -> Tensor:
    """One stream of the upsampled and filtered signal along one axis."""
    parts = plan.up // plan.down
    length = -(-plan.stream // parts)
    found = []
    for chosen, start in plan.phases(stream):
        here = taps[chosen]
        end = start + length + len(here) - 1
        before, after = max(-start, 0), max(end - plan.size, 0)
        part = x
        if start > 0 or end < plan.size:
            part = part.narrow(axis, max(start, 0), min(end, plan.size) - max(start, 0))
        padding = min(before, after)
        if before != after:
            extra = (before - padding, after - padding)
            part = F.pad(part, extra if axis == 3 else (0, 0, *extra))
        kernel = here[None] if axis == 3 else here[:, None]
        weight = kernel.expand(x.shape[1], 1, *kernel.shape)
        found.append(F.conv2d(part, weight, padding=(0, padding) if axis == 3 else (padding, 0), groups=x.shape[1]))
    if parts == 1:
        return found[0]
    # Interleaved with channels last; the last crop removes a possible extra sample at the end.
    return torch.stack([part.permute(0, 2, 3, 1) for part in found], axis).flatten(axis - 1, axis).permute(0, 3, 1, 2)


def _correlate(x: Tensor, taps: Tensor) -> Tensor:
    return F.conv2d(x, taps.expand(x.shape[1], 1, *taps.shape), groups=x.shape[1])
