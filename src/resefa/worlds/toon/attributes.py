"""Attributes of toon heads: kinds, colours, pose and places, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from resefa.errors import UsageError, parameter, printable
from resefa.worlds.toon import design
from resefa.worlds.toon.design import COLOURS, DRAWING, KINDS, LOOSE, PALETTES, PLACE, POSE
from resefa.worlds.uniforms import uniforms

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

_NUMBERS = 64
"""Uniform numbers for each head, of which the last are spare."""
_SIDE = DRAWING[2]


@dataclass(frozen=True)
class ToonAttributes:
    """Everything that determines the pictures of n heads.

    Poses and places are as the picture shows them: in a mirrored head the kinds are mirrored, the angle and shifts are not. Shifts
    are fractions of the picture's side, to the right and down.

    Attributes:
        kinds: for each name of ``KINDS`` the index among its values, (n,) int64.
        colours: for each name of ``COLOURS`` the RGB in [0, 1], (n, 3) float32.
        pose: of the head, (n, 4) float32: scale, shift-x, shift-y, angle (radians, clockwise).
        places: of each loose part on its head, (n, 3) float32: scale, shift-x, shift-y.
        flip: whether the head is mirrored, (n,) bool.
    """

    kinds: Mapping[str, Indices]
    colours: Mapping[str, Floats]
    pose: Floats
    places: Mapping[str, Floats]
    flip: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.flip)

    def __getitem__(self, heads: slice | Indices | npt.NDArray[np.bool_]) -> ToonAttributes:
        """The attributes of some of the heads."""
        return ToonAttributes(
            {name: index[heads] for name, index in self.kinds.items()},
            {name: colour[heads] for name, colour in self.colours.items()},
            self.pose[heads],
            {name: place[heads] for name, place in self.places.items()},
            self.flip[heads],
        )

    def names(self, part: str) -> list[str]:
        """Kind of a part by name, one for each head: ``names("mouth")`` is ``["smile", "sad", ...]``."""
        classes = KINDS[_known(part)]
        return [classes[i] for i in self.kinds[part]]

    def with_kind(self, part: str, kind: str) -> ToonAttributes:
        """The same heads with another kind of a part: ``with_kind("glasses", "none")``.

        Raises:
            UsageError: the part or the kind is unknown.
        """
        classes = KINDS[_known(part)]
        if kind not in classes:
            raise UsageError(f"Unknown kind of {part} {printable(kind, 40)!r}; choose one of {', '.join(classes)}.")
        index = np.full(len(self), classes.index(kind), np.int64)
        return replace(self, kinds={**self.kinds, part: index})

    def columns(self) -> dict[str, list[Any]]:
        """Columns of a table, one row for each head: kinds by name, numbers as Python floats, flip as 0 or 1."""
        table: dict[str, list[Any]] = {part: self.names(part) for part in KINDS}
        for name in COLOURS:
            for channel, values in zip(("red", "green", "blue"), self.colours[name].T, strict=True):
                table[f"{name}-{channel}"] = _floats(values)
        for name, values in zip(POSE, self.pose.T, strict=True):
            table[name] = _floats(values)
        table["flip"] = self.flip.astype(int).tolist()
        for part in LOOSE:
            for name, values in zip(PLACE, self.places[part].T, strict=True):
                table[f"{part}-{name}"] = _floats(values)
        return table


def sample_attributes(n: int, seed: int, first: int = 0) -> ToonAttributes:
    """Heads ``first`` to ``first + n - 1`` of a seed's endless sequence; the same seed gives the same heads on every machine."""
    numbers = iter(uniforms(seed, first, n, _NUMBERS).T)
    return ToonAttributes(
        kinds={part: _kinds(part, numbers) for part in KINDS},
        colours={name: _colours(name, numbers) for name in COLOURS},
        pose=_pose(numbers),
        places={part: _places(part, numbers) for part in LOOSE},
        flip=next(numbers) < 0.5,
    )


Numbers = Iterator[npt.NDArray[np.float64]]


def _kinds(name: str, numbers: Numbers) -> Indices:
    part = _part(name)
    chosen = _choice(next(numbers), len(part.kinds))
    presence = next(numbers)
    return np.where(presence < part.absent, 0, chosen + 1) if part.absent else chosen


def _colours(name: str, numbers: Numbers) -> Floats:
    palette = PALETTES[name]
    rgb = np.array([[int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)] for code in palette.colours])
    first, second = (rgb[_choice(next(numbers), len(rgb))] for _ in range(2))
    t = next(numbers)[:, None] * palette.most
    return (first * (1 - t) + second * t).astype(np.float32)


def _pose(numbers: Numbers) -> Floats:
    columns = [
        np.exp(_around_zero(numbers) * design.POSE_LOG_SCALE),
        _around_zero(numbers) * (design.POSE_X / _SIDE),
        _around_zero(numbers) * (design.POSE_Y / _SIDE),
        _around_zero(numbers) * design.POSE_ANGLE,
    ]
    return np.stack(columns, 1).astype(np.float32)


def _places(name: str, numbers: Numbers) -> Floats:
    loose = _part(name).loose
    assert loose is not None  # the names are those of LOOSE
    columns = [
        np.exp(_around_zero(numbers) * loose.log_scale),
        _around_zero(numbers) * (loose.x / _SIDE),
        _around_zero(numbers) * (loose.y / _SIDE),
    ]
    return np.stack(columns, 1).astype(np.float32)


def _around_zero(numbers: Numbers) -> npt.NDArray[np.float64]:
    return next(numbers) * 2 - 1


def _choice(uniform: npt.NDArray[np.float64], count: int) -> Indices:
    return (uniform * count).astype(np.int64)


def _part(name: str) -> design.Part:
    return next(part for part in design.PARTS if part.name == name)


def _known(part: str) -> str:
    if part not in KINDS:
        raise UsageError(f"{parameter('part')} is {printable(part, 40)!r}; choose one of {', '.join(KINDS)}.")
    return part


def _floats(values: Floats) -> list[float]:
    # The shortest decimal that gives the same float32 again.
    return [float(str(value)) for value in values]
