"""Attributes of toon heads as the values that a term varies or holds: logits of kinds, colours, pose."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from resefa.errors import UsageError, did_you_mean, printable
from resefa.types import Image
from resefa.worlds.attribute_reader import AttributeReader

POSE = "pose"


@dataclass(frozen=True)
class Attributes:
    """Attributes of a toon head as numbers, read by the attribute reader from the whole image (``AttributeReader.smooth_attributes``).

    Attributes:
        names: kinds such as ``hair``, colours such as ``hair-colour``, ``pose``.
        others: the attributes not named, in place of those named.

    Raises:
        UsageError: the reader has no attribute with a name.
    """

    names: tuple[str, ...]
    others: bool = False
    per_pixel: bool = field(default=False, init=False)
    channels: tuple[float, ...] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        known = attribute_names()
        for name in self.names:
            if name not in known:
                raise UsageError(
                    f"Unknown attribute {printable(name)!r}{did_you_mean(name, known)} Choose from {', '.join(known)}."
                )
        if not self.read:
            raise UsageError(f"{self.text} leaves no attribute; name at least one attribute, and not all.")

    @property
    def read(self) -> tuple[str, ...]:
        """Names of the attributes that are read."""
        return tuple(name for name in attribute_names() if (name in self.names) is not self.others)

    @property
    def text(self) -> str:
        return f"{'other-attributes' if self.others else 'attributes'}:{','.join(self.names)}"

    @property
    def block(self) -> str:
        return f"attributes {_reader(torch.device('cpu')).fingerprint} {','.join(self.read)}"

    def shape(self, image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
        if image_shape[0] != 3:
            raise UsageError(f"The feature {self.text} needs a colour image of a toon head.")
        classes = _reader(torch.device("cpu")).classes
        numbers = sum(len(classes[name]) if name in classes else 4 if name == POSE else 3 for name in self.read)
        return 1, numbers, 1

    def values(self, images: Image) -> Tensor:
        return _reader(images.device).smooth_attributes(images, self.read)[:, None, :, None]


def attribute_names() -> tuple[str, ...]:
    """Names of the attributes: kinds, colours, pose."""
    reader = _reader(torch.device("cpu"))
    return (*reader.classes, *reader.colours, POSE)


@lru_cache(4)
def _reader(device: torch.device) -> AttributeReader:
    return AttributeReader(device=device)
