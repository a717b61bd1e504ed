"""What identity similarity needs of a face-recognition network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Bool, Float
from torch import Tensor

from resefa.types import Image


@dataclass(frozen=True, eq=False)
class FaceEmbeddings:
    """One embedding per image, in order.

    Attributes:
        vectors: (b, d), float32; zeros where no face was found.
        found: (b,) whether one was.
    """

    vectors: Float[Tensor, "b d"]
    found: Bool[Tensor, "b"]


@runtime_checkable
class FaceEmbedder(Protocol):
    """A frozen network.

    Attributes:
        name: as it stands in a table, ``"ArcFace"``.
        fingerprint: sha256 of the weights file.
        alignment: how faces are brought into place, in words for a report.
    """

    name: str
    fingerprint: str
    alignment: str

    def embed(self, images: Image) -> FaceEmbeddings:
        """(b, 3 or 1, h, w) images in [-1, 1].

        Raises:
            MetricError: images of another shape, or with a value that is not finite.
        """
        ...
