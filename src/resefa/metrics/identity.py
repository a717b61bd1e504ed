"""Identity similarity: how alike two pictures of a face are to a face-recognition network.

The paper's measure (Table 1): the cosine between the embeddings of the edited and the original image, by ArcFace (Deng et al.,
CVPR 2019). Figures of unlike embedders are not comparable: strangers are near 0 to ArcFace, and near 0.9 to dlib's network, whose
embeddings share a large mean; its own measure is the Euclidean distance, so both are given.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from resefa.errors import MetricError
from resefa.metrics.features.protocol import FaceEmbedder, FaceEmbeddings
from resefa.types import Image


@dataclass(frozen=True, eq=False)
class IdentitySimilarity:
    """The similarity of each pair, and of those pairs in which both faces were found.

    Attributes:
        cosines: (b,) in [-1, 1], float64; NaN where no face was found in either image of the pair.
        distances: (b,) Euclidean distances of the embeddings as the network gives them; NaN likewise.
        embedder: name and alignment, for the report.
    """

    cosines: Tensor
    distances: Tensor
    embedder: str

    @property
    def count(self) -> int:
        """Pairs that count."""
        return int((~self.cosines.isnan()).sum())

    @property
    def not_found(self) -> int:
        """Pairs left out since no face was found in one of their images. To be reported beside every mean."""
        return len(self.cosines) - self.count

    @property
    def mean(self) -> float:
        """Mean cosine of the pairs that count; NaN where none does."""
        return float(self.cosines.nanmean())

    @property
    def mean_distance(self) -> float:
        """Mean Euclidean distance of the pairs that count; NaN where none does."""
        return float(self.distances.nanmean())

    def __str__(self) -> str:
        return f"{self.mean:.3f} over {self.count} pairs, no face in {self.not_found} ({self.embedder})"


def identity_similarity(embedder: FaceEmbedder, images: Image, originals: Image) -> IdentitySimilarity:
    """Of (b, c, h, w) images in [-1, 1], each against its original (b of them, or one for all).

    Raises:
        MetricError: another number of originals, or images that are none.
    """
    if len(originals) not in (1, len(images)):
        raise MetricError(f"{len(images)} images came with {len(originals)} originals: give one each, or one for all.")
    return embedding_similarity(
        embedder.embed(images), embedder.embed(originals), f"{embedder.name}, {embedder.alignment}"
    )


def embedding_similarity(images: FaceEmbeddings, originals: FaceEmbeddings, embedder: str) -> IdentitySimilarity:
    """The same from embeddings, so that originals need be looked at but once."""
    a, b = images.vectors.double(), originals.vectors.double().expand(len(images.vectors), -1)
    missing = ~(images.found & originals.found.expand(len(images.found)))
    cosines = F.cosine_similarity(a, b, dim=1).masked_fill(missing, float("nan"))
    distances = (a - b).norm(dim=1).masked_fill(missing, float("nan"))
    return IdentitySimilarity(cosines, distances, embedder)
