"""Rates, cutoffs and sizes of StyleGAN3's layers: the geometric schedule of its paper (section 3.2, appendix C and D).

Cutoffs and stopbands grow geometrically from the first layer's to the last's, which the ``num_critical`` last layers keep;
a rate is the power of two that holds twice the stopband, at most the image's resolution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Signal:
    """What one layer puts out: ``rate`` samples per unit length, ``size`` samples across, margins included."""

    rate: int
    cutoff: float
    half_width: float
    size: int


def schedule(sizes: Sequence[int], settings: Mapping[str, Any]) -> list[Signal]:
    """One signal per layer, the last layer's (to the image) included.

    Args:
        sizes: what each layer puts out, as its name says; the last one's is the image's. They settle the rates where twice
            a stopband is a power of two but for rounding, and nothing else.
        settings: ``num_critical``, ``first_cutoff``, ``first_stopband``, ``last_stopband_rel``, ``margin_size``.
    """
    resolution, margin = sizes[-1], settings["margin_size"]
    first_cutoff, first_stopband = settings["first_cutoff"], settings["first_stopband"]
    last_cutoff = resolution / 2
    last_stopband = last_cutoff * settings["last_stopband_rel"]
    last = len(sizes) - 1
    growing = max(last - settings["num_critical"], 1)
    signals = []
    for i, named in enumerate(sizes):
        part = min(i / growing, 1)
        cutoff = first_cutoff * (last_cutoff / first_cutoff) ** part
        stopband = first_stopband * (last_stopband / first_stopband) ** part
        octaves = math.log2(min(stopband * 2, resolution))
        rates = [2 ** math.ceil(octaves + rounding) for rounding in (0, -1e-9, 1e-9)]
        rate = next((rate for rate in rates if rate + 2 * margin == named), rates[0])
        size = resolution if i >= last - 1 else rate + 2 * margin
        signals.append(Signal(rate, cutoff, max(stopband, rate / 2) - cutoff, size))
    return signals
