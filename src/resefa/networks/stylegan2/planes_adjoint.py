"""The adjoint of the derivative of ``finish``, a few feature planes at a time; not differentiable by itself."""

from __future__ import annotations

import torch
from torch import Tensor

from resefa.networks.stylegan2.fir import smooth_planes_adjoint
from resefa.networks.stylegan2.planes import Finishing, Prepared, planes_of
from resefa.types import Image, Latent


def finish_cotangents(
    of_unscaled: Tensor | None,
    of_scaled: Tensor | None,
    x: Image,
    demodulation: Latent,
    bias: Tensor,
    noise: Tensor | None,
    scale: Latent | None,
    how: Finishing,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """(t, b, c, h, w) each -> t gradients by x, (t, b, c, ...), by the demodulation and by the scale, (t, b, c).

    At least one of the results has cotangents; the gradient by the scale is None where the scaled one has none.
    """
    count = len(of_scaled if of_unscaled is None else of_unscaled)
    # A result without cotangents is as good as not there.
    how = how._replace(unscaled=of_unscaled is not None)
    prepared = Prepared(x, demodulation, bias, noise, None if of_scaled is None else scale, how)
    of_unscaled = None if of_unscaled is None else planes_of(of_unscaled)
    of_scaled = None if of_scaled is None else planes_of(of_scaled)
    dx = x.new_empty(count, *prepared.x.shape)
    # Planes first, as the batched products below give them.
    dd = x.new_empty(len(prepared.x), count)
    ds = None if of_scaled is None else torch.empty_like(dd)
    for part in prepared.chunks():
        filtered, y, slope = prepared.linearized(part)
        if of_unscaled is None:
            slope.mul_(prepared.scale[part])
        by_demodulation = filtered.mul_(slope) if how.smooth else filtered * slope
        by_x = slope.mul_(prepared.demodulation[part])
        if of_unscaled is None:
            dd[part], ds[part] = _sums([by_demodulation, y], of_scaled[:, part])
        elif of_scaled is None:
            (dd[part],) = _sums([by_demodulation], of_unscaled[:, part])
        else:
            (dd[part],) = _sums([by_demodulation], of_unscaled[:, part])
            by_scaled, ds[part] = _sums([by_demodulation, y], of_scaled[:, part])
            dd[part].addcmul_(by_scaled, prepared.scale[part].squeeze(2))
        for t in range(count):
            dy = of_scaled[t, part] if of_unscaled is None else of_unscaled[t, part]
            if of_unscaled is not None and of_scaled is not None:
                dy = torch.addcmul(dy, of_scaled[t, part], prepared.scale[part])
            if how.smooth:
                dx[t, part] = smooth_planes_adjoint(dy * by_x)
            else:
                torch.mul(dy, by_x, out=dx[t, part])
    dd = (dd * prepared.factor).t().unflatten(1, demodulation.shape)
    return prepared.images([dx])[0], dd, None if ds is None else ds.t().unflatten(1, demodulation.shape)


def _sums(weights: list[Tensor], cotangents: Tensor) -> tuple[Tensor, ...]:
    """(p, h, w) each and (t, p, h, w) -> (p, t) each: sums over planes, which read every cotangent once for all."""
    products = torch.bmm(torch.stack(weights, 1).flatten(2), cotangents.flatten(2).permute(1, 2, 0))
    return products.unbind(1)
