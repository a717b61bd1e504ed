"""dlib and its published models: found on this computer, opened on first use, or a sentence that says what to install."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from resefa.errors import MissingExtraError, WeightsError
from resefa.files.input_file import file_sha256
from resefa.metrics.features.alignment import Points
from resefa.metrics.features.protocol import FaceEmbeddings, as_bytes
from resefa.types import Image

EMBEDDING = "dlib_face_recognition_resnet_model_v1.dat"
FIVE_POINTS = "shape_predictor_5_face_landmarks.dat"
SIXTY_EIGHT_POINTS = "shape_predictor_68_face_landmarks.dat"
"""Trained on iBUG 300-W, which excludes commercial use; its author asks to keep it out of commercial products
(github.com/davisking/dlib-models, README.md). He released the two others into the public domain."""
_INSTALL = "run pip install 'resefa[identity]'"
THRESHOLD = -0.6
"""Of the detector, below dlib's own 0: of 64 faces of the default generator it then finds 56 in place of 42, and on 20 images of
smooth noise still none."""
_LEAST_SIDE = 256
"""dlib's detector knows faces of 80 pixels and more; smaller images are enlarged by a whole factor to at least this side."""


def dlib_library() -> Any:
    """The module dlib.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module("dlib")
    except ImportError as error:
        raise MissingExtraError(f"Identity by dlib needs the extra 'identity': {_INSTALL}.") from error


def model_file(name: str, folder: str | Path | None = None) -> Path:
    """Where a model is: in ``folder``, else in the package face-recognition-models, which is looked into and never imported.

    Raises:
        MissingExtraError: the package is not installed. WeightsError: the file is not in the folder.
    """
    if folder is None:
        package = importlib.util.find_spec("face_recognition_models")
        if package is None or not package.submodule_search_locations:
            raise MissingExtraError(
                f"dlib's models are in the extra 'identity': {_INSTALL}, or name a folder that has {name}."
            )
        folder = Path(package.submodule_search_locations[0]) / "models"
    path = Path(folder) / name
    if not path.is_file():
        raise WeightsError(f"There is no {name} in {folder}: name a folder that has dlib's models.")
    return path


def for_dlib(images: Image) -> tuple[np.ndarray, int]:
    """(b, c, h, w) in [-1, 1] -> bytes (b, h k, w k, 3), enlarged bicubically by the whole factor k that is given back."""
    pixels = as_bytes(images)
    factor = max(1, -(-_LEAST_SIDE // min(pixels.shape[-2:])))
    if factor > 1:
        pixels = F.interpolate(pixels, scale_factor=factor, mode="bicubic").clamp(0, 255).round()
    return np.ascontiguousarray(pixels.byte().permute(0, 2, 3, 1).cpu().numpy()), factor


def surest_face(detector: Any, picture: np.ndarray, threshold: float) -> Any | None:
    """The rectangle of the face that the detector is surest of, in (h, w, 3) bytes, or None."""
    faces, scores, _ = detector.run(picture, 0, threshold)
    return faces[int(np.argmax(scores))] if len(faces) else None


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


class DlibLandmarks:
    """Five points out of dlib's 68: centres of the eyes, nose tip, corners of the mouth."""

    words = "5 of 68 landmarks (dlib)"

    def __init__(self, folder: Any = None, *, threshold: float = THRESHOLD) -> None:
        library = dlib_library()
        self._detector = library.get_frontal_face_detector()
        self._predictor = library.shape_predictor(str(model_file(SIXTY_EIGHT_POINTS, folder)))
        self._threshold = threshold

    def points(self, images: Image) -> list[Points | None]:
        """See ``Landmarks``."""
        pictures, factor = for_dlib(images)
        return [self._of(picture, factor) for picture in pictures]

    def _of(self, picture: np.ndarray, factor: int) -> Points | None:
        face = surest_face(self._detector, picture, self._threshold)
        if face is None:
            return None
        found = torch.tensor([[p.x, p.y] for p in self._predictor(picture, face).parts()], dtype=torch.float64)
        five = [found[36:42].mean(0), found[42:48].mean(0), found[30], found[48], found[54]]
        # A pixel's centre lies at (i + 1/2) of its side, in the enlarged picture and in the image.
        return (torch.stack(five) + 0.5) / factor - 0.5
