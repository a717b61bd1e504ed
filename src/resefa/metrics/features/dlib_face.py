"""dlib's face embedding: a ResNet of 29 layers, 128 values, by Davis King (dlib.net, "dnn_face_recognition_ex", 99.38 % on LFW).

Faces are found by dlib's HOG detector and aligned by its 5-point landmarks. Small images are enlarged before. Needs the extra
``identity``; the models come with the package face-recognition-models, or from a folder.
"""

from __future__ import annotations

from pathlib import Path

import torch

from resefa.files.hashing import file_sha256
from resefa.metrics.features.dlib_models import (
    EMBEDDING,
    FIVE_POINTS,
    THRESHOLD,
    dlib_library,
    for_dlib,
    model_file,
    surest_face,
)
from resefa.metrics.features.face_protocol import FaceEmbeddings
from resefa.types import Image

DIMENSIONS = 128
SAME_PERSON = 0.6
"""Euclidean distance below which dlib's author takes two faces for one person's."""


class DlibFace:
    """See ``FaceEmbedder``. Where an image shows several faces, the one that the detector is surest of counts.

    Args:
        folder: with dlib's model files; default those of the package face-recognition-models.
        threshold: of the detector; lower finds more faces and more that are none; dlib's own is 0.

    Raises:
        MissingExtraError: dlib or its models are not installed. WeightsError: the folder lacks a model.
    """

    name = "dlib ResNet"
    alignment = "5 landmarks (dlib)"

    def __init__(self, folder: str | Path | None = None, *, threshold: float = THRESHOLD) -> None:
        library = dlib_library()
        weights = model_file(EMBEDDING, folder)
        self._detector = library.get_frontal_face_detector()
        self._landmarks = library.shape_predictor(str(model_file(FIVE_POINTS, folder)))
        self._network = library.face_recognition_model_v1(str(weights))
        self._threshold = threshold
        self.fingerprint = file_sha256(weights)

    def embed(self, images: Image) -> FaceEmbeddings:
        """(b, 3 or 1, h, w) in [-1, 1] -> (b, 128)."""
        pictures, _ = for_dlib(images)
        vectors, found = torch.zeros(len(pictures), DIMENSIONS), torch.zeros(len(pictures), dtype=torch.bool)
        for i, picture in enumerate(pictures):
            face = surest_face(self._detector, picture, self._threshold)
            if face is not None:
                points = self._landmarks(picture, face)
                vectors[i] = torch.tensor(list(self._network.compute_face_descriptor(picture, points)))
                found[i] = True
        return FaceEmbeddings(vectors, found)
