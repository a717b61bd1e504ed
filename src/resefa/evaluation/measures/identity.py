"""Identity similarity of edit and original as a measure of pairs: the cosine of two face embeddings."""

from __future__ import annotations

from resefa.metrics.features.face_protocol import FaceEmbedder
from resefa.metrics.identity import identity_similarity
from resefa.tensor_types import Image


class Identity:
    """By any face embedder; None where no face is found in one of the two images."""

    better = "higher"

    def __init__(self, embedder: FaceEmbedder) -> None:
        self.embedder = embedder
        self.name = f"identity ({embedder.name})"
        self.fingerprint = f"{embedder.fingerprint}, {embedder.alignment}"

    def of(self, edited: Image, original: Image) -> list[float | None]:
        """Cosines, 1 for the same embedding."""
        found = identity_similarity(self.embedder, edited, original).cosines.tolist()
        return [None if value != value else value for value in found]
