"""Figures of an attribute reader on drawn heads: accuracy where the part is visible, calibration, errors of colours and pose."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.training.drawn_heads import DrawnHeads
from resefa.worlds import COLOURS, KINDS
from resefa.worlds.attribute_reader import Readings

_TEMPERATURES = torch.logspace(-1, 1, 201).tolist()
_BINS = 10


def accuracy(found: Readings, heads: DrawnHeads) -> dict[str, float]:
    """Fraction of the heads that show the part and whose kind is read correctly."""
    correct = {name: _right(found, heads, name)[_shown(heads, name)] for name in KINDS}
    return {name: round(float(values.float().mean()), 4) for name, values in correct.items()}


def temperatures(found: Readings, heads: DrawnHeads) -> dict[str, float]:
    """For each attribute the divisor of the logits with the greatest likelihood of the heads that show the part."""
    best: dict[str, float] = {}
    for name in KINDS:
        chosen = _shown(heads, name)
        logits = found.probabilities[name].double().clamp_min(1e-30).log()[chosen]
        truth = torch.from_numpy(heads.attributes.kinds[name])[chosen]
        losses = [float(torch.nn.functional.cross_entropy(logits / t, truth)) for t in _TEMPERATURES]
        best[name] = round(_TEMPERATURES[losses.index(min(losses))], 4)
    return best


def calibration_errors(found: Readings, heads: DrawnHeads) -> dict[str, float]:
    """Expected calibration error: mean distance of confidence and accuracy over ten bins of confidence (Guo et al., ICML 2017)."""
    result: dict[str, float] = {}
    for name in KINDS:
        chosen = _shown(heads, name)
        confidence, right = found.confidence(name)[chosen], _right(found, heads, name)[chosen].float()
        bins = (confidence * _BINS).long().clamp_max(_BINS - 1)
        gaps = [(confidence[bins == i] - right[bins == i]).sum().abs() for i in range(_BINS)]
        result[name] = round(float(torch.stack(gaps).sum() / len(confidence)), 4)
    return result


def errors(found: Readings, heads: DrawnHeads) -> dict[str, list[float]]:
    """Root mean squared error of each number of the colours, where the picture shows them, and of the pose."""
    table = {name: _rms((found.colours[name] - _colour(heads, name))[_shown(heads, name)]) for name in COLOURS}
    return {**table, "pose": _rms(found.pose - torch.from_numpy(heads.attributes.pose))}


def visibility_accuracy(found: Readings, heads: DrawnHeads) -> dict[str, float]:
    """Fraction of the heads of which the reader says correctly whether the picture shows the attribute."""
    return {
        name: round(float(((found.visible[name] > 0.5) == _shown(heads, name)).float().mean()), 4)
        for name in (*KINDS, *COLOURS)
    }


def shown_fraction(heads: DrawnHeads) -> dict[str, float]:
    """Fraction of the heads whose picture shows the attribute."""
    return {name: round(float(_shown(heads, name).float().mean()), 4) for name in (*KINDS, *COLOURS)}


def _shown(heads: DrawnHeads, name: str) -> Tensor:
    return torch.from_numpy(heads.shown[name])


def _right(found: Readings, heads: DrawnHeads, name: str) -> Tensor:
    return found.probabilities[name].argmax(1) == torch.from_numpy(heads.attributes.kinds[name])


def _colour(heads: DrawnHeads, name: str) -> Tensor:
    return torch.from_numpy(heads.attributes.colours[name])


def _rms(values: Tensor) -> list[float]:
    return [round(value, 5) for value in values.square().mean(0).sqrt().tolist()]
