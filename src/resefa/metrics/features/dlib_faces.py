"""dlib's face networks: embedding and landmarks (Davis King, dlib.net). Needs the extra ``identity``.

The embedding is a ResNet of 29 layers with 128 values ("dnn_face_recognition_ex", 99.38 % on LFW). Faces are found by dlib's HOG
detector; small images are enlarged first. The models come with the package face-recognition-models, or from a folder.
"""

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
from resefa.metrics.features.protocol import as_bytes
from resefa.types import Features, Image

EMBEDDING = "dlib_face_recognition_resnet_model_v1.dat"
FIVE_POINTS = "shape_predictor_5_face_landmarks.dat"
SIXTY_EIGHT_POINTS = "shape_predictor_68_face_landmarks.dat"
"""Trained on iBUG 300-W, which excludes commercial use; its author asks to keep it out of commercial products
(github.com/davisking/dlib-models, README.md). He released the two others into the public domain."""
DIMENSIONS = 128
SAME_PERSON = 0.6
"""Euclidean distance below which dlib's author counts two faces as the same person."""
THRESHOLD = -0.6
"""Threshold of the detector, below dlib's default 0: of 64 faces of faces-dcgan it finds 56 instead of 42, and none on 20
images of smooth noise."""
_INSTALL = "run pip install 'resefa[identity]'"
_LEAST_SIDE = 256
"""dlib's detector finds faces from 80 pixels on; smaller images are enlarged by an integer factor to at least this side."""


class DlibFace:
    """dlib's face embedding; see ``FaceEmbedder``. If an image shows several faces, the most certain one counts.

    Args:
        folder: with dlib's model files; default those of the package face-recognition-models.
        threshold: of the detector; a lower threshold finds more faces and more false ones; dlib's default is 0.

    Raises:
        MissingExtraError: dlib or its models are not installed.
        WeightsError: the folder lacks a model.
    """

    name = "dlib ResNet"
    alignment = "5 landmarks (dlib)"
    dimensions = DIMENSIONS

    def __init__(self, folder: str | Path | None = None, *, threshold: float = THRESHOLD) -> None:
        library = _dlib()
        weights = model_file(EMBEDDING, folder)
        self._detector = library.get_frontal_face_detector()
        self._landmarks = library.shape_predictor(str(model_file(FIVE_POINTS, folder)))
        self._network = library.face_recognition_model_v1(str(weights))
        self._threshold = threshold
        self.fingerprint = file_sha256(weights)

    def features(self, images: Image) -> Features:
        """Embeddings (b, 128) of images (b, 3 or 1, h, w) in [-1, 1]; NaN without a face."""
        pictures, _ = _enlarged(images)
        vectors = torch.full((len(pictures), DIMENSIONS), float("nan"))
        for i, picture in enumerate(pictures):
            face = _face(self._detector, picture, self._threshold)
            if face is not None:
                points = self._landmarks(picture, face)
                vectors[i] = torch.tensor(list(self._network.compute_face_descriptor(picture, points)))
        return vectors


class DlibLandmarks:
    """Five of dlib's 68 landmarks: centres of the eyes, nose tip, corners of the mouth. See ``Landmarks``."""

    words = "5 of 68 landmarks (dlib)"

    def __init__(self, folder: str | Path | None = None, *, threshold: float = THRESHOLD) -> None:
        library = _dlib()
        self._detector = library.get_frontal_face_detector()
        self._predictor = library.shape_predictor(str(model_file(SIXTY_EIGHT_POINTS, folder)))
        self._threshold = threshold

    def points(self, images: Image) -> list[Points | None]:
        """The five landmarks of each image; None if no face is detected."""
        pictures, factor = _enlarged(images)
        return [self._of(picture, factor) for picture in pictures]

    def _of(self, picture: np.ndarray, factor: int) -> Points | None:
        face = _face(self._detector, picture, self._threshold)
        if face is None:
            return None
        found = torch.tensor([[p.x, p.y] for p in self._predictor(picture, face).parts()], dtype=torch.float64)
        five = [found[36:42].mean(0), found[42:48].mean(0), found[30], found[48], found[54]]
        # A pixel's centre lies at (i + 1/2) of its side, in the enlarged picture and in the image.
        return (torch.stack(five) + 0.5) / factor - 0.5


def model_file(name: str, folder: str | Path | None = None) -> Path:
    """The path of a model file: in ``folder``, or else in the package face-recognition-models, which is never imported.

    Raises:
        MissingExtraError: the package is not installed.
        WeightsError: the file is not in the folder.
    """
    if folder is None:
        package = importlib.util.find_spec("face_recognition_models")
        if package is None or not package.submodule_search_locations:
            raise MissingExtraError(
                f"dlib's model files are not installed; {_INSTALL}, or give a folder that contains {name}."
            )
        folder = Path(package.submodule_search_locations[0]) / "models"
    path = Path(folder) / name
    if not path.is_file():
        raise WeightsError(f"{folder} does not contain {name}; give a folder that contains dlib's model files.")
    return path


def _dlib() -> Any:
    try:
        return importlib.import_module("dlib")
    except ImportError as error:
        raise MissingExtraError(
            f"dlib's face networks need the package dlib, which is not installed; {_INSTALL}."
        ) from error


def _enlarged(images: Image) -> tuple[np.ndarray, int]:
    """Images (b, c, h, w) as bytes (b, h k, w k, 3), enlarged bicubically by an integer factor k, and the factor k."""
    pixels = as_bytes(images)
    factor = max(1, -(-_LEAST_SIDE // min(pixels.shape[-2:])))
    if factor > 1:
        pixels = F.interpolate(pixels, scale_factor=factor, mode="bicubic").clamp(0, 255).round()
    return np.ascontiguousarray(pixels.byte().permute(0, 2, 3, 1).cpu().numpy()), factor


def _face(detector: Any, picture: np.ndarray, threshold: float) -> Any | None:
    """The rectangle of the most certain face in a picture (h, w, 3); None if no face is detected."""
    faces, scores, _ = detector.run(picture, 0, threshold)
    return faces[int(np.argmax(scores))] if len(faces) else None
