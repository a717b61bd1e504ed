"""Design of StyleGAN3's low-pass filters, for checkpoints that do not store them.

Karras et al., "Alias-Free Generative Adversarial Networks", NeurIPS 2021, section 3 and appendix C.1; Kaiser's window from
Oppenheim and Schafer, "Discrete-time signal processing", section 7.5.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def kaiser_beta(taps: int, width: float) -> float:
    """Shape parameter beta of Kaiser's window for ``taps`` taps and a transition band of ``width``, a fraction of half the sampling rate."""
    attenuation = 2.285 * (taps - 1) * math.pi * width + 7.95
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    return 0.0


def low_pass(taps: int, cutoff: float, width: float, rate: float, radial: bool = False) -> Tensor:
    """Low-pass filter with sum 1, float32: (taps,), applied along each axis, or (taps, taps) if ``radial``.

    Args:
        taps: length of the filter; 1 means no filter.
        cutoff: frequency of half response, in cycles per unit length, as are ``width`` and ``rate``.
        width: width of the whole transition band.
        rate: samples per unit length of the filtered signal.
        radial: the same response in every direction (a jinc in place of a sinc), for rotations.
    """
    if taps == 1:
        return torch.ones((1, 1) if radial else (1,))
    at = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate
    window = torch.kaiser_window(taps, periodic=False, beta=kaiser_beta(taps, width / (rate / 2)), dtype=torch.float64)
    if radial:
        radius = torch.hypot(at[:, None], at[None, :]).clamp_min(1e-12 / rate)
        response = torch.special.bessel_j1(2 * math.pi * cutoff * radius) / radius
        response = response * window[:, None] * window[None, :]
    else:
        response = torch.sinc(2 * cutoff * at) * window
    return (response / response.sum()).float()
