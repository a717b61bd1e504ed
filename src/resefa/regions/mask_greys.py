"""Grey levels as weights of a mask. Photographs, label maps and pictures that are dark or grey everywhere are refused."""

from __future__ import annotations

import numpy as np

from resefa.regions.quoting import WHITE_ON_BLACK, Source

# As fractions of white: a level between these two is grey, neither inside the region nor outside it.
_BLACK, _WHITE = 0.1, 0.9
_LIFTED = 0.05
"""Largest darkest level, as a fraction of white: above it, the whole picture would have a noticeable weight."""
_FEW = 64
"""Largest number of levels in a label map; a photograph has more."""
_STRIP = 1024


def weights_of_levels(levels: np.ndarray, full: int, source: Source, classes: np.ndarray | None = None) -> np.ndarray:
    """Weights (h, w) in [0, 1], float32, from whole-number levels between 0 (black) and ``full`` (white).

    Two levels are a mask if the darker is black or the two are far apart: the brighter level is the region. Zeros and ones
    are a mask too.

    Args:
        classes: the class labels, if they are not the levels themselves (a palette's indices); for the error message.

    Raises:
        RegionError: the levels look like a label map, a photograph, or a picture that is dark or grey everywhere.
    """
    present = present_values(levels)
    low, high = int(present[0]), int(present[-1])
    if low < 0:
        raise source.refusal(f"contains negative values (the lowest is {low})", "give weights from 0 to 1")
    if high <= 1 or (len(present) == 1 and high == full):
        return (levels > 0).astype(np.float32)
    if len(present) == 1:
        raise source.refusal(f"has the same grey everywhere ({high} of {full}) and so marks no region", WHITE_ON_BLACK)
    if len(present) == 2:
        if low == 0 or high - low >= full / 2:
            return (levels == high).astype(np.float32)
        raise source.refusal(
            f"contains only two greys ({low} and {high} of {full}), so the region is ambiguous", WHITE_ON_BLACK
        )
    if high > full:
        raise source.refusal(
            f"contains values up to {high}, but white is {full}",
            f"give weights from 0 to 1, or choose classes of a label map as in {source.with_label(high)}",
        )
    grey = (levels > _BLACK * full) & (levels < _WHITE * full)
    if len(present) <= _FEW and (
        high <= full / 2 or _is_flat(levels, grey, full) or _is_numbered(levels, present, full)
    ):
        raise source.label_map(present if classes is None else classes)
    if _is_photograph(levels, grey, full):
        raise source.refusal(
            "looks like a photograph", f"{WHITE_ON_BLACK}, or cut the region out on a transparent background"
        )
    if high <= full / 2:
        raise source.refusal(f"has no bright pixel (the highest level is {high} of {full})", WHITE_ON_BLACK)
    if low > _LIFTED * full:
        raise source.refusal(
            f"has no dark pixel (the lowest level is {low} of {full}), so the whole picture would be edited",
            WHITE_ON_BLACK,
        )
    return levels.astype(np.float32) / np.float32(full)


def weights_of_numbers(values: np.ndarray, source: Source) -> np.ndarray:
    """Weights from floating-point values (h, w): the values themselves, or 0 and 1 if the only values are 0 and one other.

    Raises:
        RegionError: NaN, or values outside [0, 1].
    """
    low, high = float(values.min()), float(values.max())
    if low == 0 and 1 < high < np.inf and bool(((values == 0) | (values == high)).all()):
        return (values == high).astype(np.float32)
    if not (low >= 0 and high <= 1):  # written so that NaN fails too
        remedy = "divide it by 255" if low >= 0 and 1 < high <= 255 else "scale it to weights from 0 to 1"
        raise source.refusal(f"contains floating-point values from {low:g} to {high:g}", remedy)
    return values


def present_values(levels: np.ndarray) -> np.ndarray:
    """The distinct values in a whole-number array, ascending, computed in strips of rows to limit memory."""
    if levels.dtype in (np.dtype(np.uint8), np.dtype(np.uint16)):  # counting is faster than sorting
        seen = np.zeros(np.iinfo(levels.dtype).max + 1, dtype=bool)
        for start in range(0, len(levels), _STRIP):
            seen[levels[start : start + _STRIP].ravel()] = True
        return np.flatnonzero(seen)
    found: np.ndarray | None = None
    for start in range(0, len(levels), _STRIP):
        part = np.unique(levels[start : start + _STRIP])
        found = part if found is None else np.union1d(found, part)
    return np.empty(0, levels.dtype) if found is None else found


def _is_flat(levels: np.ndarray, grey: np.ndarray, full: int) -> bool:
    """Whether most painted pixels are grey and lie in flat areas, as in label maps; softened edges do not."""
    painted = int((levels > _BLACK * full).sum())
    if int(grey.sum()) <= painted / 2:
        return False
    inner = grey[1:, 1:]
    same = inner & (levels[1:, 1:] == levels[1:, :-1]) & (levels[1:, 1:] == levels[:-1, 1:])
    return bool(same.sum() > 0.5 * inner.sum())


def _is_numbered(levels: np.ndarray, present: np.ndarray, full: int) -> bool:
    """Whether the levels are class numbers from 0 upwards, with white for pixels without a class."""
    low, second, high = int(present[0]), int(present[-2]), int(present[-1])
    if low != 0 or high != full or second > 0.2 * full:
        return False
    between = (levels > 0) & (levels < full)
    inner = between[1:, 1:] & (levels[1:, 1:] == levels[1:, :-1]) & (levels[1:, 1:] == levels[:-1, 1:])
    return bool(between.mean() > 0.02 and inner.sum() > 0.5 * between.sum())


def _is_photograph(levels: np.ndarray, grey: np.ndarray, full: int) -> bool:
    """Whether wide areas are grey and textured. The grey of a soft mask is smooth, or narrow along its edges."""
    solid = int((grey[1:, 1:] & grey[1:, :-1] & grey[:-1, 1:]).sum())
    painted = int((levels > _BLACK * full).sum())
    if min(levels.shape) < 8 or solid < min(0.1 * grey.size, 0.4 * painted):
        return False
    # An enlarged photograph is smooth at its size and textured once reduced; a small soft mask covers few pixels.
    return _is_textured(levels, full, 256) or (solid > 0.3 * grey.size and _is_textured(levels, full, 64))


def _is_textured(levels: np.ndarray, full: int, side: int) -> bool:
    """Whether greys, reduced to about ``side`` pixels, differ from their neighbours' mean as much as the neighbours differ."""
    small = _reduced(levels, max(1, min(levels.shape) // side)) * (255 / full)
    middle = small[1:-1, 1:-1]
    among = (middle > _BLACK * 255) & (middle < _WHITE * 255)
    if not among.any():
        return False
    left, right, above, below = small[1:-1, :-2], small[1:-1, 2:], small[:-2, 1:-1], small[2:, 1:-1]
    roughness = np.abs(4 * middle - left - right - above - below)[among].mean()
    slope = (np.abs(right - left) + np.abs(below - above))[among].mean() / 2
    return bool(roughness > 3 and roughness > 0.5 * slope)


def _reduced(levels: np.ndarray, step: int) -> np.ndarray:
    """Means over blocks of step x step pixels, without the incomplete blocks at the edges."""
    height, width = (side // step * step for side in levels.shape)
    return levels[:height, :width].reshape(height // step, step, width // step, step).mean((1, 3), dtype=np.float32)
