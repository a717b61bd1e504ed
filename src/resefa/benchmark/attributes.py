"""Attributes read from pictures, and the attributes that differ between two pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from resefa.types import Features, Image

AT_ONCE = 64
"""The number of pictures read at a time."""
VISIBLE = 0.5
"""Probability above which an attribute or a colour counts as visible."""


class ReadAttributes(Protocol):
    """Attributes that a reader found in n pictures; ``resefa.worlds.Readings`` satisfies the protocol.

    Attributes:
        names: attribute -> names of its kinds.
        probabilities: attribute -> (n, kinds).
        visible: attribute or colour -> (n,) probability that the picture shows it.
        colours: attribute -> (n, 3) in [0, 1].
        pose: (n, 4): scale, shift in x, shift in y, angle.
        features: (n, d) of the penultimate layer.
    """

    @property
    def names(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def probabilities(self) -> Mapping[str, Tensor]: ...
    @property
    def visible(self) -> Mapping[str, Tensor]: ...
    @property
    def colours(self) -> Mapping[str, Tensor]: ...
    @property
    def pose(self) -> Tensor: ...
    @property
    def features(self) -> Features: ...


class Reader(Protocol):
    """A network that reads attributes from pictures; ``resefa.worlds.AttributeReader`` satisfies the protocol."""

    fingerprint: str

    def read(self, images: Image) -> ReadAttributes:
        """The attributes of images (n, 3, h, w) in [-1, 1]."""
        ...


@dataclass(frozen=True, eq=False)
class PictureAttributes:
    """Attributes of n pictures.

    Attributes:
        names: attribute -> names of its kinds.
        kinds: attribute -> (n,) index of the most probable kind.
        confidence: attribute -> (n,) its probability; 0 where the attribute is not visible.
        visible: colour -> (n,) whether the picture shows it.
        values: attribute -> (n, c): colours, and the pose.
        features: (n, d) float32 on the CPU.
    """

    names: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Tensor]
    confidence: Mapping[str, Tensor]
    visible: Mapping[str, Tensor]
    values: Mapping[str, Tensor]
    features: Features

    def __len__(self) -> int:
        return len(self.features)

    def kind(self, attribute: str, picture: int, confidence: float) -> str | None:
        """The name of a picture's kind; None if its probability is below ``confidence``."""
        if float(self.confidence[attribute][picture]) < confidence:
            return None
        return self.names[attribute][int(self.kinds[attribute][picture])]

    @classmethod
    def joined(cls, parts: Sequence[PictureAttributes]) -> PictureAttributes:
        """The attributes of the pictures of all parts, in order."""
        first = parts[0]

        def of(field: str) -> dict[str, Tensor]:
            return {name: torch.cat([getattr(part, field)[name] for part in parts]) for name in getattr(first, field)}

        features = torch.cat([part.features for part in parts])
        return cls(first.names, of("kinds"), of("confidence"), of("visible"), of("values"), features)


def read_pictures(reader: Reader, images: Image) -> PictureAttributes:
    """The attributes of images (n, 3, h, w) in [-1, 1], read in batches."""
    return PictureAttributes.joined([_of(reader.read(block)) for block in images.split(AT_ONCE)])


def _of(found: ReadAttributes) -> PictureAttributes:
    kinds: dict[str, Tensor] = {}
    confidence: dict[str, Tensor] = {}
    for name, probabilities in found.probabilities.items():
        top = probabilities.detach().cpu().float().max(1)
        kinds[name] = top.indices
        confidence[name] = top.values * (found.visible[name].cpu() >= VISIBLE)
    visible = {name: found.visible[name].cpu() >= VISIBLE for name in found.colours}
    values = {name: colour.detach().cpu().float() for name, colour in found.colours.items()}
    values["pose"] = found.pose.detach().cpu().float()
    names = {name: tuple(each) for name, each in found.names.items()}
    return PictureAttributes(names, kinds, confidence, visible, values, found.features.detach().cpu().float())


@dataclass(frozen=True)
class Distinction:
    """The rule for attributes that differ between two pictures.

    A kind differs if it is read with ``confidence`` in both pictures and is not the same. A colour that both pictures show differs if the
    root mean square of its change exceeds ``tolerance`` times the reader's error and ``colour_change``; the pose differs if one of its numbers
    changes by more than ``tolerance`` times its error.

    Attributes:
        confidence: smallest probability of a kind that counts as read.
        tolerance: in root mean squared errors of the reader on drawn heads.
        colour_change: least change of a colour.
        errors: attribute -> (c,) root mean squared errors of its numbers.
        kinds: attributes with kinds that the reader reads accurately; others are ignored.
    """

    confidence: float
    tolerance: float
    colour_change: float
    errors: Mapping[str, Tensor]
    kinds: tuple[str, ...]

    def different(self, before: PictureAttributes, after: PictureAttributes) -> list[frozenset[str]]:
        """For each of n pictures ``after``, the attributes that differ from the one picture ``before``."""
        found: list[set[str]] = [set() for _ in range(len(after))]
        for name in self.kinds:
            read = (after.confidence[name] >= self.confidence) & (before.confidence[name][0] >= self.confidence)
            for i in (read & (after.kinds[name] != before.kinds[name][0])).nonzero().flatten().tolist():
                found[i].add(name)
        for name, error in self.errors.items():
            change = after.values[name] - before.values[name]
            if name == "pose":
                far = (change.abs() > self.tolerance * error).any(1)
            else:
                least = max(self.tolerance * float(_rms(error)), self.colour_change)
                far = (_rms(change) > least) & after.visible[name] & before.visible[name]
            for i in far.nonzero().flatten().tolist():
                found[i].add(name)
        return [frozenset(each) for each in found]


def _rms(values: Tensor) -> Tensor:
    return values.square().mean(-1).sqrt()
