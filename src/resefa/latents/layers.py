"""Layer ranges as text: by index (``4-7``) or by resolution (``16-64px``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from numbers import Integral

from resefa.errors import UsageError, parameter, printable


def layer_indices(text: str, resolutions: Sequence[int], model: str) -> tuple[int, ...]:
    """Parse layer ranges to sorted, unique layer indices.

    Args:
        text: indices ``4-7``, ``0,3,8-11``; or resolutions ``16-64px`` (the longer side of a layer's output). Numbers
            without ``px`` are resolutions only if they are not layers of this model but are its resolutions.
        resolutions: the resolution of each layer.
        model: the model's name, for messages.

    Raises:
        UsageError: not a range, a reversed range, or layers outside the model.
    """
    count, shown = len(resolutions), parameter("layers", printable(text, 60))
    sizes = sorted(set(resolutions))
    available = f"{model} has layers 0-{count - 1}, with {', '.join(map(str, sizes))} pixels"
    if not count:
        raise UsageError(f"The latent space of {model} has no layers to choose from; omit {parameter('layers')}.")
    chosen: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?(px)?", "".join(part.split()))
        if not found:
            raise UsageError(f"{shown} is not a range of layers; write 4-7, 0,3,8-11 or 16-64px. {available}.")
        low, high = int(found[1]), int(found[2] or found[1])
        pixels = bool(found[3]) or (max(low, high) >= count and {low, high} <= set(sizes))
        inside = [i for i in range(count) if low <= (resolutions[i] if pixels else i) <= high]
        if low > high or not inside or (not pixels and high >= count):
            raise UsageError(f"{shown} contains layers that do not exist: {available}.")
        chosen.update(inside)
    return tuple(sorted(chosen))


def as_layer_text(layers: object) -> str | None:
    """Convert a layer's number, or a list or range of numbers, to text; text is returned unchanged.

    Raises:
        UsageError: another type, or a negative number.
    """
    if layers is None or isinstance(layers, str):
        return layers
    single = isinstance(layers, Integral)
    chosen = [layers] if single else list(layers) if isinstance(layers, Iterable) else []
    if not chosen or any(isinstance(each, bool) or not isinstance(each, Integral) or each < 0 for each in chosen):
        raise UsageError(
            f"{parameter('layers')} is {printable(repr(layers), 60)}; give text such as '4-7' or '16-64px', a layer's number, or a "
            "list or range of numbers."
        )
    return layer_text(sorted({int(each) for each in chosen}))


def layer_text(indices: Sequence[int]) -> str:
    """The text form of layer indices, ``(4, 5, 6, 9)`` -> ``4-6,9``, which ``layer_indices`` reads."""
    parts: list[list[int]] = []
    for index in sorted(indices):
        if parts and parts[-1][1] == index - 1:
            parts[-1][1] = index
        else:
            parts.append([index, index])
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in parts)
