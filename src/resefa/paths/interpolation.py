"""Monotone interpolation of the nodes of a path: piecewise cubics that do not overshoot any coordinate.

Source: Fritsch and Butland, "A method for constructing local monotone piecewise cubic interpolants", SIAM J. Sci. Stat. Comput. 5
(1984), with the three-point rule at the ends.
"""

from __future__ import annotations

import torch
from torch import Tensor


def slopes(places: Tensor, values: Tensor) -> Tensor:
    """The slopes (p, n) of the interpolant at ascending places (p,) with values (p, n)."""
    count = len(places)
    if count < 2:
        return torch.zeros_like(values)
    widths = places.diff()[:, None]
    secants = values.diff(dim=0) / widths
    if count == 2:
        return secants.expand(2, -1).clone()
    found = torch.zeros_like(values)
    before, after = secants[:-1], secants[1:]
    near, far = 2 * widths[1:] + widths[:-1], widths[1:] + 2 * widths[:-1]
    # The weighted harmonic mean of the two secants, zero where their signs differ.
    same = before * after > 0
    harmonic = (near + far) / (near / torch.where(same, before, 1.0) + far / torch.where(same, after, 1.0))
    found[1:-1] = torch.where(same, harmonic, 0.0)
    found[0] = _end(widths[0], widths[1], secants[0], secants[1])
    found[-1] = _end(widths[-1], widths[-2], secants[-1], secants[-2])
    return found


def interpolated(places: Tensor, values: Tensor, rates: Tensor, at: Tensor) -> Tensor:
    """The values (s, n) of the cubic Hermite interpolant at places (s,) within the nodes."""
    if len(places) < 2:
        return values.expand(len(at), -1).clone()
    i = torch.searchsorted(places, at.contiguous()).clamp(1, len(places) - 1)
    width = (places[i] - places[i - 1])[:, None]
    t = (at[:, None] - places[i - 1, None]) / width
    low, high = values[i - 1], values[i]
    # The values at the nodes are exact: each basis polynomial is 1 or 0 there.
    return (
        low * (1 + 2 * t) * (1 - t) ** 2
        + high * t**2 * (3 - 2 * t)
        + width * (rates[i - 1] * t * (1 - t) ** 2 - rates[i] * t**2 * (1 - t))
    )


def _end(width: Tensor, next_width: Tensor, secant: Tensor, next_secant: Tensor) -> Tensor:
    """The slope at an end from a parabola through three nodes, limited so that the cubic stays monotone."""
    slope = ((2 * width + next_width) * secant - width * next_secant) / (width + next_width)
    slope = torch.where(slope * secant <= 0, 0.0, slope)
    steep = (secant * next_secant < 0) & (slope.abs() > 3 * secant.abs())
    return torch.where(steep, 3 * secant, slope)
