"""Layer ranges as people write them: by index (``4-7``) or by resolution (``16-64px``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from numbers import Integral

from resefa.errors import UsageError, printable


def layer_indices(text: str, resolutions: Sequence[int], model: str) -> tuple[int, ...]:
    """The layers that ``text`` names, in rising order, each once.

    Args:
        text: indices ``4-7``, ``0,3,8-11``; or resolutions ``16-64px`` (the longer side of the feature map that a layer
            makes). Without ``px`` a part is read as resolutions only where its numbers are no layers of this model but are
            resolutions of it.
        resolutions: of each layer.

    Raises:
        UsageError: it is no range, runs backwards, or lies outside the model.
    """
    count, shown_text = len(resolutions), repr(printable(text, 60))
    known = sorted(set(resolutions))
    shown = f"{model} has layers 0-{count - 1}, of {', '.join(map(str, known))} pixels"
    if not count:
        raise UsageError(
            f"{model} has no layers to choose from, so the layers {shown_text} have no effect: leave them out."
        )
    chosen: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?(px)?", "".join(part.split()))
        if not found:
            raise UsageError(f"Layers {shown_text} cannot be read; write 4-7, 0,3,8-11 or 16-64px. {shown}.")
        low, high = int(found[1]), int(found[2] or found[1])
        pixels = bool(found[3]) or (max(low, high) >= count and {low, high} <= set(known))
        inside = [i for i in range(count) if low <= (resolutions[i] if pixels else i) <= high]
        if low > high or not inside or (not pixels and high >= count):
            raise UsageError(f"There are no layers {shown_text}; {shown}.")
        chosen.update(inside)
    return tuple(sorted(chosen))


def as_layer_text(layers: object) -> str | None:
    """Layers as text, from text, a layer's number, or a list or range of such numbers.

    Raises:
        UsageError: it is nothing of these.
    """
    if layers is None or isinstance(layers, str):
        return layers
    single = isinstance(layers, Integral)
    chosen = [layers] if single else list(layers) if isinstance(layers, Iterable) else []
    if not chosen or any(isinstance(each, bool) or not isinstance(each, Integral) or each < 0 for each in chosen):
        raise UsageError(
            f"layers = {layers!r}: give text such as '4-7' or '16-64px', a layer's number, or a list or range of numbers."
        )
    return layer_text(sorted({int(each) for each in chosen}))


def layer_text(indices: Sequence[int]) -> str:
    """``(4, 5, 6, 9)`` -> ``4-6,9``: what a directions file says, and ``layer_indices`` reads."""
    parts: list[list[int]] = []
    for index in sorted(indices):
        if parts and parts[-1][1] == index - 1:
            parts[-1][1] = index
        else:
            parts.append([index, index])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in parts)
