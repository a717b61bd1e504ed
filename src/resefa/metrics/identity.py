"""Identity similarity: the agreement of two pictures of a face according to a face-recognition network.

The paper's measure (Table 1): the cosine between the embeddings of the edited and the original image, by ArcFace (Deng et al.,
CVPR 2019). Figures of different embedders are not comparable: two people have a cosine near 0 for ArcFace, and near 0.9 for dlib's
network, whose embeddings share a large mean; dlib compares by the Euclidean distance, so both are given.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from resefa.errors import MetricError
from resefa.metrics.features.protocol import FaceEmbedder
from resefa.types import Features, Image


@dataclass(frozen=True, eq=False)
class IdentitySimilarity:
    """The similarity of each pair of images.

    Attributes:
        cosines: (b,) in [-1, 1], float64; NaN if no face was found in one of the two images.
        distances: (b,) Euclidean distances of the embeddings as the network gives them; NaN likewise.
        embedder: name and alignment, for the report.
    """

    cosines: Tensor
    distances: Tensor
    embedder: str

    @property
    def count(self) -> int:
        """The number of pairs with a detected face in both images."""
        return int((~self.cosines.isnan()).sum())

    @property
    def not_found(self) -> int:
        """Number of excluded pairs, without a face in one of their images. Report it beside every mean."""
        return len(self.cosines) - self.count

    @property
    def mean(self) -> float:
        """Mean cosine of the pairs with two faces; NaN without any."""
        return float(self.cosines.nanmean())

    @property
    def mean_distance(self) -> float:
        """Mean Euclidean distance of the pairs with two faces; NaN without any."""
        return float(self.distances.nanmean())

    def __str__(self) -> str:
        return f"{self.mean:.3f} over {self.count} pairs, no face in {self.not_found} ({self.embedder})"


def identity_similarity(embedder: FaceEmbedder, images: Image, originals: Image) -> IdentitySimilarity:
    """Similarity of images (b, c, h, w) in [-1, 1] to their originals (b of them, or one for all).

    Raises:
        MetricError: a different number of originals, or images of a different shape or with values that are not finite.
    """
    if len(originals) not in (1, len(images)):
        raise MetricError(
            f"{len(originals)} originals do not match {len(images)} images; give one original for each image, or one for all."
        )
    name = f"{embedder.name}, {embedder.alignment}"
    return embedding_similarity(embedder.features(images), embedder.features(originals), name)


def embedding_similarity(images: Features, originals: Features, embedder: str) -> IdentitySimilarity:
    """Identity similarity from embeddings (b, d), with NaN rows for images without a face; originals are embedded only once."""
    a, b = images.double(), originals.double().expand(len(images), -1)
    return IdentitySimilarity(F.cosine_similarity(a, b, dim=1), (a - b).norm(dim=1), embedder)
